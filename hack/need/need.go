// Package need says what a test takes that not every machine has: Linux, root, the
// tools of hack/tools/install, compilers.
//
// A test that lacks it is skipped and says what is missing, so that "go test ./..."
// passes for anybody. Where SCRATCH_TEST_ALL is set, as "make test" sets it, the
// test fails instead: there a skipped test would pass for one that ran.
package need

import (
	"os"
	"runtime"
	"testing"
)

// allEnv has no test be skipped for what it lacks.
const allEnv = "SCRATCH_TEST_ALL"

// Missing ends a test that can't run here for this reason.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(allEnv) != "" {
		t.Fatalf("NOT TESTED, and "+allEnv+" is set: "+format, args...)
	} else {
		t.Skipf("NOT TESTED: "+format, args...)
	}
}

// LinuxRoot is for tests that change roots, mount or make devices.
func LinuxRoot(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		Missing(t, "this takes Linux, and this is %s", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		Missing(t, "this takes root: run it as root")
	}
}
