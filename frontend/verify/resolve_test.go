//go:build linux

package verify

import (
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// openInRoot lets the kernel follow a path inside a root.
func openInRoot(t *testing.T, root *os.File, name string) (int, error) {
	t.Helper()
	fd, errno := openat2(root, name)
	if errno != 0 {
		return -1, errno
	}
	return fd, nil
}

// openat2 is the system call with RESOLVE_IN_ROOT, since Linux 5.6.
func openat2(root *os.File, name string) (int, syscall.Errno) {
	const (
		sysOpenat2    = 437
		oPath         = 0x200000
		resolveInRoot = 0x10
	)
	how := struct{ flags, mode, resolve uint64 }{flags: oPath | syscall.O_CLOEXEC, resolve: resolveInRoot}
	p := append([]byte(name), 0)
	for {
		fd, _, errno := syscall.Syscall6(sysOpenat2, root.Fd(), uintptr(unsafe.Pointer(&p[0])), uintptr(unsafe.Pointer(&how)), unsafe.Sizeof(how), 0, 0)
		// EAGAIN: somebody renamed or mounted something meanwhile, so the kernel is not
		// sure where '..' leads.
		if errno != syscall.EAGAIN {
			return int(fd), errno
		}
	}
}

// randomPath returns a path of a few names of a random tree.
func randomPath(r *rand.Rand) string {
	names := []string{"a", "b", "c", "d", "..", "..", ".", "none"}
	parts := make([]string, 1+r.IntN(5))
	for i := range parts {
		parts[i] = names[r.IntN(len(names))]
	}
	p := strings.Join(parts, "/")
	if r.IntN(4) == 0 {
		p = "/" + p
	}
	if r.IntN(8) == 0 {
		p += "/"
	}
	return p
}

// randomTree makes files, directories and links. It has only a few names, so that paths often
// exist.
func randomTree(t *testing.T, r *rand.Rand, dir string, depth int) {
	t.Helper()
	for _, name := range []string{"a", "b", "c", "d"} {
		p := filepath.Join(dir, name)
		switch kind := r.IntN(6); {
		case kind == 0:
			must(t, os.WriteFile(p, []byte("x"), 0o755))
		case kind == 1 && depth < 3, kind == 2 && depth < 3:
			must(t, os.Mkdir(p, 0o755))
			randomTree(t, r, p, depth+1)
		case kind >= 3:
			must(t, os.Symlink(randomPath(r), p))
		}
	}
}

// The walk finds the same file as the kernel, or fails for the same cause.
func TestResolveAgreesWithKernel(t *testing.T) {
	const trees, paths, seed = 150, 60, 1
	r := rand.New(rand.NewPCG(seed, seed))
	outcomes := map[string]int{}
	for range trees {
		dir := t.TempDir()
		randomTree(t, r, dir, 0)
		root, err := os.OpenRoot(dir)
		must(t, err)
		fd, err := os.Open(dir)
		must(t, err)
		for range paths {
			name := randomPath(r)
			outcome := compareWithKernel(t, root, fd, name)
			if t.Failed() {
				t.Fatalf("in %s, seed %d", dir, seed)
			}
			outcomes[outcome]++
		}
		must(t, errors.Join(root.Close(), fd.Close()))
	}
	t.Log(outcomes)
}

func compareWithKernel(t *testing.T, root *os.Root, rootFD *os.File, name string) string {
	w, reason, err := resolve(mounts{{at: "/", root: root}}, name)
	must(t, err)
	fd, err := openInRoot(t, rootFD, name)
	if errors.Is(err, syscall.ENOSYS) {
		t.Skip("NOT TESTED: this kernel has no openat2")
	}
	if err != nil {
		want := map[error]bool{syscall.ENOENT: true, syscall.ENOTDIR: true}
		switch {
		case reason == nil:
			t.Errorf("%s: the kernel says %v, the walk came to %s", name, err, w.resolved())
		case want[err] == (reason.Code == CodeSymlinkLoop) || !want[err] && err != syscall.ELOOP:
			t.Errorf("%s: the kernel says %v, the walk %s", name, err, reason.Message)
		}
		return err.Error()
	}
	defer syscall.Close(fd)
	if reason != nil {
		t.Errorf("%s: the kernel opens it, the walk says %s", name, reason.Message)
		return ""
	}
	var theirs, ours syscall.Stat_t
	must(t, syscall.Fstat(fd, &theirs))
	must(t, syscall.Lstat(filepath.Join(root.Name(), w.resolved()), &ours))
	if theirs.Ino != ours.Ino || theirs.Dev != ours.Dev {
		t.Errorf("%s: the kernel opens another file than %s", name, w.resolved())
	}
	return "found"
}
