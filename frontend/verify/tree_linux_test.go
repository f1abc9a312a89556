package verify

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"github.com/rene2/scratch-frontend/hack/need"
)

// The walk through a tree finds the same file as the kernel in the mounted directories, also
// if the path of a mount point has links.
func TestTreeAgreesWithKernel(t *testing.T) {
	need.LinuxRoot(t)
	const trees, paths, seed = 50, 60, 2
	r := rand.New(rand.NewPCG(seed, seed))
	outcomes := map[string]int{}
	for range trees {
		files := make(Tree, 8)
		for i := range files {
			files[i] = Mount{At: "/" + randomPath(r), Dir: t.TempDir()}
			randomTree(t, r, files[i].Dir, 0)
		}
		files[0].At = "/"
		names := make([]string, paths)
		for i := range names {
			names[i] = randomPath(r)
		}
		view := t.TempDir()
		inOwnNamespace(t, func() error { return compareMounted(files, view, names, outcomes) })
		if t.Failed() {
			t.Fatalf("in %v, seed %d", files, seed)
		}
	}
	if outcomes["found"] < 100 || outcomes["directory"] < 100 {
		t.Errorf("too little was found: %v", outcomes)
	}
	t.Log(outcomes)
}

// inOwnNamespace runs f on a thread with a mount namespace of its own.
func inOwnNamespace(t *testing.T, f func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // for good: the thread is of no more use
		err := syscall.Unshare(syscall.CLONE_FS | syscall.CLONE_NEWNS)
		if err == nil {
			err = syscall.Mount("", "/", "", syscall.MS_REC|syscall.MS_PRIVATE, "")
		}
		if err == nil {
			err = f()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// compareMounted mounts a tree at view, without the mounts whose mount point does not exist,
// and compares where names lead.
func compareMounted(files Tree, view string, names []string, outcomes map[string]int) error {
	if err := syscall.Mount(files[0].Dir, view, "", syscall.MS_BIND, ""); err != nil {
		return err
	}
	root, err := os.Open(view)
	if err != nil {
		return err
	}
	defer root.Close()
	there := files[:1:1]
	for _, m := range files[1:] {
		fd, err := findInRoot(root, m.At)
		if err != nil {
			continue
		}
		if isRoot(root, fd) {
			// A descriptor that was opened before the mount does not lead into it.
			syscall.Close(fd)
			continue
		}
		err = syscall.Mount(m.Dir, fmt.Sprintf("/proc/thread-self/fd/%d", fd), "", syscall.MS_BIND, "")
		syscall.Close(fd)
		if err == nil {
			there = append(there, m)
		}
	}
	outcomes[fmt.Sprintf("%d mounts", len(there))]++
	ms, err := there.mount()
	defer func() { ms.close() }()
	if err != nil {
		return err
	}
	for _, name := range names {
		outcome, err := compareFound(ms, root, name)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		outcomes[outcome]++
	}
	return nil
}

// isRoot reports whether a descriptor is the root directory.
func isRoot(root *os.File, fd int) bool {
	var a, b syscall.Stat_t
	return errors.Join(syscall.Fstat(fd, &a), syscall.Fstat(int(root.Fd()), &b)) == nil && a.Ino == b.Ino && a.Dev == b.Dev
}

// compareFound returns where a name leads for both, or how they differ.
func compareFound(ms mounts, root *os.File, name string) (string, error) {
	w, reason, err := resolve(ms, name)
	if err != nil {
		return "", err
	}
	fd, kernel := findInRoot(root, name)
	if kernel != nil {
		if reason == nil {
			return "", fmt.Errorf("the kernel says %w, the walk came to %s", kernel, w.resolved())
		}
		return kernel.Error(), nil
	}
	defer syscall.Close(fd)
	if reason != nil {
		return "", fmt.Errorf("the kernel opens it, the walk says %s", reason.Message)
	}
	var theirs syscall.Stat_t
	if err := syscall.Fstat(fd, &theirs); err != nil {
		return "", err
	}
	m, rel := ms.find(w.resolved())
	info, err := m.root.Lstat(rel)
	if err != nil {
		return "", err
	}
	if ours := info.Sys().(*syscall.Stat_t); ours.Ino != theirs.Ino || ours.Dev != theirs.Dev {
		return "", fmt.Errorf("the kernel opens another file than %s", w.resolved())
	}
	if info.IsDir() {
		return "directory", compareListed(ms, fd, name)
	}
	return "found", nil
}

// compareListed says how the names in a directory differ from those that the kernel
// lists where all is mounted.
func compareListed(ms mounts, fd int, name string) error {
	entries, err := os.ReadDir(fmt.Sprintf("/proc/thread-self/fd/%d", fd))
	if err != nil {
		return err
	}
	var want []string
	for _, e := range entries {
		want = append(want, e.Name())
	}
	got, reason, err := ms.readDir(name, 1000)
	if err != nil || reason != nil || !slices.Equal(got, want) {
		return fmt.Errorf("lists %q, %v, %v; the kernel %q", got, reason, err, want)
	}
	return nil
}

// findInRoot is openInRoot for another thread than the test's.
func findInRoot(root *os.File, name string) (int, error) {
	fd, errno := openat2(root, name)
	if errno != 0 {
		return -1, errno
	}
	return fd, nil
}
