package ociimage

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/containerd/containerd/v2/core/remotes"
	"github.com/containerd/containerd/v2/core/remotes/docker"
	"github.com/distribution/reference"
	"github.com/docker/cli/cli/config"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Open opens an image by the path of an OCI archive or layout or, if there is no such file,
// by its name in a registry.
func Open(name string) (Blobs, func() error, error) {
	info, err := os.Stat(name)
	switch {
	case errors.Is(err, os.ErrNotExist):
		blobs, nameErr := newRegistry(name)
		if nameErr != nil {
			return nil, nil, err // it can mean a file alone
		}
		return blobs, func() error { return nil }, nil
	case err != nil:
		return nil, nil, err
	case info.IsDir():
		return layout(name), func() error { return nil }, nil
	case !info.Mode().IsRegular():
		return nil, nil, fmt.Errorf("%s is neither a file nor a folder", name)
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	blobs, err := newArchive(f)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("%s is no OCI archive: %w", name, err), f.Close())
	}
	return blobs, f.Close, nil
}

// rootOf returns the one image of an index.json. BuildKit lists an image with two names
// twice.
func rootOf(r io.Reader) (root ocispecs.Descriptor, err error) {
	data, err := io.ReadAll(io.LimitReader(r, maxDocument))
	if err != nil {
		return root, err
	}
	var index ocispecs.Index
	if err := json.Unmarshal(data, &index); err != nil {
		return root, fmt.Errorf("%s: %w", ocispecs.ImageIndexFile, err)
	}
	for _, d := range index.Manifests {
		if root.Digest != "" && root.Digest != d.Digest {
			return root, fmt.Errorf("it has several images, %s and %s", root.Digest, d.Digest)
		}
		root = d
	}
	if root.Digest == "" {
		return root, errors.New("it has no image")
	}
	return root, nil
}

func blobFile(d digest.Digest) string {
	return filepath.Join(ocispecs.ImageBlobsDir, d.Algorithm().String(), d.Encoded())
}

// layout is a folder with an OCI layout.
type layout string

func (l layout) Root(context.Context) (ocispecs.Descriptor, error) {
	f, err := openRegular(filepath.Join(string(l), ocispecs.ImageIndexFile))
	if errors.Is(err, os.ErrNotExist) {
		return ocispecs.Descriptor{}, fmt.Errorf("the folder is no OCI layout: it has no %s", ocispecs.ImageIndexFile)
	}
	if err != nil {
		return ocispecs.Descriptor{}, err
	}
	defer f.Close()
	return rootOf(f)
}

func (l layout) Open(_ context.Context, d ocispecs.Descriptor) (io.ReadCloser, error) {
	return openRegular(filepath.Join(string(l), blobFile(d.Digest)))
}

// openRegular opens a regular file. To open a FIFO would wait for somebody to write to it.
func openRegular(name string) (*os.File, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is %s, not a regular file", name, quote.FileType(info.Mode()))
	}
	return os.Open(name)
}

// archive is a tar file with an OCI layout. It is not unpacked.
type archive struct {
	file  *os.File
	parts map[string]part
}

type part struct{ at, size int64 }

func newArchive(f *os.File) (*archive, error) {
	a := &archive{f, map[string]part{}}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		at, err := f.Seek(0, io.SeekCurrent)
		if err != nil {
			return nil, err
		}
		if h.Typeflag == tar.TypeReg {
			a.parts[filepath.Clean(h.Name)] = part{at, h.Size}
		}
	}
	if _, ok := a.parts[ocispecs.ImageIndexFile]; !ok {
		return nil, fmt.Errorf("it has no %s", ocispecs.ImageIndexFile)
	}
	return a, nil
}

func (a *archive) section(name string) (*io.SectionReader, error) {
	p, ok := a.parts[name]
	if !ok {
		return nil, fmt.Errorf("%s has no %s", a.file.Name(), name)
	}
	return io.NewSectionReader(a.file, p.at, p.size), nil
}

func (a *archive) Root(context.Context) (ocispecs.Descriptor, error) {
	r, err := a.section(ocispecs.ImageIndexFile)
	if err != nil {
		return ocispecs.Descriptor{}, err
	}
	return rootOf(r)
}

func (a *archive) Open(_ context.Context, d ocispecs.Descriptor) (io.ReadCloser, error) {
	r, err := a.section(blobFile(d.Digest))
	if err != nil {
		return nil, err
	}
	return io.NopCloser(r), nil
}

// registry is an image in a registry. Logins are those of Docker.
type registry struct {
	name     string
	resolver remotes.Resolver
	fetcher  remotes.Fetcher
}

func newRegistry(name string) (*registry, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return nil, err
	}
	logins := config.LoadDefaultConfigFile(io.Discard)
	login := func(host string) (string, string, error) {
		auth, err := logins.GetAuthConfig(loginName(host))
		if auth.IdentityToken != "" {
			return "", auth.IdentityToken, err
		}
		return auth.Username, auth.Password, err
	}
	hosts := docker.ConfigureDefaultRegistries(
		docker.WithAuthorizer(docker.NewDockerAuthorizer(docker.WithAuthClient(http.DefaultClient), docker.WithAuthCreds(login))),
		docker.WithPlainHTTP(docker.MatchLocalhost),
	)
	return &registry{name: reference.TagNameOnly(named).String(), resolver: docker.NewResolver(docker.ResolverOptions{Hosts: hosts})}, nil
}

// loginName is the name under which Docker keeps the login of a registry. The host of another
// registry may end like that of Docker Hub.
func loginName(host string) string {
	if strings.HasSuffix(host, ".docker.io") {
		return "https://index.docker.io/v1/"
	}
	return host
}

func (r *registry) Root(ctx context.Context) (ocispecs.Descriptor, error) {
	name, d, err := r.resolver.Resolve(ctx, r.name)
	if err != nil {
		return d, fmt.Errorf("there is no such file, and no such image in a registry: %w", err)
	}
	r.fetcher, err = r.resolver.Fetcher(ctx, name)
	return d, err
}

func (r *registry) Open(ctx context.Context, d ocispecs.Descriptor) (io.ReadCloser, error) {
	return r.fetcher.Fetch(ctx, d)
}
