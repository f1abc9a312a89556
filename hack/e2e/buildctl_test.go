//go:build e2e

package e2e

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// buildctl builds with buildctl, as CI does. frontend is the first frontend that the
// daemon runs. args are added at the end.
func (p *project) buildctl(frontend string, args ...string) outcome {
	p.t.Helper()
	return p.buildctlRaw(frontend, append([]string{"--local", "context=" + p.dir, "--local", "dockerfile=" + p.dir}, args...)...)
}

// buildctlRaw is buildctl without the contexts; args must name them.
func (p *project) buildctlRaw(frontend string, args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	if !slices.Contains(args, "--output") {
		args = append(args, "--output", "type=oci,tar=false,dest="+dest)
	}
	out, err := p.buildctlCommand(frontend, args...).CombinedOutput()
	return outcome{t: p.t, log: string(out), err: err, dir: dest}
}

// buildctlCommand returns a build command with the run's frontend and base.
func (p *project) buildctlCommand(frontend string, args ...string) *exec.Cmd {
	p.t.Helper()
	args = append([]string{
		"build", "--progress=plain", "--frontend", frontend,
		"--oci-layout", "frontend=" + env.frontend.dir,
		"--opt", "context:" + frontendName + "=oci-layout://frontend@" + env.frontend.digest.String(),
	}, append(baseArgs(p.t), args...)...)
	cmd := tool(p.t.Context(), "buildctl", args...)
	cmd.Env = append(cmd.Env, p.vars...)
	return cmd
}

// baseArgs returns buildctl's flags for the run's base, by digest: buildctl resolves no
// tags in layouts.
func baseArgs(t *testing.T) []string {
	t.Helper()
	dir, ok := strings.CutPrefix(env.base, "oci-layout://")
	if !ok {
		return []string{"--opt", "context:" + baseName + "=" + env.base}
	}
	dir, _, _ = strings.Cut(dir, ":")
	return []string{
		"--oci-layout", "base=" + dir,
		"--opt", "context:" + baseName + "=oci-layout://base@" + onlyManifest(t, dir).String(),
	}
}

// TestBuildctl selects the frontend in both ways: by an option, and by the syntax line of
// the file.
func TestBuildctl(t *testing.T) {
	for name, build := range map[string]func(*project) outcome{
		"gateway": func(p *project) outcome {
			return p.buildctl("gateway.v0", "--opt", "source="+frontendName)
		},
		"syntax line": func(p *project) outcome {
			return p.buildctl("dockerfile.v0", "--opt", "filename=Scratchfile")
		},
	} {
		t.Run(name, func(t *testing.T) {
			img := build(newProject(t, map[string]string{
				"Scratchfile": scratchfile("-static", ""),
				"hello.c":     hello,
			})).image()
			if got := img.run(); got != "hello\n" {
				t.Errorf("output %q", got)
			}
		})
	}
}

// TestGatewayFallsBackToDockerfile passes no file name, and there is no Scratchfile.
func TestGatewayFallsBackToDockerfile(t *testing.T) {
	newProject(t, map[string]string{
		"Dockerfile": scratchfile("-static", ""),
		"hello.c":    hello,
	}).buildctl("gateway.v0", "--opt", "source="+frontendName).image().run()
}

// TestNoFile: the error names both files.
func TestNoFile(t *testing.T) {
	newProject(t, map[string]string{"hello.c": hello}).
		buildctl("gateway.v0", "--opt", "source="+frontendName).
		refused("Scratchfile", "Dockerfile")
}
