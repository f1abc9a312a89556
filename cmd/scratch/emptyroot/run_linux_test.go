package emptyroot_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/cmd/scratch/emptyroot"
	"github.com/rene2/scratch-frontend/hack/need"
)

// These are the names under which the program of the tests is something else.
const (
	probeName  = "probe"  // the program in the empty root
	runnerName = "runner" // a process of an ordinary user, which runs the probe
	ordinary   = 54321
)

func TestMain(m *testing.M) {
	switch filepath.Base(os.Args[0]) {
	case emptyroot.Name:
		emptyroot.Main(os.Args[1:])
	case probeName:
		probe(os.Args[1:])
	case runnerName:
		p := process(os.Args[1], os.Args[2:]...)
		if os.Getenv("AS_ROOT") != "" {
			p.UID, p.GID = 0, 0
		}
		code, err := emptyroot.Run(context.Background(), p)
		if err != nil {
			fmt.Println(err)
			code = 99
		}
		os.Exit(code)
	}
	os.Exit(m.Run())
}

// waits is the argument with which the probe waits for SIGTERM.
const waits = "wait"

// probe prints what it can see.
func probe(args []string) {
	if slices.Contains(args, waits) {
		ended := make(chan os.Signal, 1)
		signal.Notify(ended, syscall.SIGTERM)
		fmt.Println(waits)
		<-ended
		os.Exit(5)
	}
	var names []string
	for _, dir := range []string{"/", "/..", "/../.."} {
		entries, err := os.ReadDir(dir)
		if err != nil {
			fmt.Println(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	slices.Sort(names)
	wd, err := os.Getwd()
	fmt.Println(strings.Join(slices.Compact(names), " "), os.Getuid(), os.Getgid(), os.Getpid(), wd, err, os.Environ(), args)
	if err := syscall.Mount("none", "/", "tmpfs", 0, ""); err == nil {
		fmt.Println("it can mount")
	}
	if err := syscall.Chroot("/"); err == nil {
		fmt.Println("it can change the root")
	}
	os.Exit(3)
}

// staticTest is this program, compiled without cgo: with cgo it needs a loader.
var staticTest = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "probe-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	file := filepath.Join(dir, probeName)
	build := exec.Command("go", "test", "-c", "-o", file, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	return os.ReadFile(file)
})

// newRoot makes a root with the probe and nothing else.
func newRoot(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "root-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	probe, err := staticTest()
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range []error{
		os.Chmod(dir, 0o755),
		os.WriteFile(filepath.Join(dir, probeName), probe, 0o755),
		os.Mkdir(filepath.Join(dir, "work"), 0o755),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	return dir
}

func process(root string, args ...string) emptyroot.Process {
	return emptyroot.Process{
		Root: root, Args: append([]string{probeName}, args...), Env: []string{"PATH=/none:/", "A=b"},
		Dir: "/work", UID: 65532, GID: 65533,
	}
}

// TestProgramSeesOnlyItsRoot, as root and as an ordinary user: no other file, the image's
// user, and no capability to get out.
func TestProgramSeesOnlyItsRoot(t *testing.T) {
	need.LinuxRoot(t)
	for name, user := range map[string]int{"root": 0, "user": ordinary} {
		t.Run(name, func(t *testing.T) {
			root := newRoot(t)
			cmd := exec.Command(filepath.Join(root, probeName))
			cmd.Args = []string{runnerName, root, "x y"}
			cmd.Stderr = os.Stderr
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(user), Gid: uint32(user)}}
			out, err := cmd.Output()
			var exit *exec.ExitError
			if !errors.As(err, &exit) || exit.ExitCode() != 3 {
				t.Errorf("%v, want exit code 3", err)
			}
			if got, want := string(out), "probe work 65532 65533 1 /work <nil> [PATH=/none:/ A=b] [x y]\n"; got != want {
				t.Errorf("the program says %q, want %q", got, want)
			}
		})
	}
}

// TestEmptyRootInAChroot: the root that a chroot gives is a folder, which is no mount.
func TestEmptyRootInAChroot(t *testing.T) {
	need.LinuxRoot(t)
	top := newRoot(t)
	for _, step := range []error{
		os.Mkdir(filepath.Join(top, "proc"), 0o755),
		os.Rename(newRoot(t), filepath.Join(top, "inner")),
		os.Link(filepath.Join(top, probeName), filepath.Join(top, runnerName)),
	} {
		if step != nil {
			t.Fatal(step)
		}
	}
	const script = `mount -t proc proc "$1/proc" && exec chroot "$1" /runner /inner "x y"`
	out, err := exec.Command("unshare", "--mount", "sh", "-c", script, "sh", top).CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 3 {
		t.Errorf("%v, want exit code 3", err)
	}
	if got, want := string(out), "probe work 65532 65533 1 /work <nil> [PATH=/none:/ A=b] [x y]\n"; got != want {
		t.Errorf("the program says %q, want %q", got, want)
	}
}

// TestDiskWithoutPrograms: where no program can start, the program is not what is wrong.
func TestDiskWithoutPrograms(t *testing.T) {
	need.LinuxRoot(t)
	root := newRoot(t)
	cmd := exec.Command("unshare", "--mount", "bash", "-c", `mount --bind "$1" "$1" && mount -o remount,bind,noexec "$1" && exec -a runner /proc/self/fd/3 "$1"`, "bash", root)
	own, err := os.Open("/proc/self/exe")
	if err != nil {
		t.Fatal(err)
	}
	defer own.Close()
	cmd.ExtraFiles = []*os.File{own}
	out, _ := cmd.CombinedOutput() // the text says why it fails
	if !strings.Contains(string(out), "mounted noexec: set TMPDIR") {
		t.Errorf("it says %q", out)
	}
}

// TestCancelledProgramMayCleanUp: a program that is cancelled gets SIGTERM first.
func TestCancelledProgramMayCleanUp(t *testing.T) {
	need.LinuxRoot(t)
	root := newRoot(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	stdout := os.Stdout
	os.Stdout = w
	defer func() { os.Stdout = stdout }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = r.Read(make([]byte, 100)) // it waits
		cancel()
	}()
	if code, err := emptyroot.Run(ctx, process(root, waits)); code != 5 || err != nil {
		t.Errorf("exit code %d, want that of the program: %v", code, err)
	}
}

// TestProgramEndsWithItsStarter, also if the starter is killed.
func TestProgramEndsWithItsStarter(t *testing.T) {
	need.LinuxRoot(t)
	root := newRoot(t)
	starter := exec.Command("/proc/self/exe")
	starter.Args = []string{runnerName, root, waits}
	out, err := starter.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := starter.Start(); err != nil {
		t.Fatal(err)
	}
	said := make([]byte, len(waits))
	if _, err := io.ReadFull(out, said); err != nil || string(said) != waits {
		t.Fatalf("the program says %q: %v", said, err)
	}
	if err := starter.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.ReadAll(out) // the program has the other end
		ended <- err
	}()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the program lives on")
	}
	_ = starter.Wait() // it was killed
}

// TestRootOfAnImageHasFewCapabilities: an image whose user is root can't leave its root.
func TestRootOfAnImageHasFewCapabilities(t *testing.T) {
	need.LinuxRoot(t)
	root := newRoot(t)
	cmd := exec.Command("/proc/self/exe")
	cmd.Args = []string{runnerName, root}
	cmd.Env = append(os.Environ(), "AS_ROOT=1")
	out, _ := cmd.Output() // the code is the program's
	if !strings.Contains(string(out), " 0 0 1 ") || strings.Contains(string(out), "it can") {
		t.Errorf("the program says %q", out)
	}
}

// TestStartError: a program that can't start is told apart from one that fails.
func TestStartError(t *testing.T) {
	need.LinuxRoot(t)
	p := process(newRoot(t))
	p.Args = []string{"/missing"}
	_, err := emptyroot.Run(t.Context(), p)
	var start *emptyroot.StartError
	if !errors.As(err, &start) || start.Path != "/missing" || !errors.Is(err, syscall.ENOENT) {
		t.Errorf("a missing program: %v", err)
	}
	p.Dir = "/missing"
	var not *emptyroot.NotAllowedError
	if _, err := emptyroot.Run(t.Context(), p); !errors.As(err, &not) {
		t.Errorf("a missing folder: %v", err)
	}
}
