package e2e

import (
	"context"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// buildctl builds with buildctl, as CI does: frontend is the first frontend that
// the daemon runs, and args come last.
func (p *project) buildctl(frontend string, args ...string) outcome {
	p.t.Helper()
	dest := filepath.Join(p.t.TempDir(), "image")
	args = append([]string{
		"build", "--progress=plain", "--frontend", frontend,
		"--local", "context=" + p.dir, "--local", "dockerfile=" + p.dir,
		"--oci-layout", "frontend=" + env.frontend.dir,
		"--opt", "context:" + frontendName + "=oci-layout://frontend@" + env.frontend.digest.String(),
		"--output", "type=oci,tar=false,dest=" + dest,
	}, append(baseArgs(p.t), args...)...)
	out, err := tool(p.t.Context(), "buildctl", args...).CombinedOutput()
	return outcome{t: p.t, log: string(out), err: err, dir: dest}
}

// baseArgs hands buildctl the run's base: it resolves no tags in layouts.
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

// TestBuildctl runs the frontend both ways that buildctl has: named outright, and
// by the file's syntax line.
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

// TestGatewayFallsBackToDockerfile gives no file name, and there is no
// Scratchfile.
func TestGatewayFallsBackToDockerfile(t *testing.T) {
	newProject(t, map[string]string{
		"Dockerfile": scratchfile("-static", ""),
		"hello.c":    hello,
	}).buildctl("gateway.v0", "--opt", "source="+frontendName).image().run()
}

// TestNoFile names both files that were looked for.
func TestNoFile(t *testing.T) {
	newProject(t, map[string]string{"hello.c": hello}).
		buildctl("gateway.v0", "--opt", "source="+frontendName).
		refused("Scratchfile", "Dockerfile")
}

// TestReproducible builds on two daemons that have nothing in common: the same
// epoch gives the same image, to the byte.
func TestReproducible(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", "files: [data]\n"),
		"hello.c":     hello,
		"data/a":      "a",
	})
	args := []string{"--build-arg", "SOURCE_DATE_EPOCH=1700000000"}
	first := p.buildx(args...).image()

	ctx := context.Background()
	other, err := buildkit.Start(ctx, buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Stop(); err != nil {
			t.Error(err)
		}
	}()
	vars, err := buildkit.Buildx(ctx, env.bin, t.TempDir(), other.Addr())
	if err != nil {
		t.Fatal(err)
	}
	p.vars = vars
	second := p.buildx(args...).image()
	if first.digest != second.digest {
		t.Errorf("image %s on one daemon, %s on the other", first.digest, second.digest)
	}
	if got := first.config.Created.Unix(); got != 1700000000 {
		t.Errorf("created at %d, want the epoch given", got)
	}
}
