package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCgoLooksAtCFilesWhenGoStarts: the macro is of the C files that are there then, wherever go
// is started, and once. The script's own flags stay.
func TestCgoLooksAtCFilesWhenGoStarts(t *testing.T) {
	dir := t.TempDir()
	sources, bin, wrappers := filepath.Join(dir, "src"), filepath.Join(dir, "bin"), filepath.Join(dir, "wrappers")
	write := func(name, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(sources, "gen/config.h"), "#define V 1\n")
	write(filepath.Join(sources, "main.go"), "package main\n")
	write(filepath.Join(wrappers, "go"), strings.NewReplacer(WrapperDir, wrappers, "/usr/local", "/none").Replace(cgoGo))
	// go generate starts go again.
	write(filepath.Join(bin, "go"), "#!/bin/sh\n[ $1 != generate ] || exec go build\necho \"$1$CGO_CPPFLAGS\"\n")
	flags := " -DMINE"
	run := func(dir, arg string) string {
		t.Helper()
		cmd := exec.Command(filepath.Join(wrappers, "go"), arg)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "PATH=/early:"+wrappers+":/twice:"+wrappers+":"+bin+":"+os.Getenv("PATH"), "SCRATCH_SOURCES="+sources, "CGO_CPPFLAGS="+flags)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", arg, err, out)
		}
		return string(out)
	}
	first := run(sources, "build")
	if strings.Count(first, "-DSCRATCH_SOURCES=") != 1 || !strings.HasPrefix(first, "build -DMINE ") {
		t.Errorf("the flags: %q", first)
	}
	write(filepath.Join(sources, "other.o"), "an object of another program\n")
	if got := run(bin, "build"); got != first {
		t.Errorf("in another folder: %q, want %q", got, first)
	}
	if got := run(sources, "generate"); got != first {
		t.Errorf("go in go: %q, want %q", got, first)
	}
	if got := run(sources, "env"); got != "env -DMINE\n" {
		t.Errorf("env: %q", got)
	}
	flags += " -DSCRATCH_SOURCES=0123456789abcdef -DMORE" // of a script that adds to what the setup sets
	if got, want := run(sources, "build"), strings.Replace(first, " -DMINE ", " -DMINE -DMORE ", 1); got != want {
		t.Errorf("flags behind the macro: %q, want %q", got, want)
	}
	flags = " -DMINE"
	write(filepath.Join(sources, "main.go"), "package main // changed\n")
	if got := run(sources, "build"); got != first {
		t.Errorf("after a change of Go's own: %q, want %q", got, first)
	}
	// A script may start go by its path: it has the macro of the time when the script began.
	setup := exec.Command("/bin/sh", "-euc", strings.ReplaceAll(cgoSetup, "/usr/local", "/none")+"\nexec "+bin+"/go build")
	setup.Dir, setup.Env = sources, append(os.Environ(), "CGO_CPPFLAGS= -DMINE")
	if out, err := setup.CombinedOutput(); err != nil || string(out) != first {
		t.Errorf("go by its path: %q, %v; want %q", out, err, first)
	}
	write(filepath.Join(sources, "gen/config.h"), "#define V 2\n")
	if got := run(sources, "build"); got == first {
		t.Error("a header that the build has made is not noticed")
	}
}
