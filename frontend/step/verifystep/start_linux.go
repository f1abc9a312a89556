package verifystep

import (
	"os/exec"
	"runtime"

	"golang.org/x/sys/unix"
)

// start starts a process that can't get more rights by any file that it runs. It is the
// child of a thread without that ability.
func start(cmd *exec.Cmd) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return err
	}
	return cmd.Start()
}
