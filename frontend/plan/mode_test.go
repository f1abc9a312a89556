package plan

import (
	"os"
	"testing"
)

func TestSymbolicMode(t *testing.T) {
	for perm, want := range map[os.FileMode]string{
		0o644: "a-x,u=rXw,g=rX,o=rX",
		0o755: "a-x,u=rXwx,g=rXx,o=rXx",
		0o744: "a-x,g=rX,o=rX,u=rXwx",
		0o600: "a-x,u=rXw,g=,o=",
		0o705: "a-x,g=,u=rXwx,o=rXx",
		0o000: "a-x,u=,g=,o=",
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
