package buildkit

import "syscall"

func requirePlatform() error { return nil }

// ownNamespaces makes the process the first one of a PID and mount namespace, in a new
// session, so that signals from the terminal do not reach it.
func ownNamespaces() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true, Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS}
}

// ownSession starts the process in a new session, so that signals from the terminal or to
// the process group do not reach it.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
