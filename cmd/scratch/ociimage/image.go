// Package ociimage reads an image: from an OCI archive, an OCI layout or a registry. It reads
// what others made, so it limits what it reads, and checks each part against its digest.
package ociimage

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

const (
	// maxDocument is the size of an index, a manifest or a config, in bytes. Registries
	// accept no larger ones.
	maxDocument = 4 << 20
	// maxAttestations is the size of all attestations of an image, in bytes.
	maxAttestations = 32 << 20
	// maxLayers is the size of all layers, unpacked, in bytes.
	maxLayers = 32 << 30
)

// Blobs are the parts of images.
type Blobs interface {
	// Root returns the image's index or manifest.
	Root(ctx context.Context) (ocispecs.Descriptor, error)
	// Open opens a part. The caller checks its digest.
	Open(ctx context.Context, d ocispecs.Descriptor) (io.ReadCloser, error)
}

// Image is an image for one platform.
type Image struct {
	blobs Blobs

	Manifest     ocispecs.Descriptor
	Config       ocispecs.Image
	Layers       []ocispecs.Descriptor
	Attestations []Attestation
}

// Attestation is what the builder says about the image.
type Attestation struct {
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// These are how BuildKit marks the manifests of attestations.
const (
	referenceType   = "vnd.docker.reference.type"
	referenceDigest = "vnd.docker.reference.digest"
)

// Read reads the image for a platform. If the image has only one, a zero platform means it,
// and otherwise that of this machine.
func Read(ctx context.Context, blobs Blobs, platform *ocispecs.Platform) (*Image, error) {
	root, err := blobs.Root(ctx)
	if err != nil {
		return nil, err
	}
	manifests := []ocispecs.Descriptor{root}
	if isIndex(root.MediaType) {
		var index ocispecs.Index
		if err := readJSON(ctx, blobs, root, &index); err != nil {
			return nil, err
		}
		manifests = index.Manifests
	}
	img := &Image{blobs: blobs}
	if img.Manifest, err = choose(manifests, platform); err != nil {
		return nil, err
	}
	var manifest ocispecs.Manifest
	if err := readJSON(ctx, blobs, img.Manifest, &manifest); err != nil {
		return nil, err
	}
	if manifest.Config.Digest == "" {
		return nil, fmt.Errorf("%s is no image: it names no config", img.Manifest.Digest)
	}
	img.Layers = manifest.Layers
	if err := readJSON(ctx, blobs, manifest.Config, &img.Config); err != nil {
		return nil, err
	}
	// An index need not say for which platform its one image is.
	if platform != nil && img.Manifest.Platform == nil {
		if has := platforms.Normalize(img.Config.Platform); !platforms.OnlyStrict(*platform).Match(has) {
			return nil, notFor(*platform, platforms.Format(has))
		}
	}
	left := int64(maxAttestations)
	for _, d := range manifests {
		if d.Annotations[referenceType] != "attestation-manifest" || d.Annotations[referenceDigest] != img.Manifest.Digest.String() {
			continue
		}
		if left, err = img.addAttestations(ctx, d, left); err != nil {
			return nil, err
		}
	}
	return img, nil
}

func isIndex(mediaType string) bool {
	return mediaType == ocispecs.MediaTypeImageIndex || mediaType == "application/vnd.docker.distribution.manifest.list.v2+json"
}

// choose returns the manifest of a platform.
func choose(manifests []ocispecs.Descriptor, want *ocispecs.Platform) (ocispecs.Descriptor, error) {
	images := slices.DeleteFunc(slices.Clone(manifests), func(d ocispecs.Descriptor) bool { return d.Annotations[referenceType] != "" })
	if len(images) == 1 && want == nil {
		return images[0], nil
	}
	if want == nil {
		p := platforms.DefaultSpec()
		want = &p
	}
	var has []string
	for _, d := range images {
		switch {
		case d.Platform == nil && len(images) == 1:
			return d, nil
		case d.Platform == nil:
		case platforms.OnlyStrict(*want).Match(*d.Platform):
			return d, nil
		default:
			has = append(has, platforms.Format(*d.Platform))
		}
	}
	return ocispecs.Descriptor{}, notFor(*want, has...)
}

func notFor(want ocispecs.Platform, has ...string) error {
	return fmt.Errorf("the image is not for %s; it is for %s", platforms.Format(want), strings.Join(has, ", "))
}

// addAttestations reads attestations of at most left bytes, and returns how much is left then.
func (i *Image) addAttestations(ctx context.Context, d ocispecs.Descriptor, left int64) (int64, error) {
	read := func(d ocispecs.Descriptor, to any) error {
		data, err := readBlob(ctx, i.blobs, d, left)
		left -= int64(len(data))
		if err == nil {
			err = json.Unmarshal(data, to)
		}
		return err
	}
	var manifest ocispecs.Manifest
	if err := read(d, &manifest); err != nil {
		return 0, err
	}
	for _, layer := range manifest.Layers {
		var a Attestation
		if err := read(layer, &a); err != nil {
			return 0, err
		}
		i.Attestations = append(i.Attestations, a)
	}
	return left, nil
}

// readJSON reads a document.
func readJSON(ctx context.Context, blobs Blobs, d ocispecs.Descriptor, to any) error {
	data, err := readBlob(ctx, blobs, d, maxDocument)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("%s: %w", d.Digest, err)
	}
	return nil
}

// readBlob reads a part of at most limit bytes, and checks its digest.
func readBlob(ctx context.Context, blobs Blobs, d ocispecs.Descriptor, limit int64) (data []byte, err error) {
	if err := d.Digest.Validate(); err != nil {
		return nil, err
	}
	r, err := blobs.Open(ctx, d)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	if data, err = io.ReadAll(io.LimitReader(r, limit+1)); err != nil {
		return nil, err
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s is larger than %d bytes", d.Digest, limit)
	}
	if d.Digest.Algorithm().FromBytes(data) != d.Digest {
		return nil, fmt.Errorf("%s has other content than its digest says", d.Digest)
	}
	return data, nil
}

// eachLayer calls read with each layer, unpacked, from the lowest to the topmost. It checks
// a layer's digest after it has been read.
func (i *Image) eachLayer(ctx context.Context, read func(io.Reader) error) error {
	left := int64(maxLayers)
	for _, d := range i.Layers {
		n, err := i.layer(ctx, d, left, read)
		if err != nil {
			return fmt.Errorf("layer %s: %w", d.Digest, err)
		}
		left -= n
	}
	return nil
}

func (i *Image) layer(ctx context.Context, d ocispecs.Descriptor, left int64, read func(io.Reader) error) (n int64, err error) {
	if err := d.Digest.Validate(); err != nil {
		return 0, err
	}
	r, err := i.blobs.Open(ctx, d)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	verifier := d.Digest.Verifier()
	packed := io.TeeReader(r, verifier)
	unpacked, err := compression.DecompressStream(packed)
	if err != nil {
		return 0, err
	}
	defer unpacked.Close()
	limited := &io.LimitedReader{R: unpacked, N: left}
	if err := read(limited); err != nil {
		return 0, err
	}
	// What is behind the end of the archive belongs to the digest.
	for _, rest := range []io.Reader{limited, packed} {
		if _, err := io.Copy(io.Discard, rest); err != nil {
			return 0, err
		}
	}
	if limited.N <= 0 {
		return 0, fmt.Errorf("the layers are larger than %d bytes", int64(maxLayers))
	}
	if !verifier.Verified() {
		return 0, errors.New("it has other content than its digest says")
	}
	return left - limited.N, nil
}
