package buildkit_test

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// startEndlessStep builds a step that sleeps, and returns when the step runs. The step's
// command line contains the daemon's directory. The channel receives the result of the
// build.
func startEndlessStep(ctx context.Context, t *testing.T, d *buildkit.Daemon) <-chan error {
	t.Helper()
	c, err := d.Client(ctx)
	if err != nil {
		t.Fatal(err)
	}
	def, err := llb.Local("program").Run(llb.Args([]string{"/sleep", "step of " + d.Dir()})).Marshal(ctx)
	if err != nil {
		t.Fatal(err)
	}
	program, err := fsutil.NewFS(sleepProgram(t))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		defer c.Close()
		_, err := c.Solve(ctx, def, client.SolveOpt{LocalMounts: map[string]fsutil.FS{"program": program}}, nil)
		done <- err
	}()
	waitForProcess(t, "/sleep\x00step of "+d.Dir(), done)
	return done
}

// sleepProgram returns a directory with the static program of testdata/sleep.
func sleepProgram(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "sleep"), "./testdata/sleep")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("building the step's program: %v\n%s", err, out)
	}
	return dir
}

func waitForProcess(t *testing.T, cmdline string, ended <-chan error) {
	t.Helper()
	timeout := time.After(30 * time.Second)
	for !isRunning(t, cmdline) {
		select {
		case err := <-ended:
			t.Fatalf("the build ended before its step ran: %v", err)
		case <-timeout:
			t.Fatalf("no process %q", cmdline)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func isRunning(t *testing.T, cmdline string) bool {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, path := range paths {
		if data, err := os.ReadFile(path); err == nil && bytes.HasPrefix(data, []byte(cmdline)) {
			return true
		}
	}
	return false
}
