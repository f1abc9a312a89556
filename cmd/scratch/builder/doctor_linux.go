package builder

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/docker/go-units"
	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
	"github.com/rene2/scratch-frontend/cmd/scratch/builder/server"
)

// Examine looks for all that the builder needs of this machine. It starts a server for a
// moment, which only looks around.
func (b Builder) Examine(ctx context.Context) []Finding {
	if processStatus("Pid") == "" {
		return []Finding{NoProc()}
	}
	folder := b.examineFolder()
	out := []Finding{folder, examineRuntime(ctx)}
	if os.Geteuid() == 0 {
		out = append(out, examinePrivileges())
	} else {
		out = append(out, examineUserNamespaces(), examineAppArmor(), examineMapTools(), examineSubIDs(), examineNewPrivileges())
	}
	out = append(out, examineSeccomp())
	if folder.Severity == Bad {
		return out // the server that looks around would say the same
	}
	return append(out, b.examineStart(ctx)...)
}

// These are the sizes of the free space, in bytes, below which a build will fail and may
// fail.
const (
	leastSpace = 1e9
	littleRoom = 5e9
)

func (b Builder) examineFolder() Finding {
	const name = "folder"
	if err := b.prepare(); err != nil {
		return Failed(name, err)
	}
	var stat unix.Statfs_t
	if err := unix.Statfs(b.Dir, &stat); err != nil {
		return Failed(name, err)
	}
	free := float64(stat.Bavail) * float64(stat.Bsize)
	text := fmt.Sprintf("%s, on a disk with %s free", b.Dir, units.HumanSize(free))
	const fix = "free some space, or set XDG_DATA_HOME to a folder on a larger disk"
	switch {
	case free < leastSpace:
		return Finding{name, Bad, text, fix}
	case free < littleRoom:
		return Finding{name, Warning, text, fix}
	}
	return Finding{Name: name, Text: text}
}

func examineRuntime(ctx context.Context) Finding {
	const name = "runtime"
	file, err := FindRunc(ctx)
	if err != nil {
		return Finding{name, Bad, err.Error(), "put the runc of the release beside scratch, or install runc: apt-get install runc"}
	}
	return Finding{Name: name, Text: file}
}

// sysctl returns a setting of the kernel, and nothing if the kernel lacks it.
func sysctl(name string) string {
	data, err := os.ReadFile(filepath.Join("/proc/sys", name))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}

// examinePrivileges looks for the capability that mounts and namespaces need. The root of a
// container lacks it.
func examinePrivileges() Finding {
	const name = "privileges"
	set, err := strconv.ParseUint(processStatus("CapEff"), 16, 64)
	if err != nil {
		return Failed(name, err)
	}
	if set&(1<<unix.CAP_SYS_ADMIN) == 0 {
		return Finding{name, Bad, "root lacks CAP_SYS_ADMIN here", "start the container with --privileged, or build as an ordinary user"}
	}
	return Finding{Name: name, Text: "those of root"}
}

func examineUserNamespaces() Finding {
	const name = "user namespaces"
	for _, s := range []string{"user/max_user_namespaces", "user/max_mnt_namespaces", "user/max_pid_namespaces"} {
		if sysctl(s) == "0" {
			return Finding{name, Bad, "the kernel's setting " + strings.ReplaceAll(s, "/", ".") + " is 0", "sudo sysctl -w " + strings.ReplaceAll(s, "/", ".") + "=10000"}
		}
	}
	if sysctl("kernel/unprivileged_userns_clone") == "0" {
		return Finding{name, Bad, "the kernel gives them to root alone", "sudo sysctl -w kernel.unprivileged_userns_clone=1"}
	}
	if _, err := os.Stat("/proc/self/ns/user"); err != nil {
		return Finding{name, Bad, "the kernel has none", "build as root, or use a kernel with CONFIG_USER_NS"}
	}
	return Finding{Name: name, Text: "allowed"}
}

func examineAppArmor() Finding {
	own, err := os.Executable()
	if err != nil {
		return Failed(appArmorName, err)
	}
	label, err := os.ReadFile("/proc/self/attr/current")
	if err != nil {
		label = nil // the kernel has no such module
	}
	return appArmor(sysctl("kernel/apparmor_restrict_unprivileged_userns"), string(label), own)
}

func examineMapTools() Finding {
	const name = "newuidmap"
	for _, tool := range []string{"newuidmap", "newgidmap"} {
		file, err := exec.LookPath(tool)
		if err != nil {
			return Finding{name, Bad, tool + " is not in PATH", "install it: apt-get install uidmap (Debian, Ubuntu), dnf install shadow-utils (Fedora), apk add shadow-uidmap (Alpine)"}
		}
		if !raises(file) {
			return Finding{name, Bad, file + " has no privileges", "sudo chmod u+s " + file}
		}
	}
	return Finding{Name: name, Text: "found"}
}

// raises reports whether a program runs with more privileges than its caller.
func raises(file string) bool {
	info, err := os.Stat(file)
	if err != nil {
		return false
	}
	n, err := unix.Getxattr(file, "security.capability", nil)
	return info.Mode()&os.ModeSetuid != 0 || err == nil && n > 0
}

func examineSubIDs() Finding {
	const name = "subordinate ids"
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		_, err := launch.CurrentSubIDs(file)
		var e *launch.Error
		switch {
		case errors.As(err, &e) && e.Code == launch.NoUser:
			return Finding{name, Bad, "your user has no name: " + err.Error(), fmt.Sprintf("sudo useradd --uid %d NAME", os.Getuid())}
		case err != nil:
			return Finding{name, Bad, err.Error(), subIDFix()}
		}
	}
	return Finding{Name: name, Text: "enough"}
}

// subIDFix returns a command that gives the user ids that nobody else has.
func subIDFix() string {
	first := int64(100000)
	for _, file := range []string{"/etc/subuid", "/etc/subgid"} {
		first = max(first, launch.FreeSubID(file))
	}
	ids := fmt.Sprintf("%d-%d", first, first+65535)
	return fmt.Sprintf("sudo usermod --add-subuids %s --add-subgids %s $(id -un)", ids, ids)
}

// processStatus returns a value of /proc/self/status.
func processStatus(name string) string {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(data)) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

func examineNewPrivileges() Finding {
	const name = "no_new_privs"
	if processStatus("NoNewPrivs") == "1" {
		return Finding{name, Bad, "set, so newuidmap has no effect", "leave out what sets it: no-new-privileges of a container, allowPrivilegeEscalation: false of a pod, NoNewPrivileges of a service"}
	}
	return Finding{Name: name, Text: "not set"}
}

// examineSeccomp tries the system calls that the filters of containers forbid.
func examineSeccomp() Finding {
	const name = "seccomp"
	if processStatus("Seccomp") != "2" {
		return Finding{Name: name, Text: "no filter"}
	}
	if err := launch.TryNamespaces(); err != nil {
		return Finding{name, Bad, "a filter forbids namespaces: " + err.Error(), "start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined, or build as root in a privileged one"}
	}
	return Finding{Name: name, Text: "a filter, which allows namespaces"}
}

// examineStart starts a server that looks around in its namespaces.
func (b Builder) examineStart(ctx context.Context) []Finding {
	const name = "namespaces"
	facts, err := b.facts(ctx)
	if err != nil {
		found := Failed(name, err)
		if found.Fix == "" {
			found.Fix = startFix(err)
		}
		return []Finding{found}
	}
	out := []Finding{{Name: name, Text: "a process starts in its own"}}
	if !facts.OwnProc {
		out = append(out, Finding{"processes", Warning, "a container hides parts of /proc, so steps see the builder's processes, and go on if it is killed", "start the container with --security-opt systempaths=unconfined"})
	}
	if facts.NoOverlay != "" {
		return append(out, Finding{"overlayfs", Warning, "steps copy files, which is slow: " + facts.NoOverlay, "set XDG_DATA_HOME to a folder on ext4, xfs or btrfs; an ordinary user needs Linux 5.11"})
	}
	return append(out, Finding{Name: "overlayfs", Text: "used"})
}

// startFix returns the remedy for a start that failed for no reason that has a line.
func startFix(err error) string {
	if os.Geteuid() != 0 && errors.Is(err, unix.EPERM) {
		return "leave the chroot, in which the kernel gives a user no namespaces, build as root, or build on another daemon by --addr"
	}
	return "build on another daemon by --addr, or as root"
}

func (b Builder) facts(ctx context.Context) (facts server.Facts, err error) {
	if err := b.prepare(); err != nil {
		return facts, err
	}
	log, err := os.CreateTemp(b.tmp(), "check-")
	if err != nil {
		return facts, err
	}
	defer func() { err = errors.Join(err, os.Remove(log.Name()), log.Close()) }()
	p, err := b.launch(ctx, server.Config{Root: b.root(), Check: true}, log.Name())
	if err != nil {
		return facts, err
	}
	select {
	case <-p.Exited():
	case <-ctx.Done():
		p.Kill()
		return facts, ctx.Err()
	}
	said, err := io.ReadAll(log)
	if err != nil {
		return facts, err
	}
	if p.Err() != nil {
		return facts, errors.New(strings.TrimSpace(strings.TrimPrefix(string(said), server.Name+": ")))
	}
	return facts, json.Unmarshal(said, &facts)
}
