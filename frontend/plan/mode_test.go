package plan

import (
	"os"
	"testing"
)

func TestSymbolicMode(t *testing.T) {
	for perm, want := range map[os.FileMode]string{
		0o644: "u=rwX,g=rX,o=rX",
		0o755: "u=rwx,g=rx,o=rx",
		0o744: "g=rX,o=rX,u=rwx",
		0o600: "u=rwX,g=,o=",
		0o705: "g=,u=rwx,o=rx",
		0o000: "u=,g=,o=",
	} {
		if got := symbolicMode(perm); got != want {
			t.Errorf("symbolicMode(%#o) = %q, want %q", perm, got, want)
		}
	}
}

func TestOneLine(t *testing.T) {
	long := "é"
	for range 60 {
		long += "é"
	}
	for in, want := range map[string]string{
		"gcc  a.c\n  -o a\n": "gcc a.c -o a",
		long:                 long[:maxTitle] + "…",
	} {
		if got := oneLine(in); got != want {
			t.Errorf("oneLine(%q) = %q, want %q", in, got, want)
		}
	}
}
