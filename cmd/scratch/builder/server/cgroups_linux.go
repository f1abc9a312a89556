package server

import (
	"bytes"
	"fmt"
	"os"

	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"
)

// mountCgroups gives root's server the cgroups that runc needs, where nobody has mounted
// them: in a chroot, for example. The mounts are the server's own and end with it.
func mountCgroups() error {
	if userns.RunningInUserNS() {
		return nil // the steps of an ordinary user have no cgroups
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("%w\nfix: mount /proc: mount -t proc proc /proc", err)
	}
	if bytes.Contains(mounts, []byte(" - cgroup")) {
		return nil
	}
	if _, err = os.Stat("/sys/fs/cgroup"); err != nil {
		err = os.MkdirAll("/sys", 0o755)
		if err == nil {
			err = unix.Mount("sysfs", "/sys", "sysfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
		}
	}
	if err == nil {
		err = unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, "")
	}
	if err != nil {
		return fmt.Errorf("no cgroups are mounted, and runc needs them: %w\nfix: mount them: mount -t cgroup2 cgroup2 /sys/fs/cgroup", err)
	}
	return nil
}
