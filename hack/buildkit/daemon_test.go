package buildkit_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/hack/buildkit"
	"github.com/rene2/scratch-frontend/hack/need"
)

// needDaemon skips a test that starts a daemon if this machine can't run one.
func needDaemon(t *testing.T) {
	t.Helper()
	if err := buildkit.Startable(); err != nil {
		need.Missing(t, "%v", err)
	}
}

func start(t *testing.T, o buildkit.Options) *buildkit.Daemon {
	t.Helper()
	needDaemon(t)
	d, err := buildkit.Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func wantVersion(t *testing.T, d *buildkit.Daemon) {
	t.Helper()
	c, err := d.Client(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	info, err := c.Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if info.BuildkitVersion.Version == "" {
		t.Error("the daemon has no version")
	}
}

func wantStopped(t *testing.T, d *buildkit.Daemon) {
	t.Helper()
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	wantNothingLeft(t, d.Dir())
}

func TestStartAndStop(t *testing.T) {
	d := start(t, buildkit.Options{})
	wantVersion(t, d)
	if _, err := os.Stat(d.LogFile()); err != nil {
		t.Error(err)
	}
	wantStopped(t, d)
	if err := d.Stop(); err != nil {
		t.Errorf("stopping again: %v", err)
	}
}

func TestNativeSnapshotter(t *testing.T) {
	d := start(t, buildkit.Options{Snapshotter: "native"})
	wantVersion(t, d)
	wantStopped(t, d)
}

func TestTwoAtOnce(t *testing.T) {
	one, two := start(t, buildkit.Options{}), start(t, buildkit.Options{})
	if one.Addr() == two.Addr() || one.Dir() == two.Dir() {
		t.Fatalf("both are at %s in %s", one.Addr(), one.Dir())
	}
	wantVersion(t, one)
	wantVersion(t, two)
	wantStopped(t, one)
	wantVersion(t, two)
	wantStopped(t, two)
}

func TestStopEndsARunningStep(t *testing.T) {
	d := start(t, buildkit.Options{StopTimeout: time.Second})
	done := startEndlessStep(t.Context(), t, d)
	wantStopped(t, d)
	if err := <-done; err == nil {
		t.Error("a build that was cut off succeeded")
	}
}

func TestKilledDaemonTakesItsStepAlong(t *testing.T) {
	needDaemon(t)
	d, err := buildkit.Start(t.Context(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	done := startEndlessStep(t.Context(), t, d)
	d.Kill()
	if err := d.Stop(); err == nil {
		t.Error("Stop does not mention the daemon's death")
	}
	wantNothingLeft(t, d.Dir())
	if err := <-done; err == nil {
		t.Error("a build that was cut off succeeded")
	}
}

func TestLogFileIsKept(t *testing.T) {
	log := filepath.Join(t.TempDir(), "log")
	d := start(t, buildkit.Options{LogFile: log})
	if d.LogFile() != log {
		t.Errorf("the log is %s, not %s", d.LogFile(), log)
	}
	wantStopped(t, d)
	if data, err := os.ReadFile(log); err != nil || !strings.Contains(string(data), "running server") {
		t.Errorf("the log says %q (%v)", data, err)
	}
}

// fakeBuildkitd returns a directory whose buildkitd is a shell script.
func fakeBuildkitd(t *testing.T, script string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "buildkitd"), []byte("#!/bin/sh\n"+script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}

func wantFailure(t *testing.T, ctx context.Context, o buildkit.Options, reasons ...string) {
	t.Helper()
	needDaemon(t)
	o.ParentDir = t.TempDir()
	d, err := buildkit.Start(ctx, o)
	if err == nil {
		t.Fatalf("started: %v", d.Stop())
	}
	for _, reason := range reasons {
		if !strings.Contains(err.Error(), reason) {
			t.Errorf("the error does not say %q: %v", reason, err)
		}
	}
	wantNothingLeft(t, filepath.Join(o.ParentDir, "buildkit-"))
	if left, err := os.ReadDir(o.ParentDir); err != nil || len(left) > 0 {
		t.Errorf("left in the parent directory: %v (%v)", left, err)
	}
}

func TestFailedStartShowsTheLog(t *testing.T) {
	bin := fakeBuildkitd(t, "echo no luck today >&2; exit 3")
	wantFailure(t, t.Context(), buildkit.Options{BinDir: bin}, "exit status 3", "no luck today")
}

func TestDaemonThatIsNeverReady(t *testing.T) {
	o := buildkit.Options{
		BinDir:       fakeBuildkitd(t, "echo dawdling; exec sleep 1000"),
		ReadyTimeout: 300 * time.Millisecond,
		StopTimeout:  100 * time.Millisecond,
	}
	wantFailure(t, t.Context(), o, "not ready", "dawdling")
}

func TestCancelledStart(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := buildkit.Options{BinDir: fakeBuildkitd(t, "exec sleep 1000"), StopTimeout: 100 * time.Millisecond}
	wantFailure(t, ctx, o, context.Canceled.Error())
}

func TestMissingToolsSayHowToGetThem(t *testing.T) {
	wantFailure(t, t.Context(), buildkit.Options{BinDir: t.TempDir()}, "buildkitd", "hack/tools/install")
	wantFailure(t, t.Context(), buildkit.Options{Program: "buildkitd-0.0"}, "buildkitd-0.0 is missing", "hack/tools/install")
}

func TestParentDirectoryWithALongName(t *testing.T) {
	needDaemon(t)
	long := filepath.Join(t.TempDir(), strings.Repeat("x", 100))
	if err := os.Mkdir(long, 0o755); err != nil {
		t.Fatal(err)
	}
	d, err := buildkit.Start(t.Context(), buildkit.Options{ParentDir: long})
	if err == nil {
		t.Fatalf("started: %v", d.Stop())
	}
	if !strings.Contains(err.Error(), "too long for a socket") {
		t.Error(err)
	}
}

func TestDaemonThatDiedIsAnError(t *testing.T) {
	needDaemon(t)
	d, err := buildkit.Start(t.Context(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	d.Kill()
	if err := d.Stop(); err == nil || !strings.Contains(err.Error(), "exited by itself") {
		t.Errorf("Stop says %v", err)
	}
	wantNothingLeft(t, d.Dir())
}

func TestBuildkitHostIsUsedAndLeftRunning(t *testing.T) {
	theirs := start(t, buildkit.Options{})
	t.Setenv(buildkit.HostEnv, theirs.Addr())
	d, err := buildkit.StartOrReuse(t.Context(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if d.Addr() != theirs.Addr() || d.Owned() {
		t.Errorf("got %s, owned %t; want %s, not owned", d.Addr(), d.Owned(), theirs.Addr())
	}
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	wantVersion(t, theirs)
}

func TestBuildkitHostThatDoesNotAnswer(t *testing.T) {
	t.Setenv(buildkit.HostEnv, "unix:///nowhere/buildkitd.sock")
	d, err := buildkit.StartOrReuse(t.Context(), buildkit.Options{ReadyTimeout: 200 * time.Millisecond})
	if err == nil {
		t.Fatalf("got %s", d.Addr())
	}
	if !strings.Contains(err.Error(), "unix:///nowhere/buildkitd.sock") {
		t.Error(err)
	}
}
