//go:build linux

// Package debian makes roots of Debian, with Debian's own tools and packages, and runs
// scripts in them. A root has what each Debian has, and else only what was asked for.
package debian

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gofrs/flock"
)

// release is the release of the machines that the tests run on.
const release = "bookworm"

// Root is a root of Debian. Nothing that runs in it changes it.
type Root struct{ parent string }

// Make returns a root with some packages more than each Debian has. It is made once, in a
// folder for caches.
func Make(ctx context.Context, cache string, packages ...string) (Root, error) {
	cache = filepath.Join(cache, "debian")
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return Root{}, err
	}
	l := flock.New(filepath.Join(cache, "lock"))
	if err := l.Lock(); err != nil {
		return Root{}, err
	}
	defer l.Unlock()
	return makeRoot(ctx, cache, packages)
}

func makeRoot(ctx context.Context, cache string, packages []string) (Root, error) {
	parent := filepath.Join(cache, strings.Join(append([]string{release}, packages...), "-"))
	if _, err := os.Stat(parent); err == nil {
		return Root{parent}, nil
	}
	unfinished := filepath.Join(cache, "unfinished")
	root := filepath.Join(unfinished, "root")
	if err := errors.Join(os.RemoveAll(unfinished), os.Mkdir(unfinished, 0o755)); err != nil {
		return Root{}, err
	}
	var commands [][]string
	if len(packages) == 0 {
		archive, err := archive(ctx)
		if err != nil {
			return Root{}, err
		}
		commands = [][]string{{"debootstrap", "--variant=minbase", release, root, archive}}
	} else {
		bare, err := makeRoot(ctx, cache, nil)
		if err != nil {
			return Root{}, err
		}
		commands = [][]string{
			{"cp", "--archive", filepath.Join(bare.parent, "root"), root},
			{"cp", "/etc/resolv.conf", filepath.Join(root, "etc")},
			{"chroot", root, "apt-get", "-qq", "update"},
			slices.Concat([]string{"chroot", root, "apt-get", "-qq", "-y", "--no-install-recommends", "install"}, packages),
		}
	}
	for _, c := range commands {
		cmd := exec.CommandContext(ctx, c[0], c[1:]...)
		cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "PATH="+os.Getenv("PATH")+":/usr/sbin:/sbin")
		if out, err := cmd.CombinedOutput(); err != nil {
			return Root{}, fmt.Errorf("%s: %w\n%s", strings.Join(c, " "), err, out)
		}
	}
	return Root{parent}, os.Rename(unfinished, parent)
}

// archive returns the address of the archive that this machine installs its packages from.
func archive(ctx context.Context) (string, error) {
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages", "Codename: "+release).Output()
	if err != nil {
		return "", fmt.Errorf("ask apt-get for the archive of Debian: %w", err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	if first == "" {
		return "", fmt.Errorf("apt-get knows no archive of Debian %s: run apt-get update", release)
	}
	return first, nil
}

// Machine is where a script runs.
type Machine struct {
	Root
	// Pivot makes the root the one of a mount namespace, as a container has it. Otherwise
	// it is a chroot's, in which an ordinary user gets no namespaces.
	Pivot bool
	// Work is an empty folder for what the script writes.
	Work string
	// Home becomes /home, and Data becomes /srv. They are on the machine's own disk, and not
	// on an overlay.
	Home, Data string
}

// enter makes a root that is a folder of an overlay, so that the root itself is no mount.
const enter = `set -e
parent=$1 work=$2 home=$3 data=$4 way=$5 script=$6
mount --make-rprivate /
mkdir "$work/upper" "$work/layer" "$work/top"
mount -t overlay -o "lowerdir=$parent,upperdir=$work/upper,workdir=$work/layer" overlay "$work/top"
root=$work/top/root
mount --bind "$home" "$root/home"
mount --bind -o ro "$data" "$root/srv"
if [ "$way" = pivot ]; then
	mount --rbind "$root" "$root"
	cd "$root"
	pivot_root . mnt
	mount -t proc proc /proc
	umount -l /mnt
	root=.
else
	mount -t proc proc "$root/proc"
fi
exec env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/home/root chroot "$root" sh -e -c "$script"
`

// Command returns a command that runs a script as root. No process of it is left at its end.
func (m Machine) Command(ctx context.Context, script string) *exec.Cmd {
	way := "chroot"
	if m.Pivot {
		way = "pivot"
	}
	return exec.CommandContext(ctx, "unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", enter, "sh", m.parent, m.Work, m.Home, m.Data, way, script)
}
