//go:build linux

package corpus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"time"
)

// Outcome is the result of a program in an empty root.
type Outcome struct {
	Ran bool  // it ended with exit code 0 and had printed "ok"
	Err error // why not
}

// ErrNotTried is part of the error of an [Outcome] if this machine or user can't run the
// program. Then nothing is known about it.
var ErrNotTried = errors.New("not tried here")

// errWrongOutput means that a program ended and did not print "ok".
var errWrongOutput = errors.New("it printed")

// nobody is the user that programs run as.
const nobody = 65534

// Starts reports whether the kernel starts a program as the only file of a root
// directory. The kernel finds some faults only after it has removed the old program. It
// then kills the process with the signal of a crash. So Starts traces the program. The
// program has started if it reaches its first instruction; it is stopped there.
func Starts(program []byte) (bool, error) {
	root, err := os.MkdirTemp("", "root-")
	if err != nil {
		return false, err
	}
	defer os.RemoveAll(root)
	if err := fill(root, map[string][]byte{"prog": program}); err != nil {
		return false, err
	}
	runtime.LockOSThread() // the thread that starts a process is the one that traces it
	defer runtime.UnlockOSThread()
	var p *os.Process
	for {
		p, err = os.StartProcess("/prog", []string{"/prog"}, &os.ProcAttr{Dir: "/", Env: []string{}, Sys: &syscall.SysProcAttr{
			Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}, Ptrace: true,
		}})
		if !errors.Is(err, syscall.ETXTBSY) {
			break
		}
		time.Sleep(time.Millisecond) // as in start
	}
	if err != nil {
		return false, nil // by execve itself
	}
	defer p.Wait()
	defer p.Kill()
	var status syscall.WaitStatus
	if _, err := syscall.Wait4(p.Pid, &status, 0, nil); err != nil {
		return false, err
	}
	return status.Stopped() && status.StopSignal() == syscall.SIGTRAP, nil
}

// Run runs a program as the only file of a root directory, by a user without rights, for
// the given architecture. For a foreign architecture it uses an emulator, which is in the
// same root and needs nothing else.
func Run(ctx context.Context, program []byte, arch string) Outcome {
	if os.Geteuid() != 0 {
		return Outcome{Err: fmt.Errorf("%w: chroot needs root", ErrNotTried)}
	}
	root, err := os.MkdirTemp("", "root-")
	if err != nil {
		return Outcome{Err: fmt.Errorf("%w: %w", ErrNotTried, err)}
	}
	defer os.RemoveAll(root)
	args := []string{"/prog"}
	files := map[string][]byte{"prog": program}
	if !native(arch) {
		emulator, err := findEmulator(arch)
		if err != nil {
			return Outcome{Err: fmt.Errorf("%w: %w", ErrNotTried, err)}
		}
		files["qemu"] = emulator
		args = []string{"/qemu", "/prog"}
	}
	if err := fill(root, files); err != nil {
		return Outcome{Err: fmt.Errorf("%w: %w", ErrNotTried, err)}
	}
	return start(ctx, root, args)
}

// fill makes root a directory that everyone may enter, and writes the programs to it.
func fill(root string, files map[string][]byte) error {
	if err := os.Chmod(root, 0o755); err != nil {
		return err
	}
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(root, name), b, 0o755); err != nil {
			return err
		}
	}
	return nil
}

// start runs a command in a root directory, with a time limit of some seconds.
func start(ctx context.Context, root string, args []string) Outcome {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	for {
		var out bytes.Buffer
		cmd := exec.CommandContext(ctx, args[0])
		cmd.Args, cmd.Dir, cmd.Env = args, "/", []string{}
		cmd.Stdout, cmd.Stderr = &out, &out
		cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
		cmd.WaitDelay = time.Second
		err := cmd.Run()
		printed := strings.TrimSpace(out.String())
		switch {
		case errors.Is(err, syscall.ETXTBSY):
			// A process forked at the same time had the file open until it
			// became another program.
			time.Sleep(time.Millisecond)
			continue
		case err != nil && printed != "":
			return Outcome{Err: fmt.Errorf("%w: %s", err, printed)}
		case err == nil && printed != "ok":
			return Outcome{Err: fmt.Errorf("%w %q", errWrongOutput, printed)}
		}
		return Outcome{Ran: err == nil, Err: err}
	}
}

// native reports whether this machine's kernel runs programs of arch.
func native(arch string) bool { return arch == HostArch || arch == "386" }

// findEmulator returns QEMU's static user mode emulator of an architecture.
func findEmulator(arch string) ([]byte, error) {
	names := map[string]string{"arm64": "aarch64", "loong64": "loongarch64", "mips64le": "mips64el"}
	name := names[arch]
	if name == "" {
		name = arch
	}
	tool := "qemu-" + name + "-static"
	p, err := exec.LookPath(tool)
	if err != nil {
		return nil, &MissingError{tool}
	}
	return os.ReadFile(p)
}
