package main

import (
	"debug/buildinfo"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step"
)

// sentFiles returns the files that a daemon gets for the root of the steps, by their folders.
func sentFiles(t *testing.T, own string) string {
	t.Helper()
	p, err := programsBeside(own)
	if err != nil {
		t.Fatal(err)
	}
	root := p.root("session", builderPlatform())
	if root.Path != "/"+step.Program {
		t.Errorf("program %s", root.Path)
	}
	def, err := root.State.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, data := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			t.Fatal(err)
		}
		if source := op.GetSource(); source != nil {
			folder := p.folders()[strings.TrimPrefix(source.Identifier, "local://")]
			out = append(out, filepath.Base(folder)+": "+source.Attrs[pb.AttrFollowPaths])
		}
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// TestProgramsBeside: the steps run the programs beside this one, wherever their files are. A
// program alone runs them itself, and sees the links of the build as well.
func TestProgramsBeside(t *testing.T) {
	if plan.LinkerFile != "/"+wrapper.Name {
		t.Errorf("the wrapper is %s and %s", plan.LinkerFile, wrapper.Name)
	}
	dir := t.TempDir()
	for _, name := range []string{"alone/scratch", "all/scratch", "all/scratch-step", "all/scratch-linker", "links/scratch", "old/scratch"} {
		if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"links/scratch-step": "../all/scratch-step", "links/scratch-linker": "../all/scratch-linker",
		"old/scratch-linker": "../all/scratch-linker", "old/scratch-step": "none",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for folder, want := range map[string]string{
		"alone": `alone: ["scratch"]`,
		"all":   `all: ["scratch-step","scratch-linker"]`,
		"links": `all: ["scratch-step","scratch-linker"]`,
		"old":   `all: ["scratch-linker"], old: ["scratch"]`,
	} {
		if got := sentFiles(t, filepath.Join(dir, folder, "scratch")); got != want {
			t.Errorf("%s: the daemon gets %s, want %s", folder, got, want)
		}
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
	beside := programs{file, file}
	if err := beside.areOf(info.Main); err != nil {
		t.Errorf("the same version: %v", err)
	}
	other := info.Main
	other.Version = "v0.0.1"
	if err := beside.areOf(other); err == nil || !strings.Contains(err.Error(), "this scratch of v0.0.1; fix: ") {
		t.Errorf("another version: %v", err)
	}
}
