package ocilayout

import (
	"archive/tar"
	"bytes"
	_ "crypto/sha256" // for go-digest
	"fmt"
	"io"
	"time"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Program is the binary's name in the image, and its entrypoint.
const Program = "scratch-frontend"

const nonRoot = "65532:65532"

// Image describes the image to write.
type Image struct {
	// Binary is the static program.
	Binary []byte
	// Platform is what the binary was built for.
	Platform ocispec.Platform
	// Tag is the name index.json knows the image by.
	Tag string
	// Created dates the image and its file; the zero time stands for the epoch.
	Created time.Time
}

func labels() map[string]string {
	return map[string]string{
		"moby.buildkit.frontend.network.none": "true",
		"moby.buildkit.frontend.caps":         "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts",
	}
}

func (i Image) created() time.Time {
	if i.Created.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return i.Created.UTC()
}

// layer is the image's only layer: its compressed bytes, and the digest that
// the configuration has of the uncompressed ones.
func (i Image) layer() (compressed []byte, diffID digest.Digest, err error) {
	var out bytes.Buffer
	// One goroutine, so that the same input is cut into the same blocks.
	z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return nil, "", fmt.Errorf("compressing the layer: %w", err)
	}
	digester := digest.Canonical.Digester()
	if err := i.archive(io.MultiWriter(z, digester.Hash())); err != nil {
		return nil, "", fmt.Errorf("archiving the binary: %w", err)
	}
	if err := z.Close(); err != nil {
		return nil, "", fmt.Errorf("compressing the layer: %w", err)
	}
	return out.Bytes(), digester.Digest(), nil
}

func (i Image) archive(w io.Writer) error {
	t := tar.NewWriter(w)
	header := &tar.Header{
		Typeflag: tar.TypeReg,
		Name:     Program,
		Mode:     0o755,
		Size:     int64(len(i.Binary)),
		ModTime:  i.created(),
		Format:   tar.FormatPAX,
	}
	if err := t.WriteHeader(header); err != nil {
		return err
	}
	if _, err := t.Write(i.Binary); err != nil {
		return err
	}
	return t.Close()
}

func (i Image) config(diffID digest.Digest) ocispec.Image {
	created := i.created()
	return ocispec.Image{
		Created:  &created,
		Platform: i.Platform,
		Config: ocispec.ImageConfig{
			User:       nonRoot,
			Entrypoint: []string{"/" + Program},
			WorkingDir: "/",
			Labels:     labels(),
		},
		RootFS:  ocispec.RootFS{Type: "layers", DiffIDs: []digest.Digest{diffID}},
		History: []ocispec.History{{Created: &created, CreatedBy: "COPY " + Program + " /"}},
	}
}

func manifest(config, layer ocispec.Descriptor) ocispec.Manifest {
	return ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    config,
		Layers:    []ocispec.Descriptor{layer},
	}
}
