package verifystep

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestMissingProgramIsLookedFor: the report has the programs with the name of the missing one,
// but no folder or data file of that name.
func TestMissingProgramIsLookedFor(t *testing.T) {
	req, dir := request(t, "good", "target/release/app")
	tree := filepath.Join(dir, "tree/src")
	for _, d := range []string{"target/x86_64/release", "app/app", "a"} {
		if err := os.MkdirAll(filepath.Join(tree, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program(t, filepath.Join(tree, "target/x86_64/release/app"))
	if err := os.WriteFile(filepath.Join(tree, "a/app"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/", filepath.Join(tree, "loop")); err != nil {
		t.Fatal(err)
	}
	if err := Run(t.Context(), req, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"/src/target/release/app": {"/src/target/x86_64/release/app"}}
	if diff := cmp.Diff(want, report(t, req).Elsewhere); diff != "" {
		t.Error(diff)
	}
}

// TestSearchIsBounded: the search does not read a whole system.
func TestSearchIsBounded(t *testing.T) {
	req, dir := request(t, "app")
	for i := range 2 * maxFound {
		d := filepath.Join(dir, "tree/src", strconv.Itoa(i))
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
		program(t, filepath.Join(d, "app"))
	}
	if err := Run(t.Context(), req, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if got := report(t, req).Elsewhere["/src/app"]; len(got) != maxFound {
		t.Errorf("%d programs are named, want %d", len(got), maxFound)
	}
}
