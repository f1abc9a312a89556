package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step"
)

// sentFiles returns the names of the files that a daemon gets for the root of the steps.
func sentFiles(t *testing.T, p programs) string {
	t.Helper()
	root := p.root("session", builderPlatform())
	if root.Path != "/"+step.Program || root.Linker != (p.linker != "") {
		t.Errorf("program %s, linker %v", root.Path, root.Linker)
	}
	def, err := root.State.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, data := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			t.Fatal(err)
		}
		if source := op.GetSource(); source != nil {
			return source.Attrs[pb.AttrFollowPaths]
		}
	}
	return ""
}

// TestProgramsBeside: the steps run the programs beside this one. A program alone runs them
// itself.
func TestProgramsBeside(t *testing.T) {
	dir := t.TempDir()
	own := filepath.Join(dir, "scratch")
	if got := sentFiles(t, programsBeside(own)); got != `["scratch"]` {
		t.Errorf("alone: %s", got)
	}
	for _, name := range []string{step.Program, plan.LinkerFile} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if got := sentFiles(t, programsBeside(own)); got != `["scratch-step","scratch-linker"]` {
		t.Errorf("beside others: %s", got)
	}
}

// TestProgramsOfOtherVersion: programs of another version beside this one are refused and not
// run.
func TestProgramsOfOtherVersion(t *testing.T) {
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	beside := programs{step: file}
	if err := beside.areOf(info.Main); err != nil {
		t.Errorf("the same version: %v", err)
	}
	other := info.Main
	other.Version = "v0.0.1"
	if err := beside.areOf(other); err == nil || !strings.Contains(err.Error(), "this scratch of v0.0.1; fix: ") {
		t.Errorf("another version: %v", err)
	}
}
