//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// commandLine builds the command line from the working tree, once.
var commandLine = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(env.tmp, "cli")
	cmd := exec.Command("go", "build", "-trimpath", "-o", dir+"/",
		"github.com/rene2/scratch-frontend/cmd/scratch", "github.com/rene2/scratch-frontend/cmd/scratch-linker",
		"github.com/rene2/scratch-frontend/cmd/scratch-step")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	cmd.Stderr = os.Stderr
	return filepath.Join(dir, "scratch"), cmd.Run()
})

// scratch returns a command on the project's build file, for the run's daemon.
func (p *project) scratch(command string, args ...string) *exec.Cmd {
	p.t.Helper()
	file, err := commandLine()
	if err != nil {
		p.t.Fatal(err)
	}
	cmd := exec.CommandContext(p.t.Context(), file, append([]string{command, "-f", filepath.Join(p.dir, "Scratchfile")}, args...)...)
	cmd.Env = append(append(os.Environ(), env.vars...), p.vars...)
	return cmd
}

// scratchBuild builds without a frontend image.
func (p *project) scratchBuild(args ...string) outcome {
	p.t.Helper()
	program, err := commandLine()
	if err != nil {
		p.t.Fatal(err)
	}
	return p.scratchBuildBy(program, args...)
}

func (p *project) scratchBuildBy(program string, args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	cmd := p.scratch("build", append([]string{
		"--progress=plain", "--build-context", baseName + "=" + env.base,
		"--output", "type=oci,tar=false,dest=" + dest, p.dir,
	}, args...)...)
	cmd.Path = program
	out, err := cmd.CombinedOutput()
	return outcome{t: p.t, log: string(out), err: err, dir: dest}
}

func exitCode(t *testing.T, cmd *exec.Cmd) (int, string) {
	t.Helper()
	out, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), string(out)
}

// TestScratchBuild: the command line makes the same image as the frontend image does, and
// passes on all parts of a request.
func TestScratchBuild(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static -DGREETING=\"\\\"$WORD$(cat /run/secrets/word)$(cat other)\\\"\"",
			"args: {WORD: none}\nfiles: [hello.c]\ntest: [{run: [/hello], stdout: one-two-three}]\n"),
		"hello.c":    hello,
		"word":       "-two",
		"other/word": "-three",
	})
	p.write("Scratchfile", strings.Replace(string(readFile(t, filepath.Join(p.dir, "Scratchfile"))), "  run:",
		"  secrets: [{id: word, file: /run/secrets/word}]\n  sources: [hello.c, {context: named, path: word, to: other}]\n  run:", 1), 0o644)
	args := []string{
		"--build-arg", "SOURCE_DATE_EPOCH=1700000000", "--build-arg", "WORD=one",
		"--secret", "id=word,src=" + filepath.Join(p.dir, "word"),
		"--build-context", "named=" + filepath.Join(p.dir, "other"),
	}
	byImage := p.buildx(args...)
	byImage.passed()
	byProgram := p.scratchBuild(append(args, "--opt", "build-arg:UNUSED=x")...)
	byProgram.passed()
	if want, got := onlyManifest(t, byImage.dir), onlyManifest(t, byProgram.dir); got != want {
		t.Errorf("manifest %s by the command line, %s by the image", got, want)
	}
	// Other programs beside it make the steps start sooner, and change nothing.
	program, err := commandLine()
	if err != nil {
		t.Fatal(err)
	}
	lone := filepath.Join(t.TempDir(), "scratch")
	if err := os.Link(program, lone); err != nil {
		t.Fatal(err)
	}
	byLone := p.scratchBuildBy(lone, args...)
	byLone.passed()
	if want, got := onlyManifest(t, byImage.dir), onlyManifest(t, byLone.dir); got != want {
		t.Errorf("manifest %s by the image, %s by the command line alone", want, got)
	}
	byProgram.said("[test] /hello", "static (amd64", "Scratchfile:7:9: warning: RootUser: ")
}

// TestProgramAloneSeesLinks: the command line sees what is linked also where the linker's
// wrapper is not beside it, or is a link. Without, no licence would be refused.
func TestProgramAloneSeesLinks(t *testing.T) {
	program, err := commandLine()
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t, map[string]string{"Scratchfile": scratchfile("-static", "licenses: {deny: [MIT]}\n"), "hello.c": hello})
	for _, linked := range [][]string{nil, {"scratch-step"}, {"scratch-step", "scratch-linker"}} {
		dir := t.TempDir()
		if err := os.Link(program, filepath.Join(dir, "scratch")); err != nil {
			t.Fatal(err)
		}
		for _, name := range linked {
			if err := os.Symlink(filepath.Join(filepath.Dir(program), name), filepath.Join(dir, name)); err != nil {
				t.Fatal(err)
			}
		}
		o := p.scratchBuildBy(filepath.Join(dir, "scratch"))
		o.refused(underlined("licenses: {deny: [MIT]}"), "musl-dev", "is under MIT")
	}
}

// TestScratchBuildRefuses: a refusal shows the lines that it is about, as docker buildx
// does. Its exit code differs from that of a wrong command line.
func TestScratchBuildRefuses(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": scratchfile("", ""), "hello.c": hello})
	o := p.scratchBuild()
	o.refused(underlined("binary: hello"), "/lib/ld-musl-")
	if code := o.err.(*exec.ExitError).ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
	if code, out := exitCode(t, p.scratch("build", "--platform", "x/y/z/a", p.dir)); code != 1 {
		t.Errorf("exit code %d, want 1:\n%s", code, out)
	}
	if code, out := exitCode(t, p.scratch("build", "--colour", p.dir)); code != 2 {
		t.Errorf("exit code %d, want 2:\n%s", code, out)
	}
}

// TestScratchBuildOutput: the output can be a folder, and the user can choose a target.
func TestScratchBuildOutput(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": scratchfile("-static", "files: [hello.c]\n"), "hello.c": hello})
	dest := t.TempDir()
	code, out := exitCode(t, p.scratch("build", "--build-context", baseName+"="+env.base, "--target", "binary", "-o", dest, p.dir))
	if code != 0 {
		t.Fatalf("exit code %d:\n%s", code, out)
	}
	found, err := filepath.Glob(dest + "/*")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{filepath.Join(dest, "hello")}, found); diff != "" {
		t.Errorf("files (-want +got):\n%s", diff)
	}
}

// TestScratchBuildByBuildx: without an address, the builder is that of docker buildx.
func TestScratchBuildByBuildx(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": scratchfile("-static", ""), "hello.c": hello})
	p.vars = []string{"PATH=" + env.bin + string(os.PathListSeparator) + os.Getenv("PATH")}
	cmd := p.scratch("build", "--build-context", baseName+"="+env.base, p.dir)
	cmd.Env = slices.DeleteFunc(cmd.Env, func(v string) bool { return strings.HasPrefix(v, buildkit.HostEnv+"=") })
	if code, out := exitCode(t, cmd); code != 0 {
		t.Errorf("exit code %d:\n%s", code, out)
	}
}

// TestScratchLock: the command line makes the same lock as a build. It keeps the platforms
// of the old lock and replaces a broken one.
func TestScratchLock(t *testing.T) {
	t.Parallel()
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	p.makeLock().passed()
	want := p.lockText()
	for name, old := range map[string]string{"kept": want, "broken": "version: 9\n", "none": ""} {
		t.Run(name, func(t *testing.T) {
			p.t = t
			p.write("Scratchfile.lock", old, 0o644)
			if old == "" {
				if err := os.Remove(filepath.Join(p.dir, "Scratchfile.lock")); err != nil {
					t.Fatal(err)
				}
			}
			if code, out := exitCode(t, p.scratch("lock", "--build-context", baseName+"="+p.base)); code != 0 {
				t.Fatalf("exit code %d:\n%s", code, out)
			}
			if diff := cmp.Diff(want, p.lockText()); diff != "" {
				t.Errorf("another lock than by --target lock (-want +got):\n%s", diff)
			}
			p.checkLock(0, "")
		})
	}
	p.t = t
	p.write("Scratchfile", lockedFile("no-such-package", ""), 0o644)
	code, out := exitCode(t, p.scratch("lock", "--build-context", baseName+"="+p.base))
	if code != 1 || !strings.Contains(out, underlined("  packages: [no-such-package]")) {
		t.Errorf("exit code %d, want 1 with the line:\n%s", code, out)
	}
	if diff := cmp.Diff(want, p.lockText()); diff != "" {
		t.Errorf("a lock that can't be made replaced the old one (-want +got):\n%s", diff)
	}
}

// TestLockIsWholeOrTheOldOne: a lock that can't be written to its end leaves the old one.
func TestLockIsWholeOrTheOldOne(t *testing.T) {
	p := newLockProject(t, newMirror(t).base(t))
	const room = 32 << 10
	if err := unix.Mount("tmpfs", p.dir, "tmpfs", 0, fmt.Sprintf("size=%d", room)); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(p.dir, 0); err != nil {
			t.Error(err)
		}
	})
	const old = "# old\nversion: 1\n"
	p.write("Scratchfile", lockedFile("build-base", imageRest), 0o644)
	p.write("Scratchfile.lock", old, 0o644)
	// It fills the disk, so that an error is expected.
	_ = os.WriteFile(filepath.Join(p.dir, "full"), make([]byte, room), 0o644)
	code, out := exitCode(t, p.scratch("lock", "--build-context", baseName+"="+p.base))
	if code != 1 || !strings.Contains(out, "no space left on device") {
		t.Errorf("exit code %d, want 1:\n%s", code, out)
	}
	if got := p.lockText(); got != old {
		t.Errorf("the old lock has become %d bytes: %q…", len(got), got[:min(len(got), 60)])
	}
	if left, err := filepath.Glob(filepath.Join(p.dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("it left %v, %v", left, err)
	}
}
