package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// group is the frontends that one client can use. This project's frontend is the first.
type group struct {
	client    string
	sides     []side
	scenarios []scenario
}

// side is one way to build the project.
type side struct {
	name    string
	command func(context.Context, *bench) (*exec.Cmd, error)
}

func groups() []group {
	return []group{
		{"docker buildx", []side{
			{"Scratchfile", buildx("Scratchfile")},
			{"Dockerfile", buildx("Dockerfile")},
			{"its image", buildx("Dockerfile.image")},
		}, scenarios()},
		{"no frontend image", []side{
			{"scratch", scratchIn("")},
			{"buildctl", buildctl},
		}, scenarios()},
		{"evidence of links", []side{
			{"with", scratchIn("")},
			{"without", scratchIn(withoutLinker)},
		}, []scenario{oneLink, manyLinks}},
	}
}

func buildx(file string) func(context.Context, *bench) (*exec.Cmd, error) {
	return func(ctx context.Context, b *bench) (*exec.Cmd, error) {
		return b.tool(ctx, "docker-buildx", "build", "--progress=plain",
			"-f", filepath.Join(b.project.dir, file),
			"--build-context", "rene2/scratch-frontend=oci-layout://"+filepath.Join(b.cache, "frontend"),
			"--build-context", dockerImage+"=oci-layout://"+filepath.Join(b.cache, "dockerfile"),
			"--build-context", b.baseContext(),
			"--output", b.output(),
			b.project.dir), nil
	}
}

// withoutLinker is a folder beside the tools with the command line alone. Without the
// linker's wrapper beside it, it records no links.
const withoutLinker = "without-linker"

// scratchIn builds with the frontend inside the command line, from a folder of the tools.
func scratchIn(dir string) func(context.Context, *bench) (*exec.Cmd, error) {
	return func(ctx context.Context, b *bench) (*exec.Cmd, error) {
		return b.tool(ctx, filepath.Join(dir, "scratch"), "build", "--progress=plain",
			"--build-context", b.baseContext(), "--output", b.output(), b.project.dir), nil
	}
}

// buildctl builds with the daemon's own dockerfile.v0.
func buildctl(ctx context.Context, b *bench) (*exec.Cmd, error) {
	base, err := filepath.EvalSymlinks(filepath.Join(b.cache, "alpine"))
	if err != nil {
		return nil, err
	}
	digest, err := os.ReadFile(base + ".digest")
	if err != nil {
		return nil, err
	}
	return b.tool(ctx, "buildctl", "build", "--progress=plain", "--frontend", "dockerfile.v0",
		"--local", "context="+b.project.dir, "--local", "dockerfile="+b.project.dir,
		"--oci-layout", "base="+base, "--opt", "context:"+baseName+"=oci-layout://base@"+strings.TrimSpace(string(digest)),
		"--output", b.output()), nil
}

const baseName = spec.DefaultBase

func (b *bench) baseContext() string {
	return baseName + "=oci-layout://" + filepath.Join(b.cache, "alpine") + ":" + strings.TrimPrefix(baseName, "alpine:")
}

func (b *bench) output() string {
	return "type=oci,dest=" + filepath.Join(b.project.dir, "..", "image.tar")
}
