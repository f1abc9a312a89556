package teststep

import (
	"os"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// ReportPath is where a step leaves the reason of a failed test: in the root that the
// test ran in, since the step has no mount that it can write to. Nothing that a test
// writes there is in the image.
const ReportPath = "/.scratch-frontend-failure"

// MaxReport bounds a report, in bytes.
const MaxReport = 4096

// writeReport leaves the reason of a failed test for the frontend to read: whoever
// waits for the step learns its exit code alone.
func writeReport(name string, reason error) error {
	text := reason.Error()
	return os.WriteFile(name, []byte(text[:min(len(text), MaxReport)]), 0o644)
}

// ParseReport reads a report for people, as one line. The tested program can have
// written it, so that nothing in it reaches a terminal raw.
func ParseReport(data []byte) string {
	return quote.Line(strings.ReplaceAll(string(data[:min(len(data), MaxReport)]), "\n", "; "))
}
