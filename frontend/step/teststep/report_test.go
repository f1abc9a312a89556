package teststep

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestReportHasTheReason: the frontend reads the reason that the step wrote.
func TestReportHasTheReason(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report")
	r := Request{Run: []string{"/bin/sh", "-c", "echo deep >&2; echo 'no bottom' >&2; exit 3"}, Timeout: time.Minute, Report: report}
	err := Run(t.Context(), r, &bytes.Buffer{}, &bytes.Buffer{})
	dt, readErr := os.ReadFile(report)
	if err == nil || readErr != nil || string(dt) != err.Error() {
		t.Fatalf("the report says %q (%v), the step %v", dt, readErr, err)
	}
	if want := `exit code 3, not 0; it said last "no bottom"`; !strings.Contains(ParseReport(dt), want) {
		t.Errorf("%q lacks %q", ParseReport(dt), want)
	}
	passed := Request{Run: []string{"/bin/true"}, Timeout: time.Minute, Report: report + "2"}
	if err := Run(t.Context(), passed, &bytes.Buffer{}, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(passed.Report); err == nil {
		t.Error("a test that passed has a report")
	}
}

// TestReportIsNotRaw: the tested program may write the report, so it is made printable.
func TestReportIsNotRaw(t *testing.T) {
	for in, want := range map[string]string{
		"a\nb":              "a; b",
		"\x1b[31mred":       `\u001b[31mred`,
		"\u009b1m \u202e":   `\u009b1m \u202e`,
		"bad \xff":          "bad \ufffd",
		"ö \"quoted\" it's": "ö \"quoted\" it's",
	} {
		if got := ParseReport([]byte(in)); got != want {
			t.Errorf("ParseReport(%q) = %q, want %q", in, got, want)
		}
	}
	if got := ParseReport(bytes.Repeat([]byte("x"), 2*MaxReport)); len(got) != MaxReport {
		t.Errorf("%d bytes are shown", len(got))
	}
}
