package builder_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
)

func signalled() (context.Context, context.CancelFunc) {
	return signal.NotifyContext(context.Background(), syscall.SIGTERM)
}

const (
	// userName is the name of the ordinary user, and under which this program becomes it.
	userName = "scratch-test-user"
	userID   = 54321
	// dirVariable has the folder of a test that runs as the user.
	dirVariable   = "SCRATCH_TEST_USER_DIR"
	sleepVariable = "SCRATCH_TEST_SLEEP_DIR"
)

// asUser runs the calling test as an ordinary user with subordinate ids. The user exists in
// a mount namespace only.
func asUser(t *testing.T, env ...string) {
	t.Helper()
	dir, err := os.MkdirTemp("", "scratch-user-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	for _, step := range []error{
		os.Chmod(dir, 0o711),
		os.Mkdir(filepath.Join(dir, "own"), 0o700),
		os.Chown(filepath.Join(dir, "own"), userID, userID),
		os.Mkdir(filepath.Join(dir, "etc"), 0o755),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	program := filepath.Join(dir, "test")
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(program, own, 0o755); err != nil {
		t.Fatal(err)
	}
	parent, _, _ := strings.Cut(t.Name(), "/")
	cmd := exec.CommandContext(t.Context(), program)
	cmd.Args = []string{userName, filepath.Join(dir, "etc"), program, "-test.run=^" + parent + "$", "-test.v"}
	cmd.Env = append(os.Environ(), dirVariable+"="+filepath.Join(dir, "own"), sleepVariable+"="+sleepFolder(t), "HOME="+filepath.Join(dir, "own"))
	cmd.Env = append(cmd.Env, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWNS}
	if slices.Contains(env, takeVariable+"="+ownLimits) {
		all := []syscall.SysProcIDMap{{Size: 1 << 20}}
		cmd.SysProcAttr.Cloneflags |= syscall.CLONE_NEWUSER
		cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings, cmd.SysProcAttr.GidMappingsEnableSetgroups = all, all, true
	}
	out, err := cmd.CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: "+parent) {
		t.Errorf("%v\n%s", err, out)
	}
}

// becomeUser makes the user in a mount namespace, and starts a program as the user.
func becomeUser() {
	etc, program, args := os.Args[1], os.Args[2], os.Args[2:]
	runtime.LockOSThread() // a thread has its own filter and capabilities
	err := makeUser(etc)
	taken, ok := removals[os.Getenv(takeVariable)]
	if !ok {
		taken = missed[os.Getenv(takeVariable)]
	}
	if err == nil && taken.take != nil {
		err = taken.take(etc)
	}
	if err == nil && !taken.asRoot {
		err = errors.Join(syscall.Setgroups(nil), syscall.Setgid(userID), syscall.Setuid(userID))
	}
	if err == nil {
		err = syscall.Exec(program, args, os.Environ())
	}
	fmt.Fprintln(os.Stderr, userName+":", err)
	os.Exit(1)
}

func makeUser(etc string) error {
	if err := syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, ""); err != nil {
		return err
	}
	for file, line := range map[string]string{
		"passwd": fmt.Sprintf("%s:x:%d:%d::/:/bin/sh\n", userName, userID, userID),
		"group":  fmt.Sprintf("%s:x:%d:\n", userName, userID),
		"subuid": userName + ":600000:65536\n",
		"subgid": userName + ":600000:65536\n",
	} {
		at := filepath.Join("/etc", file)
		old, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		mine := filepath.Join(etc, file)
		if err := os.WriteFile(mine, append(old, line...), 0o644); err != nil {
			return err
		}
		if err := syscall.Mount(mine, at, "", syscall.MS_BIND, ""); err != nil {
			return err
		}
	}
	return nil
}

// sleepFolder returns a folder with a program that does not end.
func sleepFolder(t *testing.T) string {
	t.Helper()
	if dir := os.Getenv(sleepVariable); dir != "" {
		return dir
	}
	dir, err := os.MkdirTemp("", "scratch-sleep-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	build := exec.Command("go", "build", "-o", filepath.Join(dir, "sleep"), "../../../hack/buildkit/testdata/sleep")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return dir
}
