package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// program builds a static program with the Go toolchain that runs this test.
func testProgram(t *testing.T, dir string) string {
	t.Helper()
	src := filepath.Join(dir, "main.go")
	if err := os.WriteFile(src, []byte("package main\n\nfunc main() {}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "program")
	cmd := exec.Command("go", "build", "-o", out, src)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=arm64", "GOFLAGS=")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, msg)
	}
	return out
}

func TestVerifyExitCodes(t *testing.T) {
	dir := t.TempDir()
	good := testProgram(t, dir)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name           string
		args           []string
		code           int
		stdout, stderr string
	}{
		{"static", []string{"verify", good}, exitOK, "static (arm64", ""},
		{"refused", []string{"verify", good, script}, exitNo, "is a script", ""},
		{"missing", []string{"verify", filepath.Join(dir, "none")}, exitNo, "does not exist", ""},
		{"platform", []string{"verify", "--platform", "linux/amd64", good}, exitNo, "is built for arm64", ""},
		{"same platform", []string{"verify", "--platform", "linux/arm64", good}, exitOK, "static", ""},
		{"no file", []string{"verify"}, exitFault, "", "requires at least 1 arg"},
		{"bad platform", []string{"verify", "--platform", "a/b/c/d", good}, exitFault, "", "--platform"},
		{"unknown flag", []string{"verify", "--jsno", good}, exitFault, "", "unknown flag"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), tc.args, &stdout, &stderr); code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			if !strings.Contains(stdout.String(), tc.stdout) {
				t.Errorf("stdout %q, want %q", &stdout, tc.stdout)
			}
			if !strings.Contains(stderr.String(), tc.stderr) || tc.stderr == "" && stderr.Len() > 0 {
				t.Errorf("stderr %q, want %q", &stderr, tc.stderr)
			}
		})
	}
}

func TestVerifyJSON(t *testing.T) {
	dir := t.TempDir()
	good := testProgram(t, dir)
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"verify", "--json", good, dir, script}, &stdout, &stderr); code != exitNo {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	dec := json.NewDecoder(&stdout)
	var got []verify.Verdict
	var offsets []*int64
	for dec.More() {
		var r remedy.Report
		if err := dec.Decode(&r); err != nil {
			t.Fatal(err)
		}
		got = append(got, r.Verdict)
		for _, reason := range r.Reasons {
			if reason.Remedy == "" {
				t.Errorf("%s has no remedy", reason.Code)
			}
			offsets = append(offsets, reason.Offset)
		}
	}
	if want := []verify.Verdict{verify.Static, verify.Refused, verify.Refused}; !slices.Equal(got, want) {
		t.Errorf("verdicts %v, want %v", got, want)
	}
	// A directory has no bytes that could be wrong; a script is one by its first.
	if len(offsets) != 2 || offsets[0] != nil || offsets[1] == nil || *offsets[1] != 0 {
		t.Errorf("offsets %v, want none and 0", offsets)
	}
}

// The lookup works as the kernel's: '..' is the parent of a link's target, and a slash at
// the end means a directory.
func TestVerifyFollowsLinks(t *testing.T) {
	dir := t.TempDir()
	testProgram(t, dir)
	real := filepath.Join(dir, "real")
	if err := os.MkdirAll(filepath.Join(real, "deep"), 0o755); err != nil {
		t.Fatal(err)
	}
	for link, target := range map[string]string{"link": "real/deep", "real/there": "../program"} {
		if err := os.Symlink(target, filepath.Join(dir, link)); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, tc := range []struct {
		file string
		code int
	}{
		{"program", exitOK},
		{"./real/../program", exitOK},
		{"link/../there", exitOK},
		{dir + "/link/../there", exitOK},
		{"link/../program", exitNo}, // the program is in the parent of the link, not of its target
		{"missing/../program", exitNo},
		{"program/", exitNo},
	} {
		t.Run(tc.file, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"verify", tc.file}, &stdout, &stderr); code != tc.code {
				t.Errorf("exit code %d, want %d\n%s%s", code, tc.code, &stdout, &stderr)
			}
			if _, err := os.Stat(tc.file); (err == nil) != (tc.code == exitOK) {
				t.Errorf("the kernel says: %v", err)
			}
		})
	}
}
