package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/distribution/reference"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"
)

// buildContexts are the contexts of a build as a daemon is told of them.
type buildContexts struct {
	// attrs are request options, locals the folders and stores the OCI layouts that
	// they name.
	attrs  map[string]string
	locals map[string]fsutil.FS
	stores map[string]content.Store
}

// parseContexts reads contexts as docker buildx has them: NAME=PATH,
// NAME=oci-layout://PATH[:TAG][@DIGEST], or NAME= with what the frontend itself
// fetches (docker-image://, http://, https://, Git).
func parseContexts(ctx context.Context, list []string) (buildContexts, error) {
	out := buildContexts{map[string]string{}, map[string]fsutil.FS{}, map[string]content.Store{}}
	for _, item := range list {
		name, value, ok := strings.Cut(item, "=")
		named, err := reference.ParseNormalizedNamed(name)
		if !ok || value == "" || err != nil {
			return out, fmt.Errorf("--build-context %s: it is NAME=PATH, or NAME=KIND://…", item)
		}
		// As the frontend looks for it.
		name = strings.TrimSuffix(reference.FamiliarString(named), ":latest")
		if err := out.add(ctx, name, value); err != nil {
			return out, fmt.Errorf("--build-context %s: %w", item, err)
		}
	}
	return out, nil
}

func (c *buildContexts) add(ctx context.Context, name, value string) error {
	layout, isLayout := strings.CutPrefix(value, "oci-layout://")
	switch {
	case isLayout:
		return c.addLayout(ctx, name, layout)
	case strings.Contains(value, "://") || strings.HasPrefix(value, "git@"):
		c.attrs["context:"+name] = value
		return nil
	}
	fs, err := openFolder(value)
	if err != nil {
		return err
	}
	// No context has a name that begins so: one may be named as a folder of the
	// build's own, such as "context".
	id := "_" + name
	c.attrs["context:"+name] = "local:" + id
	c.locals[id] = fs
	return nil
}

// openFolder names a folder that is not there, which fsutil's error does not.
func openFolder(dir string) (fsutil.FS, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	return fsutil.NewFS(dir)
}

func (c *buildContexts) addLayout(ctx context.Context, name, ref string) error {
	dir, tag, dgst := splitLayout(ref)
	// A store makes the folder that it is in.
	if _, err := os.Stat(dir); err != nil {
		return err
	}
	if dgst == "" {
		found, err := layoutDigest(dir, tag)
		if err != nil {
			return err
		}
		dgst = found
	}
	store, err := local.NewStore(dir)
	if err != nil {
		return err
	}
	if _, err := store.Info(ctx, dgst); err != nil {
		return fmt.Errorf("%s: %w", dir, err)
	}
	id := layoutID(name)
	c.attrs["context:"+name] = "oci-layout://" + id + "@" + dgst.String()
	c.stores[id] = store
	return nil
}

// layoutID is a name for a store that is part of references, which not every name
// of a context may be.
func layoutID(name string) string { return "layout-" + hex.EncodeToString([]byte(name)) }

// splitLayout takes PATH[:TAG][@DIGEST] apart.
func splitLayout(ref string) (dir, tag string, dgst digest.Digest) {
	dir = ref
	if at := strings.LastIndex(ref, "@"); at >= 0 {
		if d, err := digest.Parse(ref[at+1:]); err == nil {
			dir, dgst = ref[:at], d
		}
	}
	if colon := strings.LastIndex(dir, ":"); colon > strings.LastIndexAny(dir, `/\`) {
		dir, tag = dir[:colon], dir[colon+1:]
	}
	return dir, tag, dgst
}

// maxIndex is the largest index of a layout, in bytes: registries take no larger one.
const maxIndex = 4 << 20

// layoutDigest looks an image up in a layout's index. The only image of a layout
// needs no name, and goes by any.
func layoutDigest(dir, tag string) (digest.Digest, error) {
	data, err := readFile(filepath.Join(dir, ocispecs.ImageIndexFile), maxIndex)
	if err != nil {
		return "", err
	}
	var index ocispecs.Index
	if err := json.Unmarshal(data, &index); err != nil {
		return "", fmt.Errorf("%s: %w", ocispecs.ImageIndexFile, err)
	}
	if len(index.Manifests) == 1 {
		return index.Manifests[0].Digest, nil
	}
	i := slices.IndexFunc(index.Manifests, func(d ocispecs.Descriptor) bool {
		return d.Annotations[ocispecs.AnnotationRefName] == tag
	})
	if i < 0 {
		return "", fmt.Errorf("%s has %d images, none of them named %q", dir, len(index.Manifests), tag)
	}
	return index.Manifests[i].Digest, nil
}
