package spec

import (
	"fmt"
	"path"
	"strings"
	"testing"
)

// TestWildcards: a path is a pattern only if it has a wildcard that is not part of a
// name. Otherwise it is the name on disk.
func TestWildcards(t *testing.T) {
	for _, tc := range []struct {
		written, path string
		pattern       bool
		to            string // in files, without a key for it
	}{
		{"data", "/data", false, "/data"},
		{"./data/", "/data", false, "/data"},
		{"data/*.txt", "/data/*.txt", true, "/data"},
		{"*", "/*", true, "/"},
		{"a/b?/[c-e]", "/a/b?/[c-e]", true, ""},
		{`pages/\[id].html`, "/pages/[id].html", false, "/pages/[id].html"},
		{`pages/[[]id].html`, "/pages/[id].html", false, "/pages/[id].html"},
		{`pages/[[]id]/*.html`, `/pages/[[]id]/*.html`, true, "/pages/[id]"},
		{`\*\?\[\]\\`, `/*?[]\`, false, `/*?[]\`},
		{`a[*]b[?]`, "/a*b?", false, "/a*b?"},
		{`\*/*`, `/\*/*`, true, "/*"},
		{`[\]a\-]x`, `/[\]a\-]x`, true, "/"},
		{"a]b", "/a]b", false, "/a]b"},
	} {
		got, bad := contextTree.take(tc.written)
		if bad != nil {
			t.Errorf("%s: %s", tc.written, bad.found)
			continue
		}
		if got.Value != tc.path || got.pattern != tc.pattern {
			t.Errorf("%s: %q, %v", tc.written, got.Value, got.pattern)
		}
		it := item{kind: contextFrom, path: got}
		if to := it.fileDefault(Place{Path: got.String, Pattern: got.pattern}); to != tc.to {
			t.Errorf("%s goes to %q, want %q", tc.written, to, tc.to)
		}
	}
	for _, bad := range []string{"", "[", "a[b/c]", "[]", "[a", "a-[z-a", `a\`, `a\b`, `dir\/x`, `src\main.c`, "[^]", "*/../x", "../*", "*//x", "!*", " *", "a\n*"} {
		if got, c := contextTree.take(bad); c == nil {
			t.Errorf("%q is taken as %+v", bad, got)
		}
	}
}

// FuzzPaths: what is taken as a name is what the pattern matches.
func FuzzPaths(f *testing.F) {
	for _, s := range []string{"a", `\[x]`, "[[]", "[*]", "*/b", `a\\b`, "[a-z]?"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, written string) {
		got, bad := contextTree.take(written)
		if bad != nil {
			return
		}
		if path.Clean(got.Value) != got.Value || !path.IsAbs(got.Value) || strings.Contains(got.Value+"/", "/../") {
			t.Fatalf("%q is %q", written, got.Value)
		}
		if got.pattern {
			for _, name := range strings.Split(got.Value, "/") {
				if _, err := path.Match(name, "x"); err != nil {
					t.Fatal(err)
				}
			}
			return
		}
		if ok, err := path.Match(path.Join("/", relative(written)), got.Value); !ok || err != nil {
			t.Fatalf("%q does not match %q: %v", written, got.Value, err)
		}
	})
}

// TestPatternFolder: caches and default places are told by what stands before the first
// wildcard.
func TestPatternFolder(t *testing.T) {
	for pattern, want := range map[string]string{
		"/*": "/ true", "/a/*": "/a true", "/a/*/b": "/a false", `/a/\*/b?`: "/a/* true", "/a?/b/c": "/ false",
	} {
		dir, only := patternFolder(pattern)
		if got := fmt.Sprint(dir, " ", only); got != want {
			t.Errorf("%s: %s, want %s", pattern, got, want)
		}
	}
}
