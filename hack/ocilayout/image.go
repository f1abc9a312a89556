package ocilayout

import (
	_ "crypto/sha256" // for go-digest
	"time"

	"github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// Image is the image to write.
type Image struct {
	Config   ocispec.ImageConfig
	Platform ocispec.Platform
	Layers   []Layer
	// Attest, if set, returns what is attested of the image, by the digest of its manifest.
	Attest func(manifest digest.Digest) ([]Statement, error)
	// Tag is the name of the image in index.json.
	Tag string
	// Created is the time of the image. The zero time means 1970-01-01.
	Created time.Time
}

// Statement is an in-toto statement in JSON.
type Statement struct {
	PredicateType string
	Data          []byte
}

func (i Image) config() ocispec.Image {
	created := orEpoch(i.Created)
	config := ocispec.Image{
		Created:  &created,
		Platform: i.Platform,
		Config:   i.Config,
		RootFS:   ocispec.RootFS{Type: "layers"},
	}
	for _, l := range i.Layers {
		config.RootFS.DiffIDs = append(config.RootFS.DiffIDs, l.diffID)
		config.History = append(config.History, ocispec.History{Created: &created, CreatedBy: l.createdBy})
	}
	return config
}

func orEpoch(t time.Time) time.Time {
	if t.IsZero() {
		return time.Unix(0, 0).UTC()
	}
	return t.UTC()
}

func manifest(config ocispec.Descriptor, layers []ocispec.Descriptor) ocispec.Manifest {
	return ocispec.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		MediaType: ocispec.MediaTypeImageManifest,
		Config:    config,
		Layers:    layers,
	}
}

// Layer is one layer of an image. NewLayer makes one.
type Layer struct {
	createdBy string
	mediaType string
	data      []byte
	diffID    digest.Digest // of the uncompressed data
}
