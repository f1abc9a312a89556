package launch

import (
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSubIDs(t *testing.T) {
	sail := &user.User{Username: "sail", Uid: "1000"}
	for _, tc := range []struct {
		name, text string
		want       []Range
		wrong      string
	}{
		{"by name", "root:1:5\nsail:100000:65536\n", []Range{{100000, 65536}}, ""},
		{"by number", "1000:100000:65536", []Range{{100000, 65536}}, ""},
		{"two ranges", "sail:100000:60000\nother:1:1\nsail:200000:6000\n", []Range{{100000, 60000}, {200000, 6000}}, ""},
		{"comments and empty lines", "# sail:1:2\n\nsail:100000:65536\n", []Range{{100000, 65536}}, ""},
		{"nobody", "", nil, "gives the user sail 0 ids"},
		{"another user", "sailor:100000:65536\n", nil, "gives the user sail 0 ids"},
		{"too few", "sail:100000:1000\n", nil, "1000 ids, and a build needs 65535"},
		{"no number", "sail:x:65536\n", nil, "invalid syntax"},
	} {
		file := filepath.Join(t.TempDir(), "subuid")
		if err := os.WriteFile(file, []byte(tc.text), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := subIDs(file, sail)
		if tc.wrong != "" {
			if err == nil || !strings.Contains(err.Error(), tc.wrong) {
				t.Errorf("%s: %v, want %q", tc.name, err, tc.wrong)
			}
		} else if err != nil || !slices.Equal(got, tc.want) {
			t.Errorf("%s: %v, %v", tc.name, got, err)
		}
	}
}

// TestMapArgs: the ranges follow one another, behind the user.
func TestMapArgs(t *testing.T) {
	got := strings.Join(mapArgs(7, 1000, []Range{{100000, 60000}, {200000, 6000}}), " ")
	if want := "7 0 1000 1 1 100000 60000 60001 200000 6000"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

func TestFreeSubID(t *testing.T) {
	file := filepath.Join(t.TempDir(), "subuid")
	if err := os.WriteFile(file, []byte("a:100000:65536\nb:300000:10\nbroken\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if got := FreeSubID(file); got != 300010 {
		t.Errorf("%d, want 300010", got)
	}
	if got := FreeSubID(file + ".missing"); got != 0 {
		t.Errorf("%d for no file, want 0", got)
	}
}
