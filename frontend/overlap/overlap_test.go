package overlap

import (
	"slices"
	"testing"
)

func TestAncestors(t *testing.T) {
	for p, want := range map[string][]string{"/a": {"/a"}, "/a/b/c": {"/a", "/a/b", "/a/b/c"}} {
		if got := ancestors(p); !slices.Equal(got, want) {
			t.Errorf("ancestors of %s: %q, want %q", p, got, want)
		}
	}
}
