package main

import (
	"context"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// side is one way to build a project.
type side struct {
	name string
	// command builds the project in dir and writes the image to a file.
	command func(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error)
}

// These are the sides. The frontend of this project is on the first one of a table.
var (
	byBuildx      = side{"Scratchfile", buildx("Scratchfile")}
	byBuiltIn     = side{"Dockerfile", buildx("Dockerfile")}
	byImage       = side{"Dockerfile, by an image", buildx("Dockerfile.image")}
	byScratch     = side{"`scratch build`", scratchBuild}
	byBuildctl    = side{"`buildctl`, Dockerfile", buildctl}
	crossCompiled = side{"Scratchfile", across("Scratchfile", "linux/arm64")}
	forAMD64      = side{"the same, for linux/amd64", across("Scratchfile", "linux/amd64")}
	emulated      = side{"Dockerfile, emulated", across("Dockerfile", "linux/arm64")}
)

func buildx(file string) func(context.Context, *bench, string, string, ...string) (*exec.Cmd, error) {
	return func(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error) {
		return b.tool(ctx, "docker-buildx", append([]string{"build", "--progress=plain",
			"-f", filepath.Join(dir, file),
			"--build-context", "rene2/scratch-frontend=oci-layout://" + filepath.Join(b.cache, "frontend"),
			"--build-context", dockerImage + "=oci-layout://" + filepath.Join(b.cache, "dockerfile"),
			"--build-context", b.baseContext(),
			"--output", "type=oci,dest=" + output, dir}, more...)...), nil
	}
}

// across builds a file for a platform.
func across(file, platform string) func(context.Context, *bench, string, string, ...string) (*exec.Cmd, error) {
	return func(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error) {
		return buildx(file)(ctx, b, dir, output, append(more, "--platform", platform)...)
	}
}

// scratchBuild builds with the frontend inside the command line.
func scratchBuild(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error) {
	return b.tool(ctx, "scratch", append([]string{"build", "--progress=plain",
		"--build-context", b.baseContext(), "--output", "type=oci,dest=" + output, dir}, more...)...), nil
}

// buildctl builds with the daemon's own dockerfile.v0.
func buildctl(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error) {
	for i, arg := range more {
		more[i] = strings.NewReplacer("--cache-to", "--export-cache", "--cache-from", "--import-cache").Replace(arg)
	}
	return b.tool(ctx, "buildctl", append([]string{"build", "--progress=plain", "--frontend", "dockerfile.v0",
		"--local", "context=" + dir, "--local", "dockerfile=" + dir,
		"--oci-layout", "base=" + b.base.layout, "--opt", "context:" + baseName + "=oci-layout://base@" + b.base.digest,
		"--output", "type=oci,dest=" + output}, more...)...), nil
}

const baseName = spec.DefaultBase

func (b *bench) baseContext() string {
	return baseName + "=oci-layout://" + b.base.layout + "@" + b.base.digest
}
