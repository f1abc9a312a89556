package buildkit

import "syscall"

func requirePlatform() error { return nil }

// ownSession starts the process in a new session, so that signals from the terminal or to
// the process group do not reach it.
func ownSession() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setsid: true}
}
