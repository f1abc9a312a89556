package main

import (
	"bytes"
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestOnlyRegularFilesAreRead: each command gets something that is not a regular file, or
// is endless, in place of a file that it reads.
func TestOnlyRegularFilesAreRead(t *testing.T) {
	makers := map[string]struct {
		make func(t *testing.T, path string)
		want string // a part of the error
	}{
		"FIFO": {func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path, 0o644); err != nil {
				t.Fatal(err)
			}
		}, "is a FIFO"},
		"link to a FIFO": {func(t *testing.T, path string) {
			if err := syscall.Mkfifo(path+"-target", 0o644); err != nil {
				t.Fatal(err)
			}
			link(t, path+"-target", path)
		}, "is a FIFO"},
		"link to a device": {func(t *testing.T, path string) { link(t, "/dev/zero", path) }, "is a device"},
		"folder": {func(t *testing.T, path string) {
			if err := os.Mkdir(path, 0o755); err != nil {
				t.Fatal(err)
			}
		}, "is a folder"},
		"socket": {func(t *testing.T, path string) {
			// The name may be longer than a socket address can be.
			short, err := os.MkdirTemp("", "s")
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { os.RemoveAll(short) })
			l, err := net.Listen("unix", filepath.Join(short, "s"))
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { l.Close() })
			link(t, filepath.Join(short, "s"), path)
		}, "is a socket"},
		"huge": {func(t *testing.T, path string) {
			write(t, path, "")
			if err := os.Truncate(path, 3<<30); err != nil {
				t.Fatal(err)
			}
		}, "has more than"},
	}
	verbs := []struct {
		name string
		file string // the file that is not regular; the Scratchfile is beside it
		args func(dir string) []string
	}{
		{"graph", "Scratchfile", func(dir string) []string { return []string{"graph", "-f", dir + "/Scratchfile"} }},
		{"graph with a lock", "Scratchfile.lock", func(dir string) []string { return []string{"graph", "-f", dir + "/Scratchfile"} }},
		{"lock --check", "Scratchfile", func(dir string) []string { return []string{"lock", "--check", "-f", dir + "/Scratchfile"} }},
		{"lock --check with a lock", "Scratchfile.lock", func(dir string) []string { return []string{"lock", "--check", "-f", dir + "/Scratchfile"} }},
		{"lock", "Scratchfile", func(dir string) []string {
			return []string{"lock", "--addr", "unix:///no/such", "-f", dir + "/Scratchfile"}
		}},
		{"build", "Scratchfile", func(dir string) []string { return []string{"build", "--addr", "unix:///no/such", dir} }},
		{"lock with a lock", "Scratchfile.lock", func(dir string) []string {
			return []string{"lock", "--addr", "unix:///no/such", "-f", dir + "/Scratchfile"}
		}},
		{"build with a lock", "Scratchfile.lock", func(dir string) []string { return []string{"build", "--addr", "unix:///no/such", dir} }},
		{"build with a layout", "index.json", func(dir string) []string {
			return []string{"build", "--addr", "unix:///no/such", "--build-context", "alpine=oci-layout://" + dir, dir}
		}},
		{"inspect", "index.json", func(dir string) []string { return []string{"inspect", dir} }},
	}
	for kind, m := range makers {
		for _, v := range verbs {
			t.Run(v.name+"/"+kind, func(t *testing.T) {
				dir := t.TempDir()
				if v.file != "Scratchfile" {
					write(t, filepath.Join(dir, "Scratchfile"), minimalBuild)
				}
				m.make(t, filepath.Join(dir, v.file))
				var out bytes.Buffer
				start := time.Now()
				code := run(t.Context(), v.args(dir), &out, &out)
				if took := time.Since(start); took > 2*time.Second {
					t.Errorf("it took %v", took)
				}
				want := m.want
				if kind == "huge" && (strings.HasPrefix(v.name, "build") || strings.HasPrefix(v.name, "lock with") || v.name == "lock") {
					want = "no builder" // because the builder reads it
				}
				if kind == "huge" && v.file == "index.json" {
					want = "invalid character"
				}
				if code == exitOK || !strings.Contains(out.String(), want) {
					t.Errorf("exit code %d, and it said %q, not %q", code, &out, want)
				}
			})
		}
	}
}

// TestMissingScratchfile: each verb that reads a Scratchfile says what to do without one.
func TestMissingScratchfile(t *testing.T) {
	t.Chdir(t.TempDir())
	for args, name := range map[string]string{
		"check": "Scratchfile", "graph": "Scratchfile", "lock": "Scratchfile", "lock --check": "Scratchfile", "graph -f none": "none",
	} {
		var out bytes.Buffer
		code := run(t.Context(), strings.Fields(args), &out, &out)
		if code != exitFault || !strings.Contains(out.String(), "found no build file: looked for "+name+"; fix: ") {
			t.Errorf("%s: exit code %d: %s", args, code, &out)
		}
	}
}

// TestNoFolderIsOpened: init does not wait for somebody who writes to a FIFO.
func TestNoFolderIsOpened(t *testing.T) {
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	ended := make(chan int, 1)
	var out bytes.Buffer
	go func() { ended <- run(t.Context(), []string{"init", fifo}, &out, &out) }()
	select {
	case code := <-ended:
		if code != exitFault || !strings.Contains(out.String(), "is a FIFO, not a folder") {
			t.Errorf("exit code %d: %s", code, &out)
		}
	case <-time.After(5 * time.Second):
		t.Error("init waits for the FIFO")
	}
}

// TestImageWithoutAListOfUsers: a FIFO in the place of an image's list of users is an error.
func TestImageWithoutAListOfUsers(t *testing.T) {
	root := t.TempDir()
	if err := os.Mkdir(filepath.Join(root, "etc"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(root, "etc/passwd"), 0o644); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := imageProcess(root, ocispecs.ImageConfig{User: "bin", Entrypoint: []string{"/a"}}, nil)
		ended <- err
	}()
	select {
	case err := <-ended:
		if err == nil || !strings.Contains(err.Error(), "is a FIFO") {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("it waits for the FIFO")
	}
}

func link(t *testing.T, target, path string) {
	t.Helper()
	if err := os.Symlink(target, path); err != nil {
		t.Fatal(err)
	}
}

// TestReadFileStopsBehindTheLimit: a file that grows during the read is not read to its
// end.
func TestReadFileStopsBehindTheLimit(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	write(t, file, strings.Repeat("x", 100))
	data, err := readFile(file, 10)
	if err != nil || len(data) != 11 {
		t.Errorf("%d bytes, %v; want 11", len(data), err)
	}
	if spec.MaxSize > lock.MaxSize {
		t.Error("the frontend's stand-in reads files of the size of a lock at most")
	}
}

// TestVerifyOpensNoSpecialFile: verify reports on a file of any kind, and opens only
// regular ones.
func TestVerifyOpensNoSpecialFile(t *testing.T) {
	dir := t.TempDir()
	fifo := filepath.Join(dir, "fifo")
	if err := syscall.Mkfifo(fifo, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{fifo, "/dev/zero", dir} {
		out, cpu, memory := cost(t, "verify", file)
		if !strings.Contains(out, "refused") || cpu > time.Second || memory > maxMemory {
			t.Errorf("%s: %v, %d MB: %s", file, cpu, memory>>20, out)
		}
	}
}

// TestSignalsEndEveryVerb sends signals to each command while it waits forever. The exit code
// is not that of a refusal.
func TestSignalsEndEveryVerb(t *testing.T) {
	dir := t.TempDir()
	write(t, filepath.Join(dir, "Scratchfile"), minimalBuild)
	// This daemon accepts connections and never answers.
	short, err := os.MkdirTemp("", "s")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(short) })
	l, err := net.Listen("unix", filepath.Join(short, "s"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	daemon := "unix://" + filepath.Join(short, "s")
	// A read of an SSH key that is a FIFO ignores the context.
	fifo := filepath.Join(dir, "key")
	if err := syscall.Mkfifo(fifo, 0o644); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"build":             {"build", "--addr", daemon, dir},
		"lock":              {"lock", "--addr", daemon, "-f", dir + "/Scratchfile"},
		"build with a FIFO": {"build", "--addr", daemon, "--ssh", "default=" + fifo, dir},
	} {
		for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			t.Run(name+"/"+sig.String(), func(t *testing.T) {
				cmd := asProgram(t, args...)
				var out bytes.Buffer
				cmd.Stdout, cmd.Stderr = &out, &out
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				time.Sleep(300 * time.Millisecond) // so that it waits by then
				sent := time.Now()
				if err := cmd.Process.Signal(sig); err != nil {
					t.Fatal(err)
				}
				err := cmd.Wait()
				if took := time.Since(sent); took > 2*time.Second {
					t.Errorf("it took %v to end", took)
				}
				if code := cmd.ProcessState.ExitCode(); code != 128+int(sig) {
					t.Errorf("%v, and it said %q", err, &out)
				}
				if left, _ := filepath.Glob(filepath.Join(dir, ".*")); len(left) > 0 {
					t.Errorf("it left %q", left)
				}
			})
		}
	}
}

// TestUntilCancelled: a command that ignores the context does not delay the exit.
func TestUntilCancelled(t *testing.T) {
	never := make(chan struct{})
	defer close(never)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	start := time.Now()
	if code := untilCancelled(ctx, func(context.Context) int { <-never; return exitOK }); code != exitFault {
		t.Errorf("exit code %d", code)
	}
	if took := time.Since(start); took < grace || took > grace+time.Second {
		t.Errorf("it took %v", took)
	}
}
