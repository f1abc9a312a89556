package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// base is the image that all builds begin with, as a layout, for two platforms.
type base struct{ layout, digest string }

// served makes the fixture's base one with the repository of a server, which also has the
// large packages, in a new folder. The server runs until stop.
func (b *bench) served(ctx context.Context) (made base, stop func(), err error) {
	fixture, err := filepath.EvalSymlinks(filepath.Join(b.cache, "alpine"))
	if err != nil {
		return made, nil, err
	}
	dir, err := os.MkdirTemp(b.tmp, "base-")
	if err != nil {
		return made, nil, err
	}
	server := httptest.NewServer(http.FileServer(http.Dir(fixture + ".repo")))
	made.layout = filepath.Join(dir, "image")
	if err := errors.Join(
		writeFile(dir, "repositories", server.URL+"\n"),
		writeFile(dir, "Dockerfile", "FROM "+baseName+"\nCOPY repositories /etc/apk/\n"),
	); err != nil {
		return made, server.Close, err
	}
	out, err := b.tool(ctx, "docker-buildx", "build", "--platform", "linux/amd64,linux/arm64", "--build-context", baseName+"=oci-layout://"+fixture+":3.24",
		"--output", "type=oci,tar=false,dest="+made.layout, dir).CombinedOutput()
	if err != nil {
		return made, server.Close, fmt.Errorf("the base: %w\n%s", err, out)
	}
	var index ocispec.Index
	data, err := os.ReadFile(filepath.Join(made.layout, ocispec.ImageIndexFile))
	if err == nil {
		err = json.Unmarshal(data, &index)
	}
	if err == nil && len(index.Manifests) != 1 {
		err = errors.New("the base is not one image")
	}
	if err == nil {
		made.digest = index.Manifests[0].Digest.String()
	}
	return made, server.Close, err
}
