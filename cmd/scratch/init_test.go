package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestInit(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "hello.c"), "int main(void) { return 0; }\n")
	write(t, filepath.Join(dir, "Makefile"), "hello: hello.o\n")
	scratch := func(code int, want string, args ...string) string {
		t.Helper()
		var out, complaints bytes.Buffer
		if got := run(t.Context(), args, &out, &complaints); got != code || !strings.Contains(complaints.String(), want) {
			t.Errorf("%q: exit code %d, want %d with %q: %s", args, got, code, want, &complaints)
		}
		return out.String()
	}
	file := filepath.Join(dir, "Scratchfile")
	printed := scratch(exitOK, "Scratchfile:8: guess: what the Makefile makes", "init", "-o", "-", dir)
	scratch(exitOK, file+":8: guess: what the Makefile makes", "init", dir)
	if got := readText(t, file); got != printed || !strings.Contains(got, "binary: hello\n") {
		t.Errorf("%s", got)
	}
	scratch(exitOK, "", "check", "-f", file)
	scratch(exitFault, "Scratchfile exists, and is not replaced", "init", dir)
	if got := readText(t, file); got != printed {
		t.Errorf("the file was replaced: %s", got)
	}

	empty := t.TempDir()
	scratch(exitNo, "fix: name the project's folder", "init", empty)
	if found, err := os.ReadDir(empty); err != nil || len(found) > 0 {
		t.Errorf("%v, %v", found, err)
	}
	scratch(exitFault, "no such file", "init", filepath.Join(empty, "missing"))
	scratch(exitFault, "", "init", file)
	scratch(exitFault, "at most 1 arg", "init", dir, dir)
}
