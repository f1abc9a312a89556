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

// buildContexts are the contexts of a build, in the form that a daemon expects.
type buildContexts struct {
	// attrs are the request options. locals and stores are the folders and the OCI
	// layouts that the options name.
	attrs  map[string]string
	locals map[string]fsutil.FS
	stores map[string]content.Store
}

// parseContexts parses contexts in the form of docker buildx: NAME=PATH,
// NAME=oci-layout://PATH[:TAG][@DIGEST], or NAME= and an address that the frontend itself
// fetches (docker-image://, http://, https://, Git).
func parseContexts(ctx context.Context, list []string) (buildContexts, error) {
	out := buildContexts{map[string]string{}, map[string]fsutil.FS{}, map[string]content.Store{}}
	for _, item := range list {
		name, value, ok := strings.Cut(item, "=")
		named, err := reference.ParseNormalizedNamed(name)
		if !ok || value == "" || err != nil {
			return out, fmt.Errorf("--build-context %s: it is NAME=PATH, or NAME=KIND://…", item)
		}
		// The frontend looks for this form of the name.
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
	// The prefix keeps a context that is named "context" apart from the build's own
	// folder of that name. No context has a name that begins with "_".
	id := "_" + name
	c.attrs["context:"+name] = "local:" + id
	c.locals[id] = fs
	return nil
}

// openFolder opens a folder. If it does not exist, the error names it, which fsutil's
// error does not.
func openFolder(dir string) (fsutil.FS, error) {
	if _, err := os.Stat(dir); err != nil {
		return nil, err
	}
	return fsutil.NewFS(dir)
}

func (c *buildContexts) addLayout(ctx context.Context, name, ref string) error {
	dir, tag, dgst := splitLayout(ref)
	// NewStore would create the folder.
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

// layoutID returns a name for a store. References contain it, and not every name of a
// context is valid there.
func layoutID(name string) string { return "layout-" + hex.EncodeToString([]byte(name)) }

// splitLayout splits PATH[:TAG][@DIGEST].
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

// maxIndex is the largest index of a layout, in bytes. Registries accept no larger one.
const maxIndex = 4 << 20

// layoutDigest finds an image in a layout's index. If the layout has one image, any name
// means it.
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
