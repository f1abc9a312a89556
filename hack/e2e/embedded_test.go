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
	path string // has runc alone
	home string
}

func newBare(t *testing.T) bare {
	t.Helper()
	runc, err := exec.LookPath("runc")
	if err != nil {
		t.Fatal(err)
	}
	// The folder's own name is short, since a socket is in it.
	home, err := os.MkdirTemp("", "bare-")
	if err != nil {
		t.Fatal(err)
	}
	b := bare{t, t.TempDir(), home}
	if err := os.Symlink(runc, filepath.Join(b.path, "runc")); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		b.run("builder", "stop")
		if err := os.RemoveAll(home); err != nil {
			t.Error(err)
		}
	})
	return b
}

// run runs the command line with nothing in the environment but PATH and HOME.
func (b bare) run(args ...string) string {
	b.t.Helper()
	program, err := commandLine()
	if err != nil {
		b.t.Fatal(err)
	}
	cmd := exec.Command(program, args...)
	cmd.Env = []string{"PATH=" + b.path, "HOME=" + b.home}
	out, err := cmd.CombinedOutput()
	if err != nil {
		b.t.Fatalf("scratch %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// TestEmbeddedBuildKit: with runc alone, scratch builds the demo. The second build uses the
// daemon of the first, and the images have the same bytes as that of the run's daemon.
func TestEmbeddedBuildKit(t *testing.T) {
	t.Parallel()
	b := newBare(t)
	build := func() (string, time.Duration) {
		began := time.Now()
		out := b.run("build", "--progress=plain", "--build-context", baseName+"="+env.base, "--build-arg", "SOURCE_DATE_EPOCH=1700000000",
			"-o", "type=oci,tar=false,dest="+filepath.Join(b.home, "image"), "../../examples/from-scratch")
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
	p := project{t: t, dir: "../../examples/from-scratch"}
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
