package emptyroot

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
)

// failureFD receives why the program could not be started.
const failureFD = 3

// failure is what a child reports.
type failure struct {
	Path  string
	Errno syscall.Errno // of the start of the program
	// NoExec is true if no program can start on the disk of the root.
	NoExec bool
	Text   string // of anything before it
}

// stopTime is the time that a cancelled program has to end before it is killed.
const stopTime = 500 * time.Millisecond

// Run runs a program and returns its exit code: 128 and the number of the signal, if one
// ended it. The program has the standard streams of this process.
func Run(ctx context.Context, p Process) (int, error) {
	request, err := json.Marshal(p)
	if err != nil {
		return 0, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return 0, err
	}
	defer r.Close()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = stopTime
	cmd.Args = []string{Name, string(request)}
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.ExtraFiles = []*os.File{w}
	cmd.SysProcAttr = namespaces(p)
	err = cmd.Start()
	w.Close()
	if err != nil {
		return 0, &NotAllowedError{err}
	}
	report, readErr := io.ReadAll(r)
	waitErr := cmd.Wait()
	if readErr != nil || len(report) > 0 {
		return 0, errors.Join(readErr, parse(report))
	}
	var exit *exec.ExitError
	if waitErr != nil && !errors.As(waitErr, &exit) {
		return 0, waitErr
	}
	status := cmd.ProcessState.Sys().(syscall.WaitStatus)
	if status.Signaled() {
		return 128 + int(status.Signal()), nil
	}
	return status.ExitStatus(), nil
}

func parse(report []byte) error {
	var f failure
	if err := json.Unmarshal(report, &f); err != nil {
		return err
	}
	if f.NoExec {
		return &NotAllowedError{errors.New("the disk of temporary files is mounted noexec: set TMPDIR to a folder on another one")}
	}
	if f.Errno != 0 {
		return &StartError{f.Path, f.Errno}
	}
	return &NotAllowedError{errors.New(f.Text)}
}

// namespaces are those of the program. An ordinary user is the user of the program in a
// namespace with no other user.
func namespaces(p Process) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{
		Cloneflags: syscall.CLONE_NEWNS | syscall.CLONE_NEWPID | syscall.CLONE_NEWIPC | syscall.CLONE_NEWUTS,
		Pdeathsig:  syscall.SIGKILL,
	}
	if os.Geteuid() != 0 {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: p.UID, HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: p.GID, HostID: os.Getegid(), Size: 1}}
		// What the new user namespace gives must survive the start of this program.
		attr.AmbientCaps = []uintptr{unix.CAP_SYS_ADMIN, unix.CAP_SETPCAP, unix.CAP_SYS_CHROOT}
	}
	return attr
}

// Main enters the root and becomes the program.
func Main(args []string) {
	runtime.LockOSThread() // capabilities are those of a thread
	unix.CloseOnExec(failureFD)
	f := enter(args)
	// The reader takes an unreadable report for a failure too.
	_ = json.NewEncoder(os.NewFile(failureFD, "failure")).Encode(f)
	os.Exit(1)
}

func enter(args []string) failure {
	var p Process
	if len(args) != 1 || json.Unmarshal([]byte(args[0]), &p) != nil || len(p.Args) == 0 {
		return failure{Text: "no process"}
	}
	if err := launch.MakeRoot(p.Root); err != nil {
		return failure{Text: err.Error()}
	}
	if err := become(p); err != nil {
		return failure{Text: err.Error()}
	}
	file := lookup(p)
	err := syscall.Exec(file, p.Args, p.Env)
	var errno syscall.Errno
	errors.As(err, &errno)
	var disk unix.Statfs_t
	noExec := unix.Statfs("/", &disk) == nil && disk.Flags&unix.ST_NOEXEC != 0
	return failure{Path: file, Errno: errno, NoExec: noExec, Text: fmt.Sprint(err)}
}

// kept are the capabilities that a program may have if it is root: what it needs for its
// own files, users, processes and ports.
var kept = []int{
	unix.CAP_CHOWN, unix.CAP_DAC_OVERRIDE, unix.CAP_FOWNER, unix.CAP_FSETID, unix.CAP_KILL,
	unix.CAP_SETGID, unix.CAP_SETUID, unix.CAP_NET_BIND_SERVICE,
}

// become gives this process the user and the folder of the program.
func become(p Process) error {
	if err := unix.Chdir(p.Dir); err != nil {
		return fmt.Errorf("the working directory %s: %w", p.Dir, err)
	}
	for c := range unix.CAP_LAST_CAP + 1 {
		if slices.Contains(kept, c) {
			continue
		}
		// A kernel that is older than this list lacks its last ones.
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, uintptr(c), 0, 0, 0); err != nil && err != unix.EINVAL {
			return fmt.Errorf("drop capabilities: %w", err)
		}
	}
	if err := unix.Prctl(unix.PR_CAP_AMBIENT, unix.PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0); err != nil {
		return fmt.Errorf("drop capabilities: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	if os.Getuid() == p.UID && os.Getgid() == p.GID && len(p.Groups) == 0 {
		return nil
	}
	err := errors.Join(syscall.Setgroups(p.Groups), syscall.Setgid(p.GID), syscall.Setuid(p.UID))
	// A new user makes the kernel forget that the program ends with its starter.
	return errors.Join(err, unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0))
}

// lookup finds the program as a shell does, in the PATH of the image.
func lookup(p Process) string {
	name := p.Args[0]
	if strings.Contains(name, "/") {
		return name
	}
	for _, env := range p.Env {
		value, ok := strings.CutPrefix(env, "PATH=")
		if !ok {
			continue
		}
		for _, dir := range filepath.SplitList(value) {
			file := filepath.Join(dir, name)
			if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 {
				return file
			}
		}
	}
	return "/" + name
}
