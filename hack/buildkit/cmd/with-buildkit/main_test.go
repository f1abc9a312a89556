package main

import (
	"bufio"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/hack/buildkit"
	"github.com/rene2/scratch-frontend/hack/need"
)

// runEnv makes the test binary run with-buildkit.
const runEnv = "WITH_BUILDKIT_TEST_RUN"

func TestMain(m *testing.M) {
	if os.Getenv(runEnv) != "" {
		os.Unsetenv(runEnv)
		main()
	}
	os.Exit(m.Run())
}

// needDaemon skips a test that starts a daemon if this machine can't run one.
func needDaemon(t *testing.T) {
	t.Helper()
	if err := buildkit.Startable(); err != nil {
		need.Missing(t, "%v", err)
	}
}

func withBuildkit(t *testing.T) string {
	t.Helper()
	needDaemon(t)
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// environ returns an environment for with-buildkit: this one without the variables that
// select another daemon.
func environ(add ...string) []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		name, _, _ := strings.Cut(v, "=")
		return slices.Contains([]string{buildkit.HostEnv, "BUILDX_BUILDER", "DOCKER_CONFIG", "BUILDX_CONFIG"}, name)
	})
	return append(append(env, runEnv+"=1"), add...)
}

func output(t *testing.T, env []string, args ...string) string {
	t.Helper()
	cmd := exec.Command(withBuildkit(t), args...)
	cmd.Env = env
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", args, err, stderr.String())
	}
	return strings.TrimSpace(string(out))
}

func runForCode(t *testing.T, args ...string) (code int, stderr string) {
	t.Helper()
	cmd := exec.Command(withBuildkit(t), args...)
	cmd.Env = environ()
	var out strings.Builder
	cmd.Stderr = &out
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String()
}

// wantGone waits until the directory is gone. That happens last.
func wantGone(t *testing.T, dir string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		_, err := os.Stat(dir)
		if errors.Is(err, fs.ErrNotExist) {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is still there: %v", dir, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func stateDir(addr string) string {
	return filepath.Dir(strings.TrimPrefix(addr, "unix://"))
}

func TestCommandFindsTheDaemon(t *testing.T) {
	out := output(t, environ(), "--", "sh", "-c", "buildctl debug workers >&2 && echo $BUILDKIT_HOST")
	wantGone(t, stateDir(out))
}

func TestCommandIsFoundAmongTheTools(t *testing.T) {
	if out := output(t, environ(), "--", "buildctl", "debug", "workers"); !strings.Contains(out, "linux/") {
		t.Errorf("buildctl says %q", out)
	}
}

func TestBuildxBuildsOnTheDaemon(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "Dockerfile"), []byte("FROM scratch\nCOPY Dockerfile /copy\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	output(t, environ(), "--", "docker-buildx", "build", "--output", dir+"/out", dir)
	if _, err := os.Stat(filepath.Join(dir, "out", "copy")); err != nil {
		t.Error(err)
	}
}

func TestConfiguredBuilderIsLeftAlone(t *testing.T) {
	if out := output(t, environ("BUILDX_BUILDER=mine"), "--", "sh", "-c", "echo $BUILDX_BUILDER $DOCKER_CONFIG"); out != "mine" {
		t.Errorf("the command sees %q", out)
	}
}

func TestExitCodePassesThrough(t *testing.T) {
	for _, c := range []struct {
		name string
		args []string
		code int
	}{
		{"zero", []string{"--", "true"}, 0},
		{"code", []string{"--", "sh", "-c", "exit 7"}, 7},
		{"signal", []string{"--", "sh", "-c", "kill -KILL $$"}, 137},
		{"unknown command", []string{"--", "/no/such/program"}, 127},
		{"no command", nil, 2},
		{"no daemon", []string{"--dir", "/no/such/directory", "--", "true"}, 125},
	} {
		t.Run(c.name, func(t *testing.T) {
			if code, stderr := runForCode(t, c.args...); code != c.code {
				t.Errorf("exit code %d, want %d\n%s", code, c.code, stderr)
			}
		})
	}
}

func TestBuildkitHostIsUsed(t *testing.T) {
	needDaemon(t)
	d, err := buildkit.Start(t.Context(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	}()
	tmp := t.TempDir()
	env := environ(buildkit.HostEnv+"="+d.Addr(), "TMPDIR="+tmp)
	if out := output(t, env, "--", "sh", "-c", "docker-buildx inspect >&2 && echo $BUILDKIT_HOST"); out != d.Addr() {
		t.Errorf("the command sees %s, not %s", out, d.Addr())
	}
	if left, err := os.ReadDir(tmp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v (%v)", left, err)
	}
	if c, err := d.Client(t.Context()); err != nil {
		t.Error(err)
	} else if _, err := c.Info(t.Context()); err != nil {
		t.Errorf("the daemon was stopped: %v", err)
	}
}

// running is a with-buildkit whose command waits.
type running struct {
	cmd *exec.Cmd
	dir string
}

// startWaiting runs with-buildkit. With a prefix, the command of the prefix runs it.
func startWaiting(t *testing.T, prefix ...string) running {
	t.Helper()
	args := append(prefix, withBuildkit(t), "--", "sh", "-c", "trap 'exit 5' TERM INT; echo $BUILDKIT_HOST; while :; do sleep 0.1; done")
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Env = environ()
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	addr, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		t.Fatalf("waiting for the command: %v", err)
	}
	return running{cmd: cmd, dir: stateDir(strings.TrimSpace(addr))}
}

func TestSignalIsForwarded(t *testing.T) {
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		t.Run(sig.String(), func(t *testing.T) {
			r := startWaiting(t)
			if err := r.cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			_ = r.cmd.Wait() // the code says it
			if code := r.cmd.ProcessState.ExitCode(); code != 5 {
				t.Errorf("exit code %d, want the command's 5", code)
			}
			if _, err := os.Stat(r.dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s is still there: %v", r.dir, err)
			}
		})
	}
}

func TestKilledLeavesNothing(t *testing.T) {
	r := startWaiting(t)
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait() // killed
	wantGone(t, r.dir)
}

func TestParentsDeathLeavesNothing(t *testing.T) {
	// The shell must not become the program, hence the second command.
	r := startWaiting(t, "sh", "-c", `"$@"; true`, "sh")
	if err := r.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = r.cmd.Wait() // killed
	wantGone(t, r.dir)
}
