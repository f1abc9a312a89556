package buildkit

import "syscall"

func requirePlatform() error { return nil }

// ownNamespaces makes the process the first of a PID and mount namespace, and
// takes it out of the terminal's reach.
func ownNamespaces() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
}

// ownSession takes the process out of the terminal's and the process group's
// reach.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
