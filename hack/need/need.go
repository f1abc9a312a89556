// Package need skips tests that need what not every machine has: Linux, root, the tools
// of hack/tools/install, compilers.
//
// A skipped test says what it needs, so that "go test ./..." passes for every user. If
// SCRATCH_TEST_ALL is set, as "make test" sets it, the test fails instead of being
// skipped. Otherwise a skipped test would look like one that passed.
package need

import (
	"os"
	"runtime"
	"testing"
)

// allEnv makes a test fail if it would be skipped.
const allEnv = "SCRATCH_TEST_ALL"

// Missing ends a test that can't run here, with the reason.
func Missing(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(allEnv) != "" {
		t.Fatalf("NOT TESTED, and "+allEnv+" is set: "+format, args...)
	} else {
		t.Skipf("NOT TESTED: "+format, args...)
	}
}

// LinuxRoot is for tests that change roots, mount, or make devices.
func LinuxRoot(t testing.TB) {
	t.Helper()
	if runtime.GOOS != "linux" {
		Missing(t, "this takes Linux, and this is %s", runtime.GOOS)
	}
	if os.Geteuid() != 0 {
		Missing(t, "this takes root: run it as root")
	}
}
