package spec

import (
	"os/exec"
	"strings"
	"testing"
)

// TestNoBuildKit: a Scratchfile can be read by a program that does not build it.
func TestNoBuildKit(t *testing.T) {
	out, err := exec.Command("go", "list", "-deps", ".").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	deps := strings.Fields(string(out))
	if len(deps) < 10 {
		t.Fatalf("only %q", deps)
	}
	for _, dep := range deps {
		if strings.HasPrefix(dep, "github.com/moby/") {
			t.Errorf("package spec takes %s", dep)
		}
	}
}
