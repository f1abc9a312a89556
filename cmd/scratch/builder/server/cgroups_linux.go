package server

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"

	"github.com/moby/sys/userns"
	"golang.org/x/sys/unix"
)

const mountFlags = unix.MS_NOSUID | unix.MS_NODEV | unix.MS_NOEXEC

// mountCgroups gives the server the cgroups that runc looks for, where nobody has mounted
// them, as in a chroot, or where they are read-only, as in a container. The mounts are the
// server's own and end with it.
func mountCgroups() error {
	rootless := userns.RunningInUserNS()
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
		if rootless || !strings.HasPrefix(options, "ro") {
			continue // runc needs no cgroups for the steps of an ordinary user
		}
		if err := unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|mountFlags, ""); err != nil {
			return fmt.Errorf("the cgroups in %s are read-only, and runc makes one for each step: %w\nfix: start the container with --privileged", at, err)
		}
	}
	if found {
		return nil
	}
	if _, err = os.Stat("/sys/fs/cgroup"); err != nil {
		err = makeSys(rootless)
	}
	if err == nil {
		err = mountCgroup2(rootless)
	}
	if err != nil {
		return fmt.Errorf("no cgroups are mounted, and runc needs them: %w\nfix: mount them: mount -t cgroup2 cgroup2 /sys/fs/cgroup", err)
	}
	return nil
}

// makeSys makes a /sys that has the folder of the cgroups.
func makeSys(rootless bool) error {
	if !rootless {
		return errors.Join(os.MkdirAll("/sys", 0o755), unix.Mount("sysfs", "/sys", "sysfs", mountFlags, ""))
	}
	return errors.Join(unix.Mount("none", "/sys", "tmpfs", mountFlags, ""), os.MkdirAll("/sys/fs/cgroup", 0o755))
}

// mountCgroup2 mounts the cgroups. An ordinary user may mount those of a namespace of the
// user's own, which a thread gets for this alone.
func mountCgroup2(rootless bool) error {
	done := make(chan error)
	go func() {
		var err error
		if rootless {
			runtime.LockOSThread() // the thread ends with this function
			err = unix.Unshare(unix.CLONE_NEWCGROUP)
		}
		if err == nil {
			err = unix.Mount("cgroup2", "/sys/fs/cgroup", "cgroup2", mountFlags, "")
		}
		done <- err
	}()
	return <-done
}
