package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// namespaces are those that a daemon gets besides a mount namespace.
type namespaces struct{ pid, user bool }

func (n namespaces) flags() uintptr {
	flags := uintptr(unix.CLONE_NEWNS)
	if n.pid {
		flags |= unix.CLONE_NEWPID
	}
	if n.user {
		flags |= unix.CLONE_NEWUSER
	}
	return flags
}

// These are the descriptors of the launcher besides the standard ones.
const (
	gateFD  = 3 // closed without a byte if the ids could not be mapped
	errorFD = 4 // receives why the daemon could not be started
)

// start starts the launcher, maps its ids, and waits until it has become the daemon.
func start(ctx context.Context, c Command, ns namespaces) (*Process, error) {
	log, err := os.Create(c.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	gate, opened, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer gate.Close()
	defer opened.Close()
	failure, failed, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer failure.Close()
	defer failed.Close()

	cmd := exec.Command("/proc/self/exe")
	cmd.Args = append([]string{Name, stageOf(ns), c.Path}, c.Args...)
	cmd.Env, cmd.Dir = c.Env, c.Dir
	cmd.Stdout, cmd.Stderr = log, log
	cmd.ExtraFiles = []*os.File{gate, failed}
	// A session of its own keeps the signals of the terminal away.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Cloneflags: ns.flags()}
	if err := cmd.Start(); err != nil {
		return nil, &Error{NoNamespaces, err}
	}
	p := &Process{cmd: cmd, log: c.Log, exited: make(chan struct{})}
	go func() {
		p.exitErr = cmd.Wait()
		close(p.exited)
	}()
	// The launcher waits for nothing for long, but its file system may.
	defer context.AfterFunc(ctx, func() { _ = cmd.Process.Kill() })()
	if ns.user {
		err = mapIDs(ctx, cmd.Process.Pid)
	}
	if err == nil {
		_, err = opened.Write([]byte{1})
	}
	opened.Close()
	failed.Close()
	if err = errors.Join(err, readFailure(failure)); err != nil {
		p.Kill()
		return nil, err
	}
	return p, nil
}

func stageOf(ns namespaces) string {
	switch {
	case ns.user && ns.pid:
		return stageUser + "," + stageProc
	case ns.user:
		return stageUser
	case ns.pid:
		return stageProc
	}
	return stageNone
}

// TryNamespaces starts a process in namespaces as a daemon's are, and lets it end.
func TryNamespaces() error {
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{Name}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: namespaces{pid: true, user: os.Geteuid() != 0}.flags()}
	if err := cmd.Start(); err != nil {
		return err
	}
	_ = cmd.Wait() // without arguments, the launcher fails
	return nil
}

// mapIDs makes the user root in the namespace of a process, and gives it the user's
// subordinate ids.
func mapIDs(ctx context.Context, pid int) error {
	user, err := currentUser()
	if err != nil {
		return err
	}
	for _, kind := range []struct {
		tool, file string
		own        int
	}{{"newuidmap", "/etc/subuid", os.Getuid()}, {"newgidmap", "/etc/subgid", os.Getgid()}} {
		ranges, err := subIDs(kind.file, user)
		if err != nil {
			return &Error{NoSubIDs, err}
		}
		tool, err := exec.LookPath(kind.tool)
		if err != nil {
			return &Error{NoMapTool, err}
		}
		out, err := exec.CommandContext(ctx, tool, mapArgs(pid, kind.own, ranges)...).CombinedOutput()
		if err != nil {
			return &Error{NoMap, fmt.Errorf("%s: %w: %s", tool, err, out)}
		}
	}
	return nil
}

// runMain is the launcher. It returns only if it fails.
func runMain(args []string) error {
	runtime.LockOSThread() // a thread may have a root of its own
	if len(args) < 3 {
		return errors.New("the arguments are STAGE PROGRAM NAME, and those of the program")
	}
	stage, path, argv := args[0], args[1], args[2:]
	if err := closeInherited(); err != nil {
		return err
	}
	if stage == stageUser || stage == stageUser+","+stageProc {
		if n, err := os.NewFile(gateFD, "gate").Read(make([]byte, 1)); n == 0 {
			return fmt.Errorf("the starter gave up: %w", err)
		}
		// To be root by the mapping gives no capabilities, but to start a program as
		// root does.
		next := stageNone
		if stage != stageUser {
			next = stageProc
		}
		return become("/proc/self/exe", append([]string{Name, next, path}, argv...), errorFD)
	}
	if err := ownMounts(); err != nil {
		return err
	}
	if stage == stageProc {
		if err := unix.Mount("proc", "/proc", "proc", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, ""); err != nil {
			return fmt.Errorf("%w: %w", errNoProc, err)
		}
	}
	return become(path, argv)
}

// ownMounts keeps the mounts of this process from all others.
func ownMounts() error {
	if err := privateMounts(); !errors.Is(err, unix.EINVAL) {
		return err
	}
	// The root of a chroot is a folder and no mount. Neither this process nor runc can
	// have mounts of its own there.
	dir, err := os.Getwd()
	if err != nil {
		return err
	}
	if err := MakeRoot("/"); err != nil {
		return err
	}
	return unix.Chdir(dir)
}

func privateMounts() error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return fmt.Errorf("keep the mounts private: %w", err)
	}
	return nil
}

// MakeRoot makes a folder, with the mounts in it, the root of this mount namespace, and
// lets go of the old root. The caller has locked its thread, and becomes another program.
func MakeRoot(dir string) error {
	folder, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return fmt.Errorf("open the root: %w", err)
	}
	if err := leaveChroot(); err != nil {
		return fmt.Errorf("leave the chroot: %w", err)
	}
	if err := privateMounts(); err != nil {
		return err
	}
	tree, err := unix.OpenTree(folder, "", unix.OPEN_TREE_CLONE|unix.OPEN_TREE_CLOEXEC|unix.AT_EMPTY_PATH|unix.AT_RECURSIVE)
	if err == nil {
		err = unix.MoveMount(tree, "", folder, "", unix.MOVE_MOUNT_F_EMPTY_PATH|unix.MOVE_MOUNT_T_EMPTY_PATH)
	}
	if err != nil {
		return fmt.Errorf("mount the root: %w", err)
	}
	if err := unix.Fchdir(tree); err != nil {
		return err
	}
	// The old root is put over the new one, and then removed.
	if err := unix.PivotRoot(".", "."); err != nil {
		return fmt.Errorf("change the root: %w", err)
	}
	return unix.Unmount(".", unix.MNT_DETACH)
}

// leaveChroot moves this thread to the root of its mount namespace, which is no folder of
// another root. The other threads stay.
func leaveChroot() error {
	namespace, err := unix.Open("/proc/thread-self/ns/mnt", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if err := unix.Unshare(unix.CLONE_FS); err != nil {
		return err
	}
	return unix.Setns(namespace, unix.CLONE_NEWNS)
}

// become replaces this process. The new program inherits the standard streams and the
// descriptors to keep.
func become(path string, argv []string, keep ...uintptr) error {
	for _, fd := range keep {
		if _, err := unix.FcntlInt(fd, unix.F_SETFD, 0); err != nil {
			return err
		}
	}
	return fmt.Errorf("start %s: %w", path, syscall.Exec(path, argv, os.Environ()))
}

// closeInherited makes the descriptors of other programs end with this one. A shell that
// calls scratch may hold a lock or a pipe, which must not live as long as the daemon.
func closeInherited() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		var fd int
		if _, err := fmt.Sscan(e.Name(), &fd); err == nil && !slices.Contains([]int{0, 1, 2}, fd) {
			unix.CloseOnExec(fd)
		}
	}
	return nil
}
