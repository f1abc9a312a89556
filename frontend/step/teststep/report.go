package teststep

import (
	"os"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// ReportPath is the file for the reason of a failed test, in the root that the test ran
// in. The step has no mount that it can write to. Nothing that a test writes is in the
// image.
const ReportPath = "/.scratch-frontend-failure"

// MaxReport is the most bytes of a report.
const MaxReport = 4096

// writeReport writes the reason of a failed test for the frontend, which otherwise gets
// only the exit code of the step.
func writeReport(name string, reason error) error {
	text := reason.Error()
	return os.WriteFile(name, []byte(text[:min(len(text), MaxReport)]), 0o644)
}

// ParseReport returns a report as one line. The tested program may have written it, so
// ParseReport makes it printable.
func ParseReport(data []byte) string {
	return quote.Line(strings.ReplaceAll(string(data[:min(len(data), MaxReport)]), "\n", "; "))
}
