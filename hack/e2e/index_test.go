//go:build e2e

package e2e

import (
	"encoding/json"
	"testing"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// index is an image for one or more platforms, with its attestations, read from an OCI
// layout.
type index struct {
	t     *testing.T
	dir   string
	desc  ocispecs.Descriptor
	index ocispecs.Index
}

func readIndex(t *testing.T, dir string) *index {
	t.Helper()
	x := &index{t: t, dir: dir, desc: only(t, dir)}
	readJSON(t, blob(dir, x.desc.Digest), &x.index)
	if len(x.index.Manifests) == 0 {
		t.Fatalf("%s in %s is no index, or an empty one", x.desc.Digest, dir)
	}
	return x
}

// platforms returns the platforms that the image is for.
func (x *index) platforms() []string {
	var out []string
	for _, m := range x.index.Manifests {
		if m.Platform != nil && m.Platform.OS != "unknown" {
			out = append(out, platforms.FormatAll(*m.Platform))
		}
	}
	return out
}

// platform returns the descriptor of the image for a platform.
func (x *index) platform(name string) ocispecs.Descriptor {
	x.t.Helper()
	for _, m := range x.index.Manifests {
		if m.Platform != nil && platforms.FormatAll(*m.Platform) == name {
			return m
		}
	}
	x.t.Fatalf("the index has no %s, but %v", name, x.platforms())
	return ocispecs.Descriptor{}
}

func (x *index) image(platform string) *image {
	x.t.Helper()
	return readManifest(x.t, x.dir, x.platform(platform).Digest)
}

// statement is an in-toto statement. The form of the predicate depends on its type.
type statement struct {
	PredicateType string          `json:"predicateType"`
	Predicate     json.RawMessage `json:"predicate"`
}

// attestations returns the statements about the image for a platform.
func (x *index) attestations(platform string) []statement {
	x.t.Helper()
	about := x.platform(platform).Digest.String()
	var out []statement
	for _, m := range x.index.Manifests {
		if m.Annotations["vnd.docker.reference.digest"] != about {
			continue
		}
		var manifest ocispecs.Manifest
		readJSON(x.t, blob(x.dir, m.Digest), &manifest)
		for _, l := range manifest.Layers {
			var s statement
			readJSON(x.t, blob(x.dir, l.Digest), &s)
			out = append(out, s)
		}
	}
	return out
}

// attestation returns the only statement of a type about the image for a platform.
func (x *index) attestation(platform, predicateType string) statement {
	x.t.Helper()
	var out []statement
	for _, s := range x.attestations(platform) {
		if s.PredicateType == predicateType {
			out = append(out, s)
		}
	}
	if len(out) != 1 {
		x.t.Fatalf("%d attestations of type %s about %s, want 1", len(out), predicateType, platform)
	}
	return out[0]
}
