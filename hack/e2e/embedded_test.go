//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// bare is a machine that has runc and nothing else that builds.
type bare struct {
	t    *testing.T
	user bool   // an ordinary user, and not root
	path string // has runc alone; for a user what maps ids, and runc is beside scratch
	home string // has the programs of a release
}

// userScript runs a command as a user that only its own mount namespace knows.
const userScript = `set -e
cd "$1"; shift
for f in passwd group subuid subgid; do touch /etc/$f; cp /etc/$f .; done
echo "sailor:x:54321:54321::/:/bin/sh" >>passwd
echo "sailor:x:54321:" >>group
for f in subuid subgid; do echo "sailor:700000:65536" >>$f; done
for f in passwd group subuid subgid; do mount --bind $f /etc/$f; done
path=$1 home=$2; shift 2
exec setpriv --reuid 54321 --regid 54321 --clear-groups env -i "$path" "$home" "$@"`

func newBare(t *testing.T, user bool) bare {
	t.Helper()
	// The folder's own name is short, since a socket is in it.
	home, err := os.MkdirTemp("", "bare-")
	if err != nil {
		t.Fatal(err)
	}
	b := bare{t, user, t.TempDir(), home}
	program, err := commandLine()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"scratch", "scratch-linker", "scratch-step"} {
		b.give(filepath.Join(filepath.Dir(program), name), filepath.Join(home, name))
	}
	if user {
		b.give(b.find("runc"), filepath.Join(home, "runc"))
		b.link("newuidmap", "newgidmap")
		if err := os.Chown(home, 54321, 54321); err != nil {
			t.Fatal(err)
		}
	} else {
		b.link("runc")
	}
	t.Cleanup(func() {
		b.run("builder", "stop")
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	return b
}

// find returns the path of a program that this test can't do without.
func (b bare) find(name string) string {
	b.t.Helper()
	file, err := exec.LookPath(name)
	if err != nil {
		b.t.Fatalf("%v: run hack/tools/install", err)
	}
	return file
}

func (b bare) link(names ...string) {
	b.t.Helper()
	for _, name := range names {
		if err := os.Symlink(b.find(name), filepath.Join(b.path, name)); err != nil {
			b.t.Fatal(err)
		}
	}
	// The user of the test must find them.
	for dir := b.path; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			b.t.Fatal(err)
		}
	}
}

func (b bare) give(from, to string) {
	b.t.Helper()
	if err := os.WriteFile(to, readFile(b.t, from), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

// run runs the command line with nothing in the environment but PATH and HOME.
func (b bare) run(args ...string) string {
	b.t.Helper()
	cmd := exec.Command(filepath.Join(b.home, "scratch"), args...)
	vars := []string{"PATH=" + b.path, "HOME=" + b.home}
	cmd.Env = vars
	if b.user {
		cmd = exec.Command("unshare", append([]string{"--mount", "sh", "-c", userScript, "sh", b.t.TempDir(), vars[0], vars[1], cmd.Path}, args...)...)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("scratch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestEmbeddedBuildKit: with runc alone, scratch builds the demo, as root and as an ordinary
// user. The second build uses the daemon of the first, and the images have the same bytes as
// that of the run's daemon.
func TestEmbeddedBuildKit(t *testing.T) {
	for name, user := range map[string]bool{"root": false, "user": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			buildDemo(t, newBare(t, user))
		})
	}
}

func buildDemo(t *testing.T, b bare) {
	demo, err := filepath.Abs("../../examples/from-scratch")
	if err != nil {
		t.Fatal(err)
	}
	build := func() (string, time.Duration) {
		began := time.Now()
		out := b.run("build", "--progress=plain", "--build-context", baseName+"="+env.base, "--build-arg", "SOURCE_DATE_EPOCH=1700000000",
			"-o", "type=oci,tar=false,dest="+filepath.Join(b.home, "image"), demo)
		return out, time.Since(began)
	}
	for _, said := range []string{"started in ", "it ran already"} {
		out, took := build()
		t.Logf("%s: %v", said, took)
		if first, _, _ := strings.Cut(out, "\n"); !strings.HasPrefix(first, "builder: embedded BuildKit v") || !strings.Contains(first, said) {
			t.Errorf("the first line is %q, without %q", first, said)
		}
	}
	want := t.TempDir()
	p := project{t: t, dir: demo}
	if code, out := exitCode(t, p.scratch("build", "--build-context", baseName+"="+env.base, "--build-arg", "SOURCE_DATE_EPOCH=1700000000",
		"-o", "type=oci,tar=false,dest="+want, p.dir)); code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	if got, want := onlyManifest(t, filepath.Join(b.home, "image")), onlyManifest(t, want); got != want {
		t.Errorf("manifest %s by the embedded BuildKit, %s by the run's daemon", got, want)
	}
	if out := b.run("builder", "ls"); !strings.Contains(out, " runs, process ") || !strings.Contains(out, "yes") {
		t.Errorf("builder ls says %q", out)
	}
	if out := b.run("builder", "prune"); !strings.HasPrefix(out, "deleted ") || strings.Contains(out, "deleted 0B") {
		t.Errorf("builder prune says %q", out)
	}
	if out := b.run("builder", "stop"); !strings.HasPrefix(out, "ended: ") {
		t.Errorf("builder stop says %q", out)
	}
	if out := b.run("builder", "ls"); !strings.Contains(out, "stopped") {
		t.Errorf("builder ls says %q", out)
	}
}
