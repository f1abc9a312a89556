package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const (
	goodDockerfile = `FROM alpine:3.22 AS build
WORKDIR /src
COPY . .
RUN gcc -static -o /hello hello.c
USER builder
FROM scratch
COPY --from=build /hello /hello
ENTRYPOINT ["/hello"]
`
	otherDockerfile = "FROM debian\nRUN make\n"
)

func TestConvertExitCodes(t *testing.T) {
	for _, tc := range []struct {
		name, dockerfile string
		args             []string
		code             int
		stdout, stderr   string
		written          string // the file that is there afterwards
	}{
		{"beside", goodDockerfile, nil, exitOK, "", "Dockerfile:5: USER builder is left out", "Scratchfile"},
		{"elsewhere", goodDockerfile, []string{"-o", "DIR/other"}, exitOK, "", "Dockerfile:5: ", "other"},
		{"printed", goodDockerfile, []string{"-o", "-"}, exitOK, "binary: /hello", "Dockerfile:5: ", ""},
		{"another shape", otherDockerfile, nil, exitNo, "", "Dockerfile:1: the final stage starts from debian", ""},
		{"no Dockerfile", "", nil, exitFault, "", "no such file", ""},
		{"no folder", goodDockerfile, []string{"-o", "DIR/none/Scratchfile"}, exitFault, "", "no such file", ""},
		{"two files", goodDockerfile, []string{"other"}, exitFault, "", "at most 1 arg", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			file := filepath.Join(dir, "Dockerfile")
			if tc.dockerfile != "" {
				if err := os.WriteFile(file, []byte(tc.dockerfile), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			args := []string{"convert", file}
			for _, a := range tc.args {
				args = append(args, strings.Replace(a, "DIR", dir, 1))
			}
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), args, &stdout, &stderr); code != tc.code {
				t.Errorf("exit code %d, want %d\n%s", code, tc.code, &stderr)
			}
			if !strings.Contains(stdout.String(), tc.stdout) || tc.stdout == "" && stdout.Len() > 0 {
				t.Errorf("stdout %q, want %q", &stdout, tc.stdout)
			}
			if !strings.Contains(stderr.String(), tc.stderr) {
				t.Errorf("stderr %q, want %q", &stderr, tc.stderr)
			}
			requireOnly(t, dir, "Dockerfile", tc.written)
		})
	}
}

// requireOnly fails if a folder has other files than those named.
func requireOnly(t *testing.T, dir string, names ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.Contains(" "+strings.Join(names, " ")+" ", " "+e.Name()+" ") {
			t.Errorf("%s was written", e.Name())
		}
	}
	for _, name := range names[1:] {
		if name == "" {
			continue
		}
		if text := readText(t, filepath.Join(dir, name)); !strings.HasPrefix(text, "# syntax=") {
			t.Errorf("%s is %q", name, text)
		}
	}
}

// TestConvertReplacesNothing tries all that can be at the place of the Scratchfile.
func TestConvertReplacesNothing(t *testing.T) {
	for name, occupy := range map[string]func(string) error{
		"file":          func(at string) error { return os.WriteFile(at, []byte("mine"), 0o644) },
		"folder":        func(at string) error { return os.Mkdir(at, 0o755) },
		"dangling link": func(at string) error { return os.Symlink("elsewhere", at) },
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte(goodDockerfile), 0o644); err != nil {
				t.Fatal(err)
			}
			at := filepath.Join(dir, "Scratchfile")
			if err := occupy(at); err != nil {
				t.Fatal(err)
			}
			before, err := os.Lstat(at)
			if err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), []string{"convert", filepath.Join(dir, "Dockerfile")}, &stdout, &stderr); code != exitFault {
				t.Errorf("exit code %d", code)
			}
			if !strings.Contains(stderr.String(), "exists, and is not replaced") {
				t.Errorf("stderr %q", &stderr)
			}
			if after, err := os.Lstat(at); err != nil || !os.SameFile(before, after) || after.Size() != before.Size() {
				t.Errorf("it is now %v, %v", after, err)
			}
			if _, err := os.Lstat(filepath.Join(dir, "elsewhere")); err == nil {
				t.Error("the target of the link was written")
			}
		})
	}
}
