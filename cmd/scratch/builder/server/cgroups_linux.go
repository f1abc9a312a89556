package server

import (
	"fmt"
	"os"
	"strings"

	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"
)

const mountFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountCgroups gives root's server the cgroups that runc needs, where nobody has mounted
// them, as in a chroot, or where they are read-only, as in a container. The mounts are the
// server's own and end with it.
func mountCgroups() error {
	if userns.RunningInUserNS() {
		return nil // the steps of an ordinary user have no cgroups
	}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return fmt.Errorf("%w\nfix: mount /proc: mount -t proc proc /proc", err)
	}
	found := false
	for line := range strings.Lines(string(mounts)) {
		if !strings.Contains(line, " - cgroup") {
			continue
		}
		found = true
		fields := strings.Fields(line)
		at, options := fields[4], fields[5]
		if !strings.HasPrefix(options, "ro") {
			continue
		}
		if err := unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|mountFlags, ""); err != nil {
			return fmt.Errorf("the cgroups in %s are read-only, and runc makes one for each step: %w\nfix: start the container with --privileged", at, err)
		}
	}
	if found {
		return nil
	}
	if _, err = os.Stat("/sys/fs/cgroup"); err != nil {
		err = os.MkdirAll("/sys", 0o755)
		if err == nil {
			err = unix.Mount("sysfs", "/sys", "sysfs", mountFlags, "")
		}
	}
	if err == nil {
		err = unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", mountFlags, "")
	}
	if err != nil {
		return fmt.Errorf("no cgroups are mounted, and runc needs them: %w\nfix: mount them: mount -t cgroup2 cgroup2 /sys/fs/cgroup", err)
	}
	return nil
}
