package ocilayout_test

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"github.com/opencontainers/go-digest"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

var epoch = time.Unix(1700000000, 0).UTC()

var testProgram = bytes.Repeat([]byte("not really a program\n"), 100_000)

func testImage(t *testing.T) ocilayout.Image { return frontend(t, testProgram) }

// frontend returns the image of a program, with the labels of this repository's Dockerfile.
func frontend(t *testing.T, program []byte) ocilayout.Image {
	t.Helper()
	dockerfile, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	image, err := ocilayout.Frontend(map[string][]byte{ocilayout.Program: program}, dockerfile, epoch)
	if err != nil {
		t.Fatal(err)
	}
	image.Platform, image.Tag = ocispec.Platform{OS: "linux", Architecture: "amd64"}, "latest"
	return image
}

func write(t *testing.T, dir string, image ocilayout.Image) digest.Digest {
	t.Helper()
	dgst, err := ocilayout.Write(t.Context(), dir, image)
	if err != nil {
		t.Fatal(err)
	}
	return dgst
}

// files returns the contents of all files below dir, by their paths.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	found := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(filepath.Join(dir, path))
		found[path] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func decode(t *testing.T, data string, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(data), v); err != nil {
		t.Fatal(err)
	}
}

// layout is a layout that was read from disk. Every digest and size is right.
type layout struct {
	files    map[string]string
	index    ocispec.Index
	manifest ocispec.Manifest
	config   ocispec.Image
}

func (l *layout) blob(t *testing.T, desc ocispec.Descriptor) string {
	t.Helper()
	path := filepath.Join("blobs", "sha256", desc.Digest.Encoded())
	data, ok := l.files[path]
	if !ok {
		t.Fatalf("no blob %s", path)
	}
	if got := digest.FromString(data); got != desc.Digest || int64(len(data)) != desc.Size {
		t.Fatalf("blob %s has digest %s, %d bytes; want %d", path, got, len(data), desc.Size)
	}
	return data
}

func read(t *testing.T, dir string) *layout {
	t.Helper()
	l := &layout{files: files(t, dir)}
	decode(t, l.files["index.json"], &l.index)
	if len(l.index.Manifests) != 1 {
		t.Fatalf("%d manifests in the index", len(l.index.Manifests))
	}
	decode(t, l.blob(t, l.index.Manifests[0]), &l.manifest)
	decode(t, l.blob(t, l.manifest.Config), &l.config)
	return l
}

func TestLayoutIsValid(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	dgst := write(t, dir, testImage(t))
	l := read(t, dir)
	if want := `{"imageLayoutVersion":"1.0.0"}`; l.files["oci-layout"] != want {
		t.Errorf("oci-layout is %s, want %s", l.files["oci-layout"], want)
	}
	if len(l.files) != 5 {
		t.Errorf("%d files; want oci-layout, index.json and three blobs", len(l.files))
	}
	want := ocispec.Descriptor{
		MediaType:   "application/vnd.oci.image.manifest.v1+json",
		Digest:      dgst,
		Size:        l.index.Manifests[0].Size,
		Platform:    &ocispec.Platform{OS: "linux", Architecture: "amd64"},
		Annotations: map[string]string{"org.opencontainers.image.ref.name": "latest"},
	}
	if diff := cmp.Diff(want, l.index.Manifests[0]); diff != "" {
		t.Errorf("index.json (-want +got):\n%s", diff)
	}
}

func TestConfig(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	write(t, dir, testImage(t))
	got := read(t, dir).config
	want := ocispec.Image{
		Created:  &epoch,
		Platform: ocispec.Platform{OS: "linux", Architecture: "amd64"},
		Config: ocispec.ImageConfig{
			User:       "65532:65532",
			Entrypoint: []string{"/scratch-frontend"},
			WorkingDir: "/",
			Labels: map[string]string{
				"moby.buildkit.frontend.network.none": "true",
				"moby.buildkit.frontend.caps":         "moby.buildkit.frontend.inputs,moby.buildkit.frontend.subrequests,moby.buildkit.frontend.contexts,moby.buildkit.frontend.gitquerystring,moby.buildkit.frontend.contexts.zstd",
			},
		},
		RootFS:  ocispec.RootFS{Type: "layers", DiffIDs: got.RootFS.DiffIDs},
		History: []ocispec.History{{Created: &epoch, CreatedBy: "COPY scratch-frontend /"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("config (-want +got):\n%s", diff)
	}
}

func TestLayerHoldsTheBinaryOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	write(t, dir, testImage(t))
	l := read(t, dir)
	archive := decompress(t, l.blob(t, l.manifest.Layers[0]))
	if diff := cmp.Diff([]digest.Digest{digest.FromBytes(archive)}, l.config.RootFS.DiffIDs); diff != "" {
		t.Errorf("diff IDs (-want +got):\n%s", diff)
	}
	r := tar.NewReader(bytes.NewReader(archive))
	header, err := r.Next()
	if err != nil {
		t.Fatal(err)
	}
	if header.Name != "scratch-frontend" || header.Mode != 0o755 || header.Uid != 0 || header.Gid != 0 || !header.ModTime.Equal(epoch) {
		t.Errorf("the entry is %+v", header)
	}
	data, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(data, testProgram) {
		t.Errorf("the binary differs (%v)", err)
	}
	if _, err := r.Next(); !errors.Is(err, io.EOF) {
		t.Errorf("there is a second entry (%v)", err)
	}
}

func decompress(t *testing.T, data string) []byte {
	t.Helper()
	z, err := zstd.NewReader(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	out, err := z.DecodeAll([]byte(data), nil)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestSameInputSameBytes(t *testing.T) {
	one, two := filepath.Join(t.TempDir(), "layout"), filepath.Join(t.TempDir(), "layout")
	if a, b := write(t, one, testImage(t)), write(t, two, testImage(t)); a != b {
		t.Errorf("digests %s and %s", a, b)
	}
	if diff := cmp.Diff(files(t, one), files(t, two)); diff != "" {
		t.Error(diff)
	}
}

func TestReplacesALayout(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	write(t, dir, testImage(t))
	dgst := write(t, dir, frontend(t, []byte("another program")))
	if l := read(t, dir); l.index.Manifests[0].Digest != dgst || len(l.files) != 5 {
		t.Errorf("the layout has %d files and manifest %s", len(l.files), l.index.Manifests[0].Digest)
	}
	if entries, err := os.ReadDir(filepath.Dir(dir)); err != nil || len(entries) != 1 {
		t.Errorf("beside the layout: %v (%v)", entries, err)
	}
}

// TestSeveralPlatforms: the layout's one image is an index with a manifest for each platform, and
// the tag is the index's.
func TestSeveralPlatforms(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	platforms := []ocispec.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm64", Variant: "v8"}}
	var images []ocilayout.Image
	for _, p := range platforms {
		image := frontend(t, []byte(p.Architecture))
		image.Platform = p
		images = append(images, image)
	}
	dgst, err := ocilayout.Write(t.Context(), dir, images...)
	if err != nil {
		t.Fatal(err)
	}
	l := &layout{files: files(t, dir)}
	decode(t, l.files["index.json"], &l.index)
	if len(l.index.Manifests) != 1 || l.index.Manifests[0].Digest != dgst || l.index.Manifests[0].MediaType != ocispec.MediaTypeImageIndex ||
		l.index.Manifests[0].Annotations[ocispec.AnnotationRefName] != "latest" {
		t.Fatalf("index.json: %+v, and the digest %s", l.index.Manifests, dgst)
	}
	var index ocispec.Index
	decode(t, l.blob(t, l.index.Manifests[0]), &index)
	if len(index.Manifests) != len(platforms) {
		t.Fatalf("%d manifests", len(index.Manifests))
	}
	for i, want := range platforms {
		desc := index.Manifests[i]
		decode(t, l.blob(t, desc), &l.manifest)
		decode(t, l.blob(t, l.manifest.Config), &l.config)
		if got := desc.Platform; got.Architecture != want.Architecture || got.Variant != want.Variant || l.config.Architecture != want.Architecture {
			t.Errorf("%+v, of an image for %s; want %+v", got, l.config.Architecture, want)
		}
	}
}

func TestSparesAForeignDirectory(t *testing.T) {
	dir := t.TempDir()
	precious := filepath.Join(dir, "precious")
	if err := os.WriteFile(precious, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := ocilayout.Write(t.Context(), dir, testImage(t)); err == nil {
		t.Error("a directory that is no layout was replaced")
	}
	if _, err := os.Stat(precious); err != nil {
		t.Error(err)
	}
}

// TestAttestations: the index of a layout has an image for each platform, and then what is
// attested of each.
func TestAttestations(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	amd64, arm := testImage(t), testImage(t)
	arm.Platform = ocispec.Platform{OS: "linux", Architecture: "arm", Variant: "v7"}
	attested := map[string]string{}
	for _, image := range []*ocilayout.Image{&amd64, &arm} {
		architecture := image.Platform.Architecture
		image.Attest = func(manifest digest.Digest) ([]ocilayout.Statement, error) {
			attested[manifest.String()] = architecture
			return []ocilayout.Statement{{PredicateType: "example", Data: []byte(architecture)}}, nil
		}
	}
	dgst, err := ocilayout.Write(t.Context(), dir, amd64, arm)
	if err != nil {
		t.Fatal(err)
	}
	l := &layout{files: files(t, dir)}
	var platforms ocispec.Index
	decode(t, l.files["index.json"], &l.index)
	decode(t, l.blob(t, l.index.Manifests[0]), &platforms)
	if got := l.index.Manifests[0]; len(l.index.Manifests) != 1 || got.Digest != dgst || got.Annotations[ocispec.AnnotationRefName] != "latest" {
		t.Errorf("index.json: %+v", l.index.Manifests)
	}
	var architectures []string
	for _, m := range platforms.Manifests {
		architectures = append(architectures, m.Platform.Architecture+m.Platform.Variant)
		decode(t, l.blob(t, m), &l.manifest)
		decode(t, l.blob(t, l.manifest.Config), &l.config)
		if m.Platform.OS != "unknown" {
			continue
		}
		layer := l.manifest.Layers[0]
		if got, want := l.blob(t, layer), attested[m.Annotations["vnd.docker.reference.digest"]]; got != want || want == "" || l.config.RootFS.DiffIDs[0] != layer.Digest {
			t.Errorf("attested of %s: %s, want %s; %+v", m.Annotations, got, want, l.config)
		}
	}
	if diff := cmp.Diff([]string{"amd64", "armv7", "unknown", "unknown"}, architectures); diff != "" {
		t.Error("platforms (-want +got):", diff)
	}
}

func TestTagIsRequired(t *testing.T) {
	image := testImage(t)
	image.Tag = ""
	if _, err := ocilayout.Write(t.Context(), filepath.Join(t.TempDir(), "layout"), image); err == nil {
		t.Error("an image without a tag was written")
	}
}

// TestSecondImageIsAnError: an instruction in the Dockerfile that this package does not
// know is an error.
func TestSecondImageIsAnError(t *testing.T) {
	for dockerfile, want := range map[string]string{
		"FROM scratch\nENV A=1\n":            "ENV",
		"FROM scratch\nEXPOSE 80\n":          "EXPOSE",
		"FROM scratch\nLABEL a=\"unclosed\n": "unexpected end",
		"":                                   "no stage",
	} {
		_, err := ocilayout.Frontend(nil, []byte(dockerfile), epoch)
		if err == nil || !strings.Contains(err.Error(), want) && want != "no stage" {
			t.Errorf("%q: %v, want %q", dockerfile, err, want)
		}
	}
}

func TestLayersInOrder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "layout")
	image := testImage(t)
	plain, err := ocilayout.NewUncompressedLayer("plain", func(w io.Writer) error { return tar.NewWriter(w).Close() })
	if err != nil {
		t.Fatal(err)
	}
	image.Layers = append(image.Layers, plain)
	write(t, dir, image)
	l := read(t, dir)
	if len(l.manifest.Layers) != 2 || l.manifest.Layers[1].MediaType != ocispec.MediaTypeImageLayer {
		t.Fatalf("layers: %+v", l.manifest.Layers)
	}
	if diffIDs := l.config.RootFS.DiffIDs; len(diffIDs) != 2 || diffIDs[1] != l.manifest.Layers[1].Digest {
		t.Errorf("diff IDs %v; of what is not compressed it is the digest", diffIDs)
	}
	if h := l.config.History; len(h) != 2 || h[1].CreatedBy != "plain" {
		t.Errorf("history: %+v", h)
	}
}

func TestParseEpoch(t *testing.T) {
	for value, want := range map[string]int64{"": 0, "0": 0, "1700000000": 1700000000} {
		if got, err := ocilayout.ParseEpoch(value); err != nil || got.Unix() != want {
			t.Errorf("%q is %v (%v), want %d", value, got, err, want)
		}
	}
	if _, err := ocilayout.ParseEpoch("yesterday"); err == nil {
		t.Error("a word is no SOURCE_DATE_EPOCH")
	}
}
