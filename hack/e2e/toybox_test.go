//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// toyFile returns a build file that ships the toy base's own program. It stands for a
// compile on platforms that the run's base is not made for. Each test has steps of its
// own, because BuildKit runs an equal step of two builds once, under the name of one of
// them.
func toyFile(t *testing.T, base string) string {
	return syntax + "build: {base: \"" + base + "\", env: {TEST: \"" + unique(t) + "\"}, run: copy /bin/sh hello}\nbinary: hello\n"
}

// toy is an image for one platform, whose files are programs.
type toy struct {
	arch  string
	files map[string][]byte // by path, without a slash before it
	entry []string
}

// toyBase makes a base image for some architectures. The program that a build ships prints
// the architecture.
func toyBase(t *testing.T, architectures ...string) (dir string) {
	t.Helper()
	var images []toy
	for _, arch := range architectures {
		images = append(images, toy{arch: arch, files: map[string][]byte{"bin/sh": toybox(t, arch, arch)}})
	}
	return toyLayout(t, images...)
}

// toybox compiles the program in testdata.
func toybox(t *testing.T, arch, word string) []byte {
	t.Helper()
	out := filepath.Join(t.TempDir(), "toybox")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w -X main.word="+word, "-o", out, "./testdata/toybox")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+arch)
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, text)
	}
	return readFile(t, out)
}

// toyLayout writes an OCI layout with one index of the images.
func toyLayout(t *testing.T, images ...toy) (dir string) {
	t.Helper()
	dir = t.TempDir()
	index := ocispecs.Index{MediaType: ocispecs.MediaTypeImageIndex}
	index.SchemaVersion = 2
	for _, i := range images {
		index.Manifests = append(index.Manifests, i.put(t, dir))
	}
	top := putJSON(t, dir, ocispecs.MediaTypeImageIndex, index)
	top.Annotations = map[string]string{ocispecs.AnnotationRefName: "latest"}
	index.Manifests = []ocispecs.Descriptor{top}
	dt, err := json.Marshal(index)
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, ocispecs.ImageIndexFile), dt)
	writeFile(t, filepath.Join(dir, ocispecs.ImageLayoutFile), []byte(`{"imageLayoutVersion": "1.0.0"}`))
	return dir
}

func (i toy) put(t *testing.T, dir string) ocispecs.Descriptor {
	t.Helper()
	layer := putBlob(t, dir, ocispecs.MediaTypeImageLayer, i.layer(t))
	platform := ocispecs.Platform{OS: "linux", Architecture: i.arch}
	config := putJSON(t, dir, ocispecs.MediaTypeImageConfig, ocispecs.Image{
		Platform: platform,
		Config:   ocispecs.ImageConfig{Entrypoint: i.entry, Env: []string{"PATH=/bin"}},
		RootFS:   ocispecs.RootFS{Type: "layers", DiffIDs: []digest.Digest{layer.Digest}},
	})
	m := ocispecs.Manifest{MediaType: ocispecs.MediaTypeImageManifest, Config: config, Layers: []ocispecs.Descriptor{layer}}
	m.SchemaVersion = 2
	desc := putJSON(t, dir, ocispecs.MediaTypeImageManifest, m)
	desc.Platform = &platform
	return desc
}

func (i toy) layer(t *testing.T) []byte {
	t.Helper()
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	for name, data := range i.files {
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o755, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func putJSON(t *testing.T, dir, mediaType string, v any) ocispecs.Descriptor {
	t.Helper()
	dt, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return putBlob(t, dir, mediaType, dt)
}

func putBlob(t *testing.T, dir, mediaType string, data []byte) ocispecs.Descriptor {
	t.Helper()
	desc := ocispecs.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	writeFile(t, blob(dir, desc.Digest), data)
	return desc
}
