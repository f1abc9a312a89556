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

// These are the names in a user's files. The run replaces them by its own images.
const (
	frontendName = "rene2/scratch-frontend"
	baseName     = spec.DefaultBase
)

// baseTag is the tag of the image in the fixture's layout.
var baseTag = strings.TrimPrefix(baseName, "alpine")

// syntax is a Scratchfile's first line.
const syntax = "# syntax=" + frontendName + "\n"

// project is a directory with a build file and sources.
type project struct {
	t    *testing.T
	dir  string   // or what else buildx takes for a context
	vars []string // environment variables over the run's
	base string   // instead of the run's
	// stdin is the standard input of the build, for the context "-".
	stdin io.Reader
}

// newProject returns a project with these files, by slash-separated path. A path that ends
// in "/" is an empty directory.
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

// copyFrom adds an executable file of this system to the project.
func (p *project) copyFrom(name, system string) {
	p.t.Helper()
	data, err := os.ReadFile(system)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write(name, string(data), 0o755)
}

// outcome is the end of a build.
type outcome struct {
	t   *testing.T
	log string // all that the user saw
	err error
	dir string // OCI layout of the image
}

// buildx builds the file named Scratchfile with docker buildx build.
func (p *project) buildx(args ...string) outcome {
	p.t.Helper()
	return p.buildxRaw(append([]string{"-f", filepath.Join(p.dir, "Scratchfile")}, args...)...)
}

// buildxRaw is buildx without the name of the build file.
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

// onServed gives the project a base with all packages. A server has them.
func (p *project) onServed() *project {
	p.t.Helper()
	base, err := servedBase()
	if err != nil {
		p.t.Fatal(err)
	}
	p.base = base
	return p
}

// buildxOnly is buildx without base, file and output.
func (p *project) buildxOnly(args ...string) outcome {
	p.t.Helper()
	cmd := p.buildxCommand(args...)
	out, err := cmd.CombinedOutput()
	return outcome{t: p.t, log: string(out), err: err}
}

// buildxCommand returns a build command that has the run's frontend and args.
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

// image returns the built image. The test fails if the build did.
func (o outcome) image() *image {
	o.t.Helper()
	o.passed()
	return readImage(o.t, o.dir)
}

// passed returns the log of a build that must pass.
func (o outcome) passed() string {
	o.t.Helper()
	if o.err != nil {
		o.t.Fatalf("build: %v\n%s", o.err, o.log)
	}
	return o.log
}

// refused checks that the build failed and that the log has all of want.
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

// underlined returns a line of the build file as BuildKit marks it.
func underlined(line string) string { return ">>> " + line }
