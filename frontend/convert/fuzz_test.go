package convert

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// FuzzConvert requires that any text is converted to a Scratchfile or refused with a line of
// it, and twice to the same. If the Scratchfile has an error, a note says so.
func FuzzConvert(f *testing.F) {
	files, err := filepath.Glob("testdata/*/Dockerfile")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		result, err := Convert(data)
		if refusal := new(Error); errors.As(err, &refusal) {
			if refusal.Line < 1 || refusal.Line > bytes.Count(data, []byte("\n"))+1 {
				t.Errorf("line %d of %q: %v", refusal.Line, data, refusal)
			}
			return
		}
		if err != nil {
			t.Fatalf("%T: %v", err, err)
		}
		requireYAML(t, result.Scratchfile)
		if _, err := spec.Parse("Scratchfile", result.Scratchfile, spec.Vars{Platform: platform}); err != nil &&
			!slices.ContainsFunc(result.Notes, func(n Note) bool { return strings.Contains(n.Text, "the Scratchfile has an error") }) {
			t.Errorf("%v\n%s", err, result.Scratchfile)
		}
		for _, n := range result.Notes {
			if n.Line < 1 || n.Text == "" {
				t.Errorf("%+v", n)
			}
		}
		if again, err := Convert(data); err != nil || !bytes.Equal(again.Scratchfile, result.Scratchfile) {
			t.Errorf("the second time: %v\n%s\n%s", err, result.Scratchfile, again.Scratchfile)
		}
	})
}

// requireYAML fails if a text is no YAML mapping, or has one of the marks in it.
func requireYAML(t *testing.T, text []byte) {
	t.Helper()
	var out map[string]any
	if err := yaml.Unmarshal(text, &out); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
	if !utf8.Valid(text) || bytes.ContainsAny(text, markStart+markEnd) {
		t.Errorf("%q", text)
	}
}
