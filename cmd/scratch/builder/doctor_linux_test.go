package builder_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/hack/need"
)

// takeVariable names what a test takes away from its user.
const takeVariable = "SCRATCH_TEST_TAKEN"

// ownLimits is the removal that needs a user namespace, whose limits it changes.
const ownLimits = "user namespaces"

// removal takes something away from a process, as root and in its own mount namespace.
type removal struct {
	take   func(dir string) error // dir is for files of its own
	asRoot bool                   // the process stays root
	// finding is the name of the line that says so, and text a part of it. If it only
	// warns, a build still works.
	finding, text string
	warns         bool
}

var removals = map[string]removal{
	"runc":             {take: func(string) error { return hide("runc", "crun", "buildkit-runc") }, finding: "runtime", text: "no runc"},
	"old runc":         {take: runcOf("#!/bin/sh\necho usage: runc run [--detach] ID\n"), finding: "runtime", text: "too old"},
	"broken runc":      {take: runcOf("\x7fELF"), finding: "runtime", text: "exec format error"},
	"newuidmap":        {take: func(string) error { return hide("newuidmap") }, finding: "newuidmap", text: "newuidmap is not in PATH"},
	"newgidmap":        {take: func(string) error { return hide("newgidmap") }, finding: "newuidmap", text: "newgidmap is not in PATH"},
	"setuid bit":       {take: noSetuid, finding: "newuidmap", text: "has no privileges"},
	"subuid":           {take: replace("/etc/subuid", ""), finding: "subordinate ids", text: "/etc/subuid gives the user"},
	"subgid":           {take: replace("/etc/subgid", "other:600000:65536\n"), finding: "subordinate ids", text: "/etc/subgid gives the user"},
	"few ids":          {take: replace("/etc/subuid", userName+":600000:1000\n"), finding: "subordinate ids", text: "1000 ids"},
	"name":             {take: replace("/etc/passwd", "root:x:0:0::/:/bin/sh\n"), finding: "subordinate ids", text: "has no name"},
	ownLimits:          {take: noUserNamespaces, finding: "user namespaces", text: "max_user_namespaces is 0"},
	"new privileges":   {take: noNewPrivileges, finding: "no_new_privs", text: "newuidmap has no effect"},
	"system calls":     {take: forbidNamespaces, finding: "seccomp", text: "forbids namespaces"},
	"a whole /proc":    {take: maskProc, finding: "processes", text: "hides parts of /proc", warns: true},
	"disk":             {take: smallDisk, finding: "folder", text: "free"},
	"folder":           {take: func(string) error { return os.Chown(os.Getenv(dirVariable), 0, 0) }, finding: "folder", text: "permission denied"},
	"a writable disk":  {take: readOnly, finding: "folder", text: "read-only file system"},
	"/proc":            {take: noProc, finding: "proc", text: "not mounted"},
	"root's /proc":     {take: noProc, asRoot: true, finding: "proc", text: "not mounted"},
	"overlayfs":        {take: overlayOf, finding: "overlayfs", text: "which is slow", warns: true},
	"root's overlayfs": {take: overlayOf, asRoot: true, finding: "overlayfs", text: "which is slow", warns: true},
	"the real root":    {take: chroot, finding: "namespaces", text: "operation not permitted"},
	"root's privilege": {take: dropAdmin, asRoot: true, finding: "privileges", text: "CAP_SYS_ADMIN"},
}

// missed are removals that a builder makes up for: what a chroot lacks, for example.
var missed = map[string]removal{
	"sysfs":            {take: func(string) error { return unix.Unmount("/sys", unix.MNT_DETACH) }, asRoot: true},
	"cgroups":          {take: bareSys, asRoot: true},
	"a mounted root":   {take: plainChroot, asRoot: true},
	"own cgroups":      {take: readOnlyCgroups, asRoot: true},
	"a user's sysfs":   {take: func(string) error { return unix.Unmount("/sys", unix.MNT_DETACH) }},
	"a user's cgroups": {take: bareSys},
}

// TestDoctorNamesWhatIsMissing takes things away one by one. A line of the findings says
// what is missing and what to do, and a start fails with the same line.
func TestDoctorNamesWhatIsMissing(t *testing.T) {
	if os.Getenv(dirVariable) != "" {
		wantNamed(t, removals[os.Getenv(takeVariable)])
		return
	}
	need.LinuxRoot(t)
	if _, err := exec.LookPath("newuidmap"); err != nil {
		need.Missing(t, "newuidmap: %v", err)
	}
	for name := range removals {
		t.Run(name, func(t *testing.T) { asUser(t, takeVariable+"="+name) })
	}
}

func wantNamed(t *testing.T, r removal) {
	b := newBuilder(t)
	var line string
	for _, f := range b.Examine(t.Context()) {
		t.Log(f.Severity, f)
		switch {
		case f.Name == r.finding && strings.Contains(f.Text, r.text) && f.Fix != "":
			line = f.String()
		case f.Severity == builder.Bad && f.Name != "namespaces":
			t.Errorf("it also misses: %s", f)
		}
	}
	if line == "" {
		t.Errorf("no line of %q says %q with a remedy", r.finding, r.text)
	}
	c, _, err := b.Start(t.Context())
	if r.warns {
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		startEndlessStep(t, c, b)
		return
	}
	if err == nil {
		// The start does not need what a build needs.
		c.Close()
		return
	}
	if err := b.Explain(t.Context(), err); !strings.Contains(err.Error(), line) {
		t.Errorf("a start fails with another line: %v", err)
	}
}

// over covers a file with another one.
func over(file, with string) error {
	if err := unix.Mount(with, file, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cover %s: %w", file, err)
	}
	return nil
}

// hide hides programs, wherever they are.
func hide(names ...string) error {
	for _, name := range names {
		for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin") {
			if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
				continue
			}
			if err := over(filepath.Join(dir, name), "/dev/null"); err != nil {
				return err
			}
		}
	}
	return nil
}

func replace(file, text string) func(dir string) error {
	return func(dir string) error {
		mine := filepath.Join(dir, "mine")
		if err := os.WriteFile(mine, []byte(text), 0o644); err != nil {
			return err
		}
		return over(file, mine)
	}
}

// runcOf puts another program in the place of each runc, and hides its like.
func runcOf(content string) func(dir string) error {
	return func(dir string) error {
		other := filepath.Join(dir, "runc")
		if err := os.WriteFile(other, []byte(content), 0o755); err != nil {
			return err
		}
		for _, dir := range append(filepath.SplitList(os.Getenv("PATH")), "/usr/local/sbin", "/usr/sbin", "/sbin") {
			if _, err := os.Stat(filepath.Join(dir, "runc")); err == nil {
				if err := over(filepath.Join(dir, "runc"), other); err != nil {
					return err
				}
			}
		}
		return hide("crun", "buildkit-runc")
	}
}

func noSetuid(dir string) error {
	tool, err := exec.LookPath("newuidmap")
	if err != nil {
		return err
	}
	data, err := os.ReadFile(tool)
	if err != nil {
		return err
	}
	mine := filepath.Join(dir, "newuidmap")
	if err := os.WriteFile(mine, data, 0o755); err != nil {
		return err
	}
	return over(tool, mine)
}

func noUserNamespaces(string) error {
	return os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0)
}

func noNewPrivileges(string) error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }

// maskProc hides a part of /proc, as container runtimes do.
func maskProc(string) error { return unix.Mount("none", "/proc/sys", "tmpfs", unix.MS_RDONLY, "") }

// chroot changes the root to one that looks the same.
func chroot(dir string) error {
	root := filepath.Join(dir, "root")
	if err := os.Mkdir(root, 0o755); err != nil {
		return err
	}
	return errors.Join(unix.Mount("/", root, "", unix.MS_BIND|unix.MS_REC, ""), unix.Chroot(root), unix.Chdir("/"))
}

func smallDisk(string) error {
	return unix.Mount("none", os.Getenv(dirVariable), "tmpfs", 0, fmt.Sprintf("size=100m,mode=700,uid=%d,gid=%d", userID, userID))
}

// bareSys mounts a /sys without cgroups.
func bareSys(string) error {
	return errors.Join(unix.Unmount("/sys", unix.MNT_DETACH), unix.Mount("sysfs", "/sys", "sysfs", 0, ""))
}

// readOnlyCgroups does what container engines do to cgroups.
func readOnlyCgroups(string) error {
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	for line := range strings.Lines(string(mounts)) {
		if at := strings.Fields(line)[4]; strings.HasPrefix(at, "/sys/fs/cgroup") {
			err = errors.Join(err, unix.Mount("", at, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""))
		}
	}
	return err
}

func noProc(string) error { return unix.Unmount("/proc", unix.MNT_DETACH) }

// readOnly makes the disk of the builder's folder read-only, with the folder in it.
func readOnly(string) error {
	dir := os.Getenv(dirVariable)
	return errors.Join(
		os.Mkdir(filepath.Join(dir, "builder"), 0o700), os.Chown(filepath.Join(dir, "builder"), userID, userID),
		unix.Mount(dir, dir, "", unix.MS_BIND, ""), unix.Mount("", dir, "", unix.MS_REMOUNT|unix.MS_BIND|unix.MS_RDONLY, ""),
	)
}

// overlayOf makes the disk of the builder's folder an overlay, on which there can't be
// another one.
func overlayOf(dir string) error {
	options := "lowerdir=" + dir
	for _, name := range []string{"upper", "work"} {
		own := filepath.Join(dir, name)
		if err := errors.Join(os.Mkdir(own, 0o700), os.Chown(own, userID, userID)); err != nil {
			return err
		}
		options += "," + name + "dir=" + own
	}
	return unix.Mount("overlay", os.Getenv(dirVariable), "overlay", 0, options)
}

// plainChroot changes the root to a folder, which is no mount.
func plainChroot(dir string) error {
	root := filepath.Join(dir, "root")
	entries, err := os.ReadDir("/")
	if err := errors.Join(err, os.Mkdir(root, 0o755)); err != nil {
		return err
	}
	for _, e := range entries {
		from, to := filepath.Join("/", e.Name()), filepath.Join(root, e.Name())
		if target, err := os.Readlink(from); err == nil {
			if err := os.Symlink(target, to); err != nil {
				return err
			}
		}
		if !e.IsDir() {
			continue
		}
		if err := os.MkdirAll(to, 0o755); err != nil {
			return err
		}
		if err := unix.Mount(from, to, "", unix.MS_BIND|unix.MS_REC, ""); err != nil {
			return fmt.Errorf("%s: %w", from, err)
		}
	}
	return errors.Join(unix.Chroot(root), unix.Chdir("/"))
}

// TestBuilderMakesUp: in a chroot, for example, nobody has mounted cgroups, and the root is
// a folder.
func TestBuilderMakesUp(t *testing.T) {
	if os.Getenv(dirVariable) != "" {
		b := newBuilder(t)
		for _, f := range b.Examine(t.Context()) {
			if f.Severity != builder.Good {
				t.Error(f)
			}
		}
		c, _ := start(t, b)
		startEndlessStep(t, c, b)
		return
	}
	need.LinuxRoot(t)
	for name := range missed {
		t.Run(name, func(t *testing.T) { asUser(t, takeVariable+"="+name) })
	}
}

// dropAdmin takes away the capability that unprivileged containers lack, for all programs
// that the process will start.
func dropAdmin(string) error {
	return unix.Prctl(unix.PR_CAPBSET_DROP, unix.CAP_SYS_ADMIN, 0, 0, 0)
}

// forbidNamespaces installs a filter that refuses clone with CLONE_NEWUSER, as those of
// containers do.
func forbidNamespaces(string) error {
	filter := []unix.SockFilter{
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 0}, // the number of the call
		{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: unix.SYS_CLONE, Jf: 3},
		{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: 16}, // its first argument
		{Code: unix.BPF_JMP | unix.BPF_JSET | unix.BPF_K, K: unix.CLONE_NEWUSER, Jf: 1},
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x00050000 | uint32(syscall.EPERM)}, // SECCOMP_RET_ERRNO
		{Code: unix.BPF_RET | unix.BPF_K, K: 0x7fff0000},                         // SECCOMP_RET_ALLOW
	}
	program := unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
	return unix.Prctl(unix.PR_SET_SECCOMP, unix.SECCOMP_MODE_FILTER, uintptr(unsafe.Pointer(&program)), 0, 0)
}
