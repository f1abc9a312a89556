//go:build e2e

package e2e

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// The names that a user's files have, and that the run's own images stand in for.
const (
	frontendName = "rene2/scratch-frontend"
	baseName     = spec.DefaultBase
)

// baseTag is what the fixture's layout has its image by.
var baseTag = strings.TrimPrefix(baseName, "alpine")

// syntax is a Scratchfile's first line.
const syntax = "# syntax=" + frontendName + "\n"

// project is a directory with a build file and sources.
type project struct {
	t    *testing.T
	dir  string   // or what else buildx takes for a context
	vars []string // environment variables over the run's
	base string   // instead of the run's
	// stdin is what the build reads from standard input, for "-".
	stdin io.Reader
}

// newProject writes files, by slash-separated path. A path that ends in "/" is an
// empty directory.
func newProject(t *testing.T, files map[string]string) *project {
	t.Helper()
	p := &project{t: t, dir: t.TempDir()}
	for name, text := range files {
		p.write(name, text, 0o644)
	}
	return p
}

func (p *project) write(name, text string, mode os.FileMode) {
	p.t.Helper()
	file := filepath.Join(p.dir, filepath.FromSlash(name))
	dir := filepath.Dir(file)
	if strings.HasSuffix(name, "/") {
		dir = file
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		p.t.Fatal(err)
	}
	if dir == file {
		return
	}
	if err := os.WriteFile(file, []byte(text), mode); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Chmod(file, mode); err != nil {
		p.t.Fatal(err)
	}
}

// copyFrom gives the project an executable file of this system.
func (p *project) copyFrom(name, system string) {
	p.t.Helper()
	data, err := os.ReadFile(system)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name, string(data), 0o755)
}

// outcome is how a build ended.
type outcome struct {
	t   *testing.T
	log string // all that the user saw
	err error
	dir string // OCI layout of the image
}

// buildx builds with docker buildx build, from the file named Scratchfile.
func (p *project) buildx(args ...string) outcome {
	p.t.Helper()
	return p.buildxRaw(append([]string{"-f", filepath.Join(p.dir, "Scratchfile")}, args...)...)
}

// buildxRaw leaves the choice of the build file to args.
func (p *project) buildxRaw(args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	o := p.buildxOnly(append([]string{
		"--build-context", baseName + "=" + cmp.Or(p.base, env.base),
		"--output", "type=oci,tar=false,dest=" + dest,
	}, args...)...)
	o.dir = dest
	return o
}

// onServed gives the project a base that has all packages there are, over HTTP.
func (p *project) onServed() *project {
	p.t.Helper()
	base, err := servedBase()
	if err != nil {
		p.t.Fatal(err)
	}
	p.base = base
	return p
}

// buildxOnly leaves base, file and output to args.
func (p *project) buildxOnly(args ...string) outcome {
	p.t.Helper()
	cmd := p.buildxCommand(args...)
	out, err := cmd.CombinedOutput()
	return outcome{t: p.t, log: string(out), err: err}
}

// buildxCommand is a build that has the run's frontend, and all else from args.
func (p *project) buildxCommand(args ...string) *exec.Cmd {
	args = append([]string{
		"build", "--progress=plain",
		"--build-context", frontendName + "=oci-layout://" + env.frontend.dir,
	}, append(args, p.dir)...)
	cmd := tool(p.t.Context(), "docker-buildx", args...)
	cmd.Env = append(cmd.Env, p.vars...)
	cmd.Stdin = p.stdin
	return cmd
}

// image is the built image; a failed build fails the test.
func (o outcome) image() *image {
	o.t.Helper()
	o.passed()
	return readImage(o.t, o.dir)
}

// passed is what the user saw of a build that has to pass.
func (o outcome) passed() string {
	o.t.Helper()
	if o.err != nil {
		o.t.Fatalf("build: %v\n%s", o.err, o.log)
	}
	return o.log
}

// refused checks that the build failed and that the user saw all of want.
func (o outcome) refused(want ...string) {
	o.t.Helper()
	if o.err == nil {
		o.t.Fatalf("the build passed; it should have said %q\n%s", want, o.log)
	}
	for _, w := range want {
		if !strings.Contains(o.log, w) {
			o.t.Errorf("the user did not see %q; but:\n%s", w, o.log)
		}
	}
}

// underlined is a line of the build file as BuildKit marks it.
func underlined(line string) string { return ">>> " + line }
