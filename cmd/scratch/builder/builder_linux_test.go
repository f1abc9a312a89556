package builder_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/client/llb"
	"github.com/tonistiigi/fsutil"
	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
	"github.com/rene2/scratch-frontend/cmd/scratch/builder/server"
	"github.com/rene2/scratch-frontend/hack/need"
)

// TestMain lets the program of the tests be what scratch is: a launcher and a server.
func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case launch.Name:
		launch.Main(os.Args[1:])
	case server.Name:
		config, err := server.Parse(os.Args[1:])
		if err == nil {
			ctx, cancel := signalled()
			defer cancel()
			err = server.Serve(ctx, config, os.Stdout)
		}
		if err != nil {
			os.Stderr.WriteString(err.Error())
			os.Exit(1)
		}
		os.Exit(0)
	case userName:
		becomeUser()
	}
	os.Exit(m.Run())
}

// eachUser runs a test as root and as an ordinary user.
func eachUser(t *testing.T, test func(t *testing.T)) {
	if os.Getenv(dirVariable) != "" {
		test(t)
		return
	}
	if os.Geteuid() != 0 {
		need.Missing(t, "root, to run as other users")
	}
	if _, err := builder.FindRunc(t.Context()); err != nil {
		need.Missing(t, "%v", err)
	}
	t.Run("root", test)
	t.Run("user", func(t *testing.T) {
		if _, err := exec.LookPath("newuidmap"); err != nil {
			need.Missing(t, "newuidmap: %v", err)
		}
		asUser(t)
	})
}

// newBuilder returns a builder that nobody else uses.
func newBuilder(t *testing.T) builder.Builder {
	t.Helper()
	dir := os.Getenv(dirVariable)
	if dir == "" {
		dir = t.TempDir()
	}
	b := builder.Builder{Dir: filepath.Join(dir, "builder"), Version: "v1", Idle: time.Hour, MaxUsed: 1e9}
	t.Cleanup(func() {
		if _, err := b.Stop(context.Background()); err != nil {
			t.Error(err)
		}
		wantNothingLeft(t, b)
	})
	return b
}

func start(t *testing.T, b builder.Builder) (c *client.Client, started bool) {
	t.Helper()
	c, started, err := b.Start(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c, started
}

// wantNothingLeft fails if a process or a mount still has the name of the builder's folder.
func wantNothingLeft(t *testing.T, b builder.Builder) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		left := leftovers(t, b.Dir)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left of the builder: %q", left)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	for _, name := range []string{"cmdline", "mountinfo"} {
		paths, err := filepath.Glob("/proc/[0-9]*/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			// A process may end between the listing and the read.
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(dir)) {
				left = append(left, path)
			}
		}
	}
	return left
}

func running(t *testing.T, b builder.Builder) []builder.Running {
	t.Helper()
	out, err := b.Running()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestManyCallsShareOneBuilder: calls at the same time start one builder.
func TestManyCallsShareOneBuilder(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		var wg sync.WaitGroup
		var started [6]bool
		for i := range started {
			wg.Go(func() {
				c, s, err := b.Start(t.Context())
				if err != nil {
					t.Error(err)
					return
				}
				defer c.Close()
				started[i] = s
			})
		}
		wg.Wait()
		if n := len(slices.DeleteFunc(started[:], func(s bool) bool { return !s })); n != 1 || len(running(t, b)) != 1 {
			t.Errorf("%d calls started a builder, and %v run", n, running(t, b))
		}
	})
}

// TestBuilderEndsWhenIdle: it stays while somebody is connected, ends some time after, and
// the same folder serves again.
func TestBuilderEndsWhenIdle(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		b.Idle = 500 * time.Millisecond
		c, _ := start(t, b)
		time.Sleep(2 * b.Idle)
		if _, err := c.ListWorkers(t.Context()); err != nil {
			t.Fatalf("it ended while somebody was connected: %v", err)
		}
		c.Close()
		wantNothingLeft(t, b)
		if _, started := start(t, b); !started {
			t.Error("it was there after its end")
		}
	})
}

// TestNoCallIsLostToAnIdleEnd: a call that comes while the builder ends gets another one.
func TestNoCallIsLostToAnIdleEnd(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		b.Idle = 150 * time.Millisecond
		starts := 0
		for i := range 12 {
			c, started, err := b.Start(t.Context())
			if err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
			if started {
				starts++
			}
			if _, err := c.DiskUsage(t.Context()); err != nil {
				t.Fatalf("call %d: %v", i, err)
			}
			c.Close()
			time.Sleep(b.Idle - 10*time.Millisecond + time.Duration(i)*2*time.Millisecond) // the end falls into one of them
		}
		if starts < 2 {
			t.Error("no builder ended: the test waits too short a time")
		}
	})
}

// TestKilledBuilderTakesItsStepsAlong: after kill -9 no process and no mount is left, and
// the same folder serves again, without what the step left.
func TestKilledBuilderTakesItsStepsAlong(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		c, _ := start(t, b)
		done := startEndlessStep(t, c, b)
		if err := syscall.Kill(running(t, b)[0].Process, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err == nil {
			t.Error("a build that was cut off succeeded")
		}
		wantNothingLeft(t, b)
		if len(bundles(t, b)) == 0 {
			t.Fatal("the step left no bundle: the test kills the wrong thing")
		}
		if _, started := start(t, b); !started {
			t.Error("the killed builder runs")
		}
		if left := bundles(t, b); len(left) > 0 {
			t.Errorf("left of the step: %v", left)
		}
	})
}

func bundles(t *testing.T, b builder.Builder) []string {
	t.Helper()
	found, err := filepath.Glob(b.Dir + "/root/runc-*/executor/*/config.json")
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// TestStopEndsRunningBuilds: one signal is enough, whatever the builder does.
func TestStopEndsRunningBuilds(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		c, _ := start(t, b)
		done := startEndlessStep(t, c, b)
		if stopped, err := b.Stop(t.Context()); err != nil || len(stopped) != 1 {
			t.Fatalf("stopped %v: %v", stopped, err)
		}
		if err := <-done; err == nil {
			t.Error("a build that was cut off succeeded")
		}
		wantNothingLeft(t, b)
		if stopped, err := b.Stop(t.Context()); err != nil || len(stopped) != 0 {
			t.Errorf("stopped %v again: %v", stopped, err)
		}
	})
}

// TestBuilderHoldsNothingOfItsStarter: a lock or a pipe of the calling shell is released
// when the call ends, not when the builder does.
func TestBuilderHoldsNothingOfItsStarter(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		var pipe [2]int
		if err := unix.Pipe2(pipe[:], unix.O_NONBLOCK); err != nil {
			t.Fatal(err)
		}
		start(t, b)
		unix.Close(pipe[1])
		defer unix.Close(pipe[0])
		if n, err := unix.Read(pipe[0], make([]byte, 1)); n != 0 || err != nil {
			t.Errorf("the builder has the pipe: %d, %v", n, err)
		}
	})
}

// TestOthersCantReachTheBuilder: who can use the socket can be who runs the builder.
func TestOthersCantReachTheBuilder(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		old := unix.Umask(0)
		defer unix.Umask(old)
		start(t, b)
		info, err := os.Stat(b.Dir)
		if err != nil || info.Mode().Perm() != 0o700 {
			t.Errorf("the folder has the mode %v: %v", info.Mode(), err)
		}
		if err := os.Chmod(b.Dir, 0o755); err != nil {
			t.Fatal(err)
		}
		if _, err := b.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "others may enter") {
			t.Errorf("it started in a folder that others may enter: %v", err)
		}
	})
}

// TestDeletedFolder: whoever deletes the folder gets another builder. When the old one ends,
// the new one can still be reached.
func TestDeletedFolder(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		start(t, b)
		old := running(t, b)[0].Process
		if err := os.RemoveAll(b.Dir); err != nil {
			t.Fatal(err)
		}
		if _, started := start(t, b); !started {
			t.Error("the old builder answers")
		}
		if err := syscall.Kill(old, syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		for isAlive(old) {
			time.Sleep(20 * time.Millisecond)
		}
		if _, started := start(t, b); started {
			t.Error("the new builder can't be reached")
		}
	})
}

func isAlive(pid int) bool {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	return err == nil && !bytes.Contains(status, []byte(") Z "))
}

// TestBrokenState: the state is a cache, and the error says how to do without.
func TestBrokenState(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		start(t, b)
		if _, err := b.Stop(t.Context()); err != nil {
			t.Fatal(err)
		}
		found, err := filepath.Glob(b.Dir + "/root/runc-*/metadata_v2.db")
		if err != nil || len(found) != 1 {
			t.Fatalf("%v: %v", found, err)
		}
		if err := os.WriteFile(found[0], bytes.Repeat([]byte("no database"), 1000), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, _, err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "invalid database") || !strings.Contains(err.Error(), "\nfix: if it is the state, delete it") {
			t.Errorf("it started: %v", err)
		}
	})
}

// TestOthersSocketIsNotUsed: who may enter the folder may listen there, and would get the
// secrets of a build.
func TestOthersSocketIsNotUsed(t *testing.T) {
	b := newBuilder(t)
	if err := errors.Join(os.Mkdir(b.Dir, 0o700), os.Chmod(b.Dir, 0o777)); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("unix", filepath.Join(b.Dir, "v1.sock"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if conn, err := l.Accept(); err == nil {
			conn.Close()
			t.Error("it talks to the socket")
		}
	}()
	if _, _, err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "others may enter") {
		t.Errorf("it started: %v", err)
	}
}

// TestBuilderOfAnotherVersion: the state has one builder, and a start beside it says at once
// what to do.
func TestBuilderOfAnotherVersion(t *testing.T) {
	eachUser(t, func(t *testing.T) {
		b := newBuilder(t)
		start(t, b)
		b.Version = "v2"
		began := time.Now()
		_, _, err := b.Start(t.Context())
		if err == nil || !strings.Contains(err.Error(), "BuildKit v1 of another scratch") || !strings.Contains(err.Error(), "fix: end it: scratch builder stop") {
			t.Errorf("it started: %v", err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("it waited %v for the other", took)
		}
	})
}

// TestSudoMakesNoFolderInTheCallersHome: the caller could not enter it afterwards.
func TestSudoMakesNoFolderInTheCallersHome(t *testing.T) {
	need.LinuxRoot(t)
	home := t.TempDir()
	if err := os.Chown(home, userID, userID); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SUDO_UID", strconv.Itoa(userID))
	b := builder.Builder{Dir: filepath.Join(home, "share", "builder"), Version: "v1", Idle: time.Hour, MaxUsed: 1e9}
	if _, _, err := b.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "fix: sudo -H") {
		t.Errorf("it started: %v", err)
	}
	if entries, err := os.ReadDir(home); err != nil || len(entries) > 0 {
		t.Errorf("in the home: %v, %v", entries, err)
	}
}

// startEndlessStep builds a step that sleeps, and returns when it runs.
func startEndlessStep(t *testing.T, c *client.Client, b builder.Builder) <-chan error {
	t.Helper()
	def, err := llb.Local("program").Run(llb.Args([]string{"/sleep", "step of " + b.Dir})).Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	program, err := fsutil.NewFS(sleepFolder(t))
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := c.Solve(context.Background(), def, client.SolveOpt{LocalMounts: map[string]fsutil.FS{"program": program}}, nil)
		done <- err
	}()
	timeout := time.After(30 * time.Second)
	for !isRunning(t, "/sleep\x00step of "+b.Dir) {
		select {
		case err := <-done:
			t.Fatalf("the build ended before its step ran: %v", err)
		case <-timeout:
			t.Fatal("the step does not run")
		case <-time.After(20 * time.Millisecond):
		}
	}
	return done
}

func isRunning(t *testing.T, cmdline string) bool {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(paths, func(path string) bool {
		data, err := os.ReadFile(path)
		return err == nil && bytes.HasPrefix(data, []byte(cmdline))
	})
}
