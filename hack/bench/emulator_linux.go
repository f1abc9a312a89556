package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// A daemon that emulates runs in a user namespace. The kernel has a binfmt_misc of its own
// there, so no other process of the machine meets the emulator.

// These are the names under which the bench starts such a daemon: first for the namespace,
// and in it to register the emulator and to become the daemon.
const (
	emulatorName   = "bench-emulator"
	registerName   = "bench-register"
	emulatorConfig = "/usr/lib/binfmt.d/qemu-aarch64.conf" // of Debian's qemu-user-static
)

func init() {
	var err error
	switch filepath.Base(os.Args[0]) {
	case emulatorName:
		err = inNamespace()
	case registerName:
		err = register()
	default:
		return
	}
	fmt.Fprintln(os.Stderr, "bench:", err)
	os.Exit(1)
}

// emulating returns the options of a daemon that emulates linux/arm64.
func (b *bench) emulating() (buildkit.Options, error) {
	if _, err := os.Stat(emulatorConfig); err != nil {
		return buildkit.Options{}, fmt.Errorf("install qemu-user-static: %w", err)
	}
	self, err := os.Executable()
	if err == nil {
		err = os.Symlink(self, filepath.Join(b.tmp, emulatorName))
	}
	if err == nil {
		err = os.Setenv("SCRATCH_TOOLS_BIN", b.bin) // a daemon starts in a folder of its own
	}
	return buildkit.Options{BinDir: b.tmp, Program: emulatorName}, err
}

// inNamespace starts this program again as the root of a user namespace, and ends with it. The
// namespace lacks the last user, since programs take one with all users for none.
func inNamespace() error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	cmd := exec.CommandContext(ctx, "/proc/self/exe", os.Args[1:]...)
	cmd.Args[0] = registerName
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	all := []syscall.SysProcIDMap{{Size: 1<<32 - 2}}
	cmd.SysProcAttr = &syscall.SysProcAttr{
		Cloneflags: unix.CLONE_NEWUSER | unix.CLONE_NEWNS, UidMappings: all, GidMappings: all, GidMappingsEnableSetgroups: true,
	}
	if err := cmd.Run(); err != nil {
		return err
	}
	os.Exit(0)
	return nil
}

// register tells the kernel of the emulator and becomes buildkitd.
func register() error {
	const at = "/proc/sys/fs/binfmt_misc"
	line, err := os.ReadFile(emulatorConfig)
	if err != nil {
		return err
	}
	err = unix.Mount("binfmt_misc", at, "binfmt_misc", 0, "")
	if err == nil {
		err = os.WriteFile(at+"/register", line, 0)
	}
	if err != nil {
		return fmt.Errorf("this kernel has no binfmt_misc for a user namespace alone: %w", err)
	}
	dir, err := buildkit.BinDir()
	if err != nil {
		return err
	}
	return errors.Join(errors.New("start buildkitd"),
		unix.Exec(filepath.Join(dir, "buildkitd"), append([]string{"buildkitd"}, os.Args[1:]...), os.Environ()))
}
