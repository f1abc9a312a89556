package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// lockedProject makes a Scratchfile that needs other packages on arm64, with a lock for
// both platforms.
func lockedProject(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"Scratchfile": `args: {JANSSON: "2.14"}
build:
  packages: [build-base, "jansson-dev~${JANSSON}", "linux-headers-${TARGETARCH}"]
  run: make
binary: {from: a.out, strip: true}
include: [tzdata]
`,
		"Scratchfile.lock": "version: 1\nplatforms:\n" + lockedPlatform("amd64") + lockedPlatform("arm64"),
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func lockedPlatform(arch string) string {
	return "- platform: linux/" + arch + `
  base: alpine:3.24
  installs:
  - packages: [binutils, build-base, jansson-dev~2.14, linux-headers-` + arch + `]
  - packages: [tzdata]
`
}

func TestLockCheck(t *testing.T) {
	for _, tc := range []struct {
		name           string
		change         func(*testing.T, string) // changes the project's folder
		args           []string
		code           int
		stdout, stderr string
	}{
		{"fits", nil, nil, exitOK, "", ""},
		{"platforms", nil, []string{"--platform", "linux/arm64,linux/amd64"}, exitOK, "", ""},
		{
			"one more platform", nil, []string{"--platform", "linux/s390x"}, exitNo,
			"linux/s390x:\n+ platform linux/s390x\nto refresh it: docker buildx build -f Scratchfile --platform linux/amd64,linux/arm64,linux/s390x --target lock", "",
		},
		{
			"build arg", nil, []string{"--build-arg", "JANSSON=2.15"}, exitNo,
			"linux/amd64:\n- packages binutils build-base jansson-dev~2.14 linux-headers-amd64\n+ packages binutils build-base jansson-dev~2.15 linux-headers-amd64\nlinux/arm64:\n", "",
		},
		{
			"base", replace("Scratchfile", "run: make", "run: make\n  base: alpine:3.23"), nil, exitNo,
			"- base alpine:3.24\n+ base alpine:3.23\n", "",
		},
		{"include", replace("Scratchfile", "tzdata", "tmp"), nil, exitNo, "linux/amd64:\n- packages tzdata\nlinux/arm64:\n- packages tzdata\n", ""},
		{"no lock", remove("Scratchfile.lock"), []string{"--platform", "linux/amd64"}, exitNo, "+ platform linux/amd64", ""},
		{"no Scratchfile", remove("Scratchfile"), nil, exitFault, "", "no such file"},
		{"broken lock", replace("Scratchfile.lock", "version: 1", "version: 9"), nil, exitFault, "", "Scratchfile.lock:1:10: the only version"},
		{"broken Scratchfile", replace("Scratchfile", "run: make", "ran: make"), nil, exitNo, "", "did you mean run?"},
		{"bad platform", nil, []string{"--platform", "a/b/c/d"}, exitFault, "", "--platform"},
		{"argument", nil, []string{"x"}, exitFault, "", "takes no argument, and got \"x\"\nfix: name the Scratchfile: -f FILE"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := lockedProject(t)
			if tc.change != nil {
				tc.change(t, dir)
			}
			args := append([]string{"lock", "--check", "-f", filepath.Join(dir, "Scratchfile")}, tc.args...)
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), args, &stdout, &stderr); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.Contains(stdout.String(), tc.stdout) || tc.stdout == "" && stdout.Len() > 0 {
				t.Errorf("stdout %q, want %q", &stdout, tc.stdout)
			}
			if !strings.Contains(stderr.String(), tc.stderr) || tc.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %q, want %q", &stderr, tc.stderr)
			}
		})
	}
}

func replace(name, old, new string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		file := filepath.Join(dir, name)
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.Replace(data, []byte(old), []byte(new), 1), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func remove(name string) func(*testing.T, string) {
	return func(t *testing.T, dir string) {
		t.Helper()
		if err := os.Remove(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
}
