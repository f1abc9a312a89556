package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// across returns what builds a file for a platform, in the base that has all packages.
func across(file, platform string) func(context.Context, *bench, string, string, ...string) (*exec.Cmd, error) {
	return func(ctx context.Context, b *bench, dir, output string, more ...string) (*exec.Cmd, error) {
		base, err := b.servedBase(ctx)
		if err != nil {
			return nil, err
		}
		return buildx(file)(ctx, b, dir, output, append(more, "--build-context", baseName+"="+base, "--platform", platform)...)
	}
}

// servedBase returns the base with the repository of a server, which also has the largest
// packages: clang is one. It makes that base once. The server runs until the bench ends.
func (b *bench) servedBase(ctx context.Context) (string, error) {
	dir := filepath.Join(b.tmp, "served")
	image := filepath.Join(dir, "image")
	tag := strings.TrimPrefix(baseName, "alpine:")
	context := "oci-layout://" + image + ":" + tag
	if _, err := os.Stat(image); err == nil {
		return context, nil
	}
	layout, err := filepath.EvalSymlinks(filepath.Join(b.cache, "alpine"))
	if err != nil {
		return "", err
	}
	repository := httptest.NewServer(http.FileServer(http.Dir(layout + ".repo"))).URL
	if err := writeFile(dir, "repositories", repository+"\n"); err != nil {
		return "", err
	}
	if err := writeFile(dir, "Dockerfile", "FROM "+baseName+"\nCOPY repositories /etc/apk/\n"); err != nil {
		return "", err
	}
	out, err := b.tool(ctx, "docker-buildx", "build", "--platform", "linux/amd64,linux/arm64", "--build-context", b.baseContext(),
		"--output", "type=oci,tar=false,name=base:"+tag+",dest="+image, dir).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("a base made of the fixture: %w\n%s", err, out)
	}
	return context, nil
}
