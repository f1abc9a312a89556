package ocilayout

import (
	"bytes"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// NewLayer makes a layer of the tar archive that archive writes. It compresses the layer with
// zstd.
func NewLayer(createdBy string, archive func(io.Writer) error) (Layer, error) {
	var out bytes.Buffer
	// One goroutine divides the same input into the same blocks.
	z, err := zstd.NewWriter(&out, zstd.WithEncoderConcurrency(1), zstd.WithEncoderLevel(zstd.SpeedBetterCompression))
	if err != nil {
		return Layer{}, fmt.Errorf("compressing the layer: %w", err)
	}
	l, err := newLayer(createdBy, archive, z)
	if err != nil {
		return Layer{}, err
	}
	if err := z.Close(); err != nil {
		return Layer{}, fmt.Errorf("compressing the layer: %w", err)
	}
	l.mediaType, l.data = ocispec.MediaTypeImageLayerZstd, out.Bytes()
	return l, nil
}

// NewUncompressedLayer is like NewLayer, for files that are compressed already.
func NewUncompressedLayer(createdBy string, archive func(io.Writer) error) (Layer, error) {
	var out bytes.Buffer
	l, err := newLayer(createdBy, archive, &out)
	l.mediaType, l.data = ocispec.MediaTypeImageLayer, out.Bytes()
	return l, err
}

func newLayer(createdBy string, archive func(io.Writer) error, to io.Writer) (Layer, error) {
	digester := digest.Canonical.Digester()
	if err := archive(io.MultiWriter(to, digester.Hash())); err != nil {
		return Layer{}, fmt.Errorf("archiving the layer: %w", err)
	}
	return Layer{createdBy: createdBy, diffID: digester.Digest()}, nil
}
