package ocilayout

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Write writes an OCI layout of an image to dir and returns the digest of the manifest, or, if
// the image has several platforms or attestations, of the index of them. It replaces a layout. Any
// other directory that is not empty is an error.
func Write(ctx context.Context, dir string, platforms ...Image) (digest.Digest, error) {
	dgst, err := write(ctx, dir, platforms)
	if err != nil {
		return "", fmt.Errorf("writing the image to %s: %w", dir, err)
	}
	return dgst, nil
}

func write(ctx context.Context, dir string, platforms []Image) (digest.Digest, error) {
	if len(platforms) == 0 || platforms[0].Tag == "" {
		return "", errors.New("the image has no tag")
	}
	if err := checkReplaceable(dir); err != nil {
		return "", err
	}
	parent := filepath.Dir(filepath.Clean(dir))
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return "", err
	}
	// Readers see the old layout or the new one, not half of one.
	next, err := os.MkdirTemp(parent, ".layout-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(next)
	dgst, err := fill(ctx, next, platforms)
	if err != nil {
		return "", err
	}
	if err := os.RemoveAll(dir); err != nil {
		return "", err
	}
	return dgst, os.Rename(next, dir)
}

// checkReplaceable returns an error for a directory that is not empty and no layout.
func checkReplaceable(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) || err == nil && len(entries) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(dir, ocispec.ImageLayoutFile)); err != nil {
		return fmt.Errorf("the directory is neither empty nor an OCI layout: %w", err)
	}
	return nil
}

func fill(ctx context.Context, dir string, platforms []Image) (digest.Digest, error) {
	if err := os.Chmod(dir, 0o755); err != nil {
		return "", err
	}
	manifests, err := putImages(ctx, dir, platforms)
	if err != nil {
		return "", err
	}
	desc := manifests[0]
	if len(manifests) > 1 {
		if desc, err = putJSON(ctx, dir, ocispec.MediaTypeImageIndex, indexOf(manifests...)); err != nil {
			return "", err
		}
	}
	desc.Annotations = map[string]string{ocispec.AnnotationRefName: platforms[0].Tag}
	if err := writeJSON(filepath.Join(dir, ocispec.ImageIndexFile), indexOf(desc)); err != nil {
		return "", err
	}
	layout := ocispec.ImageLayout{Version: ocispec.ImageLayoutVersion}
	return desc.Digest, writeJSON(filepath.Join(dir, ocispec.ImageLayoutFile), layout)
}

// putImages stores the images, and behind them what is attested of each.
func putImages(ctx context.Context, dir string, platforms []Image) ([]ocispec.Descriptor, error) {
	var manifests, attestations []ocispec.Descriptor
	for _, image := range platforms {
		desc, err := putImage(ctx, dir, image)
		if err != nil {
			return nil, err
		}
		manifests = append(manifests, desc)
		if image.Attest == nil {
			continue
		}
		if desc, err = putAttestations(ctx, dir, image, desc.Digest); err != nil {
			return nil, err
		}
		attestations = append(attestations, desc)
	}
	return append(manifests, attestations...), nil
}

// putAttestations stores what is attested of an image, in the form in which BuildKit stores
// it: as the layers of an image of no platform.
func putAttestations(ctx context.Context, dir string, image Image, of digest.Digest) (ocispec.Descriptor, error) {
	statements, err := image.Attest(of)
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	nowhere := ocispec.Platform{OS: "unknown", Architecture: "unknown"}
	rootFS := ocispec.RootFS{Type: "layers"}
	var layers []ocispec.Descriptor
	for _, s := range statements {
		layer, err := putBlob(ctx, dir, "application/vnd.in-toto+json", s.Data)
		if err != nil {
			return ocispec.Descriptor{}, err
		}
		layer.Annotations = map[string]string{"in-toto.io/predicate-type": s.PredicateType}
		layers, rootFS.DiffIDs = append(layers, layer), append(rootFS.DiffIDs, layer.Digest)
	}
	config, err := putJSON(ctx, dir, ocispec.MediaTypeImageConfig, ocispec.Image{Platform: nowhere, RootFS: rootFS})
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	desc, err := putJSON(ctx, dir, ocispec.MediaTypeImageManifest, manifest(config, layers))
	desc.Platform = &nowhere
	desc.Annotations = map[string]string{
		"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": of.String(),
	}
	return desc, err
}

func indexOf(manifests ...ocispec.Descriptor) ocispec.Index {
	return ocispec.Index{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageIndex,
		Manifests: manifests,
	}
}

// putImage stores the blobs of the image. It returns the descriptor of the manifest.
func putImage(ctx context.Context, dir string, image Image) (ocispec.Descriptor, error) {
	var layers []ocispec.Descriptor
	for _, l := range image.Layers {
		layer, err := putBlob(ctx, dir, l.mediaType, l.data)
		if err != nil {
			return ocispec.Descriptor{}, err
		}
		layers = append(layers, layer)
	}
	config, err := putJSON(ctx, dir, ocispec.MediaTypeImageConfig, image.config())
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	desc, err := putJSON(ctx, dir, ocispec.MediaTypeImageManifest, manifest(config, layers))
	if err != nil {
		return ocispec.Descriptor{}, err
	}
	platform := image.Platform
	desc.Platform = &platform
	return desc, nil
}

func putJSON(ctx context.Context, dir, mediaType string, v any) (ocispec.Descriptor, error) {
	data, err := json.Marshal(v)
	if err != nil {
		return ocispec.Descriptor{}, fmt.Errorf("encoding %s: %w", mediaType, err)
	}
	return putBlob(ctx, dir, mediaType, data)
}

func putBlob(ctx context.Context, dir, mediaType string, data []byte) (ocispec.Descriptor, error) {
	if err := ctx.Err(); err != nil {
		return ocispec.Descriptor{}, err
	}
	desc := ocispec.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	blobs := filepath.Join(dir, ocispec.ImageBlobsDir, desc.Digest.Algorithm().String())
	if err := os.MkdirAll(blobs, 0o755); err != nil {
		return ocispec.Descriptor{}, err
	}
	return desc, os.WriteFile(filepath.Join(blobs, desc.Digest.Encoded()), data, 0o644)
}

func writeJSON(path string, v any) error {
	data, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encoding %s: %w", filepath.Base(path), err)
	}
	return os.WriteFile(path, data, 0o644)
}
