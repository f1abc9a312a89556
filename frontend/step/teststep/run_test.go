package teststep

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestArgsRoundTrip(t *testing.T) {
	for name, want := range map[string]Request{
		"least": {Run: []string{"/a.out"}, Timeout: time.Second, Report: ReportPath},
		"most": {
			Run: []string{"/a.out", "--exit=9", "--", "-x"}, Exit: 3, Stdout: "^a=b$", Stderr: "--",
			Stdin: "one\ntwo\n", Timeout: 90 * time.Second, User: "1:2", Report: ReportPath,
		},
	} {
		t.Run(name, func(t *testing.T) {
			args := Args(want)
			if args[0] != Command {
				t.Fatalf("args %q", args)
			}
			got, err := ParseRequest(args[1:])
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestParseRequestErrors(t *testing.T) {
	for _, args := range [][]string{nil, {"--exit=x", "--", "a"}, {"--no-such", "a"}, {"--"}} {
		if _, err := ParseRequest(args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

func TestRun(t *testing.T) {
	sh := func(script string) []string { return []string{"/bin/sh", "-c", script} }
	notELF := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(notELF, []byte("#!/no/such/interpreter\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	noMode := filepath.Join(t.TempDir(), "noexec")
	if err := os.WriteFile(noMode, []byte("#!/bin/sh\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	text := filepath.Join(t.TempDir(), "text")
	if err := os.WriteFile(text, []byte("echo no first line\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	foreign := filepath.Join(t.TempDir(), "foreign")
	if err := os.WriteFile(foreign, []byte("\x7fELF\x02\x02\x01"+strings.Repeat("\x00", 9)+"\x00\x02\x00\x16"+strings.Repeat("\x00", 44)), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name string
		req  Request
		err  string
	}{
		{name: "passes", req: Request{Run: sh("cat; echo err >&2; exit 4"), Stdin: "in", Exit: 4, Stdout: "^in$", Stderr: "err"}},
		{name: "no pattern checks nothing", req: Request{Run: sh("echo anything")}},
		{name: "exit code", req: Request{Run: sh("exit 1")}, err: "exit code 1, not 0"},
		{name: "expected failure that passes", req: Request{Run: sh("exit 0"), Exit: 1}, err: "exit code 0, not 1"},
		{name: "stdout", req: Request{Run: sh("echo a"), Stdout: "b"}, err: `no match for "b"; it is "a\n"`},
		{name: "stderr", req: Request{Run: sh("echo a"), Stderr: "b"}, err: "standard error has no match for \"b\"; it is empty"},
		{name: "both", req: Request{Run: sh("exit 2"), Stdout: "x"}, err: "standard output"},
		{name: "leaves a process behind", req: Request{Run: sh("echo ready; sleep 20 &"), Stdout: "ready"}},
		{name: "leaves a process behind and fails", req: Request{Run: sh("sleep 20 & exit 3")}, err: "exit code 3, not 0"},
		{name: "leaves a process behind, not as expected", req: Request{Run: sh("sleep 20 & exit 0"), Exit: 3}, err: "exit code 0, not 3"},
		{name: "killed", req: Request{Run: sh("kill -9 $$")}, err: "signal: killed"},
		{name: "timeout", req: Request{Run: sh("sleep 60"), Timeout: 50 * time.Millisecond}, err: "stopped after 50ms"},
		{name: "missing", req: Request{Run: []string{"/no/such/file"}}, err: "the image has no such file"},
		{name: "missing in PATH", req: Request{Run: []string{"no-such-file"}}, err: "the image has no such file"},
		{name: "missing interpreter", req: Request{Run: []string{notELF}}, err: "what is missing is its loader"},
		{name: "mode", req: Request{Run: []string{noMode}}, err: "its mode"},
		{name: "folder", req: Request{Run: []string{t.TempDir()}}, err: "it is a folder"},
		{name: "no program", req: Request{Run: []string{text}}, err: "is not an ELF file"},
		{name: "foreign program", req: Request{Run: []string{foreign}}, err: "it is for another platform"},
		{name: "pattern", req: Request{Run: sh("true"), Stdout: "("}, err: "stdout:"},
		{name: "user", req: Request{Run: sh("true"), User: "root"}, err: `user "root"`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if tc.req.Timeout == 0 {
				tc.req.Timeout = 30 * time.Second
			}
			var stdout, stderr bytes.Buffer
			err := Run(t.Context(), tc.req, &stdout, &stderr)
			switch {
			case tc.err == "" && err != nil:
				t.Fatal(err)
			case tc.err != "" && (err == nil || !strings.Contains(err.Error(), tc.err)):
				t.Fatalf("error %v, want %q", err, tc.err)
			}
		})
	}
}

// TestOutputPassesThrough: the user sees the whole output of a test, even if only its start is
// compared.
func TestOutputPassesThrough(t *testing.T) {
	var stdout, stderr bytes.Buffer
	err := Run(t.Context(), Request{
		Run:     []string{"/bin/sh", "-c", "head -c 3000000 /dev/zero; echo end"},
		Timeout: 30 * time.Second, Stdout: "end",
	}, &stdout, &stderr)
	if err == nil || !strings.Contains(err.Error(), "1048576 bytes") {
		t.Errorf("error %v; only the first MiB is compared", err)
	}
	if want := 3000000 + len("end\n"); stdout.Len() != want {
		t.Errorf("%d bytes passed through, want %d", stdout.Len(), want)
	}
}

// TestClosedFolder: a program that its user can't get to has the right mode, and another
// folder.
func TestClosedFolder(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("without root, a test has no other user")
	}
	dir := t.TempDir()
	for up := dir; up != os.TempDir(); up = filepath.Dir(up) {
		if err := os.Chmod(up, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	at := filepath.Join(dir, "closed", "app")
	if err := os.Mkdir(filepath.Dir(at), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for user, want := range map[string]string{"0": "", "1": "the folder " + filepath.Dir(at) + " lets the image's user not in"} {
		err := Run(t.Context(), Request{Run: []string{at}, User: user, Timeout: 30 * time.Second}, io.Discard, io.Discard)
		if (err == nil) != (want == "") || err != nil && (!strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `{dir: `+filepath.Dir(at)+`, mode: "0755"}`)) {
			t.Errorf("user %s: %v", user, err)
		}
	}
}
