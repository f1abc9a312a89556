package spec

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// FuzzParse checks what must hold for every text.
func FuzzParse(f *testing.F) {
	for _, dir := range []string{"good", "bad"} {
		inputs, err := filepath.Glob(filepath.Join("testdata", dir, "*.scratchfile"))
		if err != nil {
			f.Fatal(err)
		}
		for _, input := range inputs {
			data, err := os.ReadFile(input)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		sf, err := Parse("Scratchfile", data, testVars)
		again, errAgain := Parse("Scratchfile", data, testVars)
		if diff := cmp.Diff(err, errAgain); diff != "" {
			t.Fatalf("the error changes:\n%s", diff)
		}
		if err != nil {
			checkErrors(t, data, err)
			return
		}
		if diff := cmp.Diff(sf, again); diff != "" {
			t.Fatalf("the result changes:\n%s", diff)
		}
		checkScratchfile(t, sf)
	})
}

func checkErrors(t *testing.T, data []byte, err error) {
	var errs *Errors
	if !errors.As(err, &errs) || len(errs.Problems) == 0 {
		t.Fatalf("an error without problems: %v", err)
	}
	before := Position{Line: 1, Column: 1}
	for _, p := range errs.Problems {
		checkRange(t, data, p.Range)
		if p.Message == "" {
			t.Error("a problem without a message")
		}
		if yamlfile.ComparePositions(p.Range.Start, before) < 0 {
			t.Errorf("problems are not sorted: %v after %v", p.Range.Start, before)
		}
		before = p.Range.Start
	}
}

func checkScratchfile(t *testing.T, sf *Scratchfile) {
	if len(sf.Build.Run) == 0 || len(sf.Binaries) == 0 {
		t.Error("run or binary is empty")
	}
	for _, c := range sf.Build.Run {
		if (strings.TrimSpace(c.Script) == "") == (len(c.Args) == 0) {
			t.Errorf("a command with the script %q and %d arguments", c.Script, len(c.Args))
		}
	}
	seen := make(map[string]bool)
	for _, b := range sf.Binaries {
		checkDestination(t, seen, b.To.Value)
		if !path.IsAbs(b.From.Value) || path.Clean(b.From.Value) != b.From.Value {
			t.Errorf("the binary's path is %q", b.From.Value)
		}
	}
	for _, s := range sf.Build.Sources {
		if path.IsAbs(s.To) || path.Clean(s.To) != s.To || leavesFolder(s.To) {
			t.Errorf("a source goes to %q", s.To)
		}
	}
	for _, f := range sf.Files {
		checkDestination(t, seen, f.To.Value)
		if path.IsAbs(f.From.Value) || path.Clean(f.From.Value) != f.From.Value || leavesFolder(f.From.Value) {
			t.Errorf("the file's path is %q", f.From.Value)
		}
	}
	checkRanges(t, sf.Data, reflect.ValueOf(*sf))
}

// leavesFolder reports whether a clean path starts with the name "..". One that
// starts with a longer name, as in "..0", does not.
func leavesFolder(p string) bool { return p == ".." || strings.HasPrefix(p, "../") }

func checkDestination(t *testing.T, seen map[string]bool, p string) {
	if !path.IsAbs(p) || path.Clean(p) != p {
		t.Errorf("the destination is %q", p)
	}
	if seen[p] {
		t.Errorf("the destination %q is used twice", p)
	}
	seen[p] = true
}

// checkRanges checks every range that a value holds. Zero ranges stand for
// defaults.
func checkRanges(t *testing.T, data []byte, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		if r, ok := v.Interface().(Range); ok {
			if r != (Range{}) {
				checkRange(t, data, r)
			}
			return
		}
		for i := range v.NumField() {
			checkRanges(t, data, v.Field(i))
		}
	case reflect.Slice:
		for i := range v.Len() {
			checkRanges(t, data, v.Index(i))
		}
	case reflect.Pointer:
		if !v.IsNil() {
			checkRanges(t, data, v.Elem())
		}
	}
}

func checkRange(t *testing.T, data []byte, r Range) {
	t.Helper()
	lines := strings.Split(strings.TrimPrefix(string(data), "\ufeff"), "\n")
	inside := func(p Position) bool {
		return p.Line >= 1 && p.Line <= len(lines) && p.Column >= 1 && p.Column <= utf8.RuneCountInString(lines[p.Line-1])+1
	}
	if !inside(r.Start) || !inside(r.End) || yamlfile.ComparePositions(r.Start, r.End) > 0 {
		t.Errorf("the range %v is not inside of the file", r)
	}
}
