package convert

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

var update = flag.Bool("update", false, "rewrite testdata/*/{Scratchfile,notes}")

// TestConvert converts each Dockerfile below testdata, and compares the Scratchfile and the
// notes with the files beside it. A case without a Scratchfile is one that is refused.
func TestConvert(t *testing.T) {
	cases, err := filepath.Glob("testdata/*/Dockerfile")
	if err != nil || len(cases) == 0 {
		t.Fatal("no cases", err)
	}
	for _, dockerfile := range cases {
		dir := filepath.Dir(dockerfile)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			data, err := os.ReadFile(dockerfile)
			if err != nil {
				t.Fatal(err)
			}
			scratchfile, notes := convertText(t, data)
			compareFile(t, filepath.Join(dir, "Scratchfile"), scratchfile)
			compareFile(t, filepath.Join(dir, "notes"), notes)
		})
	}
}

// TestOutputIsAScratchfile: what is written is what a build can read.
func TestOutputIsAScratchfile(t *testing.T) {
	files, err := filepath.Glob("testdata/*/Scratchfile")
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := spec.Parse(name, data, spec.Vars{Platform: platform}); err != nil {
			t.Error(err)
		}
	}
}

// convertText converts a Dockerfile to two texts.
func convertText(t *testing.T, data []byte) (scratchfile, notes string) {
	t.Helper()
	var out strings.Builder
	result, err := Convert(data)
	if refusal := new(Error); errors.As(err, &refusal) {
		fmt.Fprintf(&out, "refused: %d: %s\n", refusal.Line, refusal)
		return "", out.String()
	}
	if err != nil {
		t.Fatalf("%T: %v", err, err)
	}
	for _, n := range result.Notes {
		fmt.Fprintf(&out, "%d: %s\n", n.Line, n.Text)
	}
	return string(result.Scratchfile), out.String()
}

// compareFile compares a text with a file. An empty text has no file.
func compareFile(t *testing.T, name, got string) {
	t.Helper()
	if *update {
		if err := os.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if got != "" {
			if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return
	}
	want, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", name, diff)
	}
}
