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
	if len(sf.Binaries) == 0 {
		t.Error("there is no binary")
	}
	for _, c := range sf.Build.Run {
		if (strings.TrimSpace(c.Script) == "") == (len(c.Args) == 0) {
			t.Errorf("a command with the script %q and %d arguments", c.Script, len(c.Args))
		}
	}
	exact := make(map[string]bool)
	for _, b := range sf.Binaries {
		checkDestination(t, exact, b.To.Value, b.Into)
		checkPlace(t, b.Place, b.Into)
	}
	for _, s := range sf.Build.Sources {
		if path.IsAbs(s.To) || path.Clean(s.To) != s.To || leavesFolder(s.To) {
			t.Errorf("a source goes to %q", s.To)
		}
		checkPlace(t, s.Place, s.Into)
	}
	for _, f := range sf.Files {
		checkDestination(t, exact, f.To.Value, f.Into || f.To.Value == "/")
		checkPlace(t, f.Place, f.Into)
	}
	for _, dir := range sf.Dirs {
		checkDestination(t, exact, dir.Path.Value, false)
	}
	for _, l := range sf.Links {
		checkDestination(t, exact, l.Path.Value, false)
		if l.To.Value == "" {
			t.Error("a link leads nowhere")
		}
	}
	checkUsers(t, sf.Users)
	checkRanges(t, sf.Data, reflect.ValueOf(*sf))
}

func checkUsers(t *testing.T, users []User) {
	seen := make(map[any]bool)
	for _, u := range users {
		if u.UID <= 0 || u.GID < 0 || seen[u.UID] || seen[u.Name.Value] || strings.ContainsAny(u.Home.Value, ":\n") {
			t.Errorf("the user %+v", u)
		}
		seen[u.UID], seen[u.Name.Value] = true, true
	}
}

// checkPlace checks that a place is one, that its path is in the tree, and that a
// pattern is one whose matches go to a folder.
func checkPlace(t *testing.T, p Place, into bool) {
	set := 0
	for _, isSet := range []bool{p.Context != nil, p.Build != nil, p.Image != nil, p.Git != nil, p.HTTP != nil, p.Inline != nil} {
		if isSet {
			set++
		}
	}
	isFile := p.Inline != nil || p.HTTP != nil && !p.HTTP.Unpack
	if set != 1 || isFile != (p.Path.Value == "") {
		t.Errorf("the place %+v", p)
	}
	if !isFile && (!path.IsAbs(p.Path.Value) || path.Clean(p.Path.Value) != p.Path.Value) {
		t.Errorf("the path is %q", p.Path.Value)
	}
	for _, name := range strings.Split(p.Path.Value, "/") {
		if _, err := path.Match(name, ""); p.Pattern && err != nil {
			t.Errorf("the pattern %q: %v", p.Path.Value, err)
		}
	}
	if isFile && into || p.Pattern && !into || p.Pattern && !strings.ContainsAny(p.Path.Value, "*?[") {
		t.Errorf("into is %v, the place %+v", into, p)
	}
	if p.HTTP != nil && p.HTTP.Checksum.Validate() != nil {
		t.Errorf("the checksum is %q", p.HTTP.Checksum)
	}
}

// leavesFolder reports whether a clean path starts with the name "..". One that
// starts with a longer name, as in "..0", does not.
func leavesFolder(p string) bool { return p == ".." || strings.HasPrefix(p, "../") }

// checkDestination checks a place of the image, which no two have unless both are
// folders that get something.
func checkDestination(t *testing.T, exact map[string]bool, p string, fill bool) {
	if !path.IsAbs(p) || path.Clean(p) != p {
		t.Errorf("the destination is %q", p)
	}
	if fill {
		return
	}
	if exact[p] {
		t.Errorf("the destination %q is used twice", p)
	}
	exact[p] = true
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
