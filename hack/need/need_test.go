package need

import (
	"strings"
	"testing"
)

// recorder notes how a test was ended.
type recorder struct {
	testing.TB
	failed, skipped string
}

func (r *recorder) Helper()                           {}
func (r *recorder) Fatalf(format string, args ...any) { r.failed = format }
func (r *recorder) Skipf(format string, args ...any)  { r.skipped = format }

// TestSkippedIsNotPassed: what is skipped elsewhere fails where all must run.
func TestSkippedIsNotPassed(t *testing.T) {
	t.Setenv(allEnv, "")
	r := &recorder{TB: t}
	Missing(r, "no tool")
	if r.failed != "" || !strings.Contains(r.skipped, "NOT TESTED: no tool") {
		t.Errorf("for anybody: failed %q, skipped %q", r.failed, r.skipped)
	}
	t.Setenv(allEnv, "1")
	r = &recorder{TB: t}
	Missing(r, "no tool")
	if r.skipped != "" || !strings.Contains(r.failed, "no tool") {
		t.Errorf("where all must run: failed %q, skipped %q", r.failed, r.skipped)
	}
}
