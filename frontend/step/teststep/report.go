package teststep

import (
	"os"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// ReportPath is the path of the report in the root of the test, since the step has no
// writable mount. The image does not get what a test writes.
const ReportPath = "/.scratch-frontend-failure"

// MaxReport is the largest report, in bytes.
const MaxReport = 4096

// writeReport writes the reason of a failed test for the frontend. BuildKit tells the
// frontend only the exit code.
func writeReport(name string, reason error) error {
	text := reason.Error()
	return os.WriteFile(name, []byte(text[:min(len(text), MaxReport)]), 0o644)
}

// ParseReport returns a report as one printable line. The tested program may have written
// anything to it.
func ParseReport(data []byte) string {
	return quote.Line(strings.ReplaceAll(string(data[:min(len(data), MaxReport)]), "\n", "; "))
}
