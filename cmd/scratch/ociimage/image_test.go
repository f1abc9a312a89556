package ociimage

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	digest "github.com/opencontainers/go-digest"
	"github.com/opencontainers/image-spec/specs-go"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// builder writes the parts of a layout.
type builder struct {
	t   *testing.T
	dir string
}

func newBuilder(t *testing.T) builder { return builder{t, t.TempDir()} }

func (b builder) write(name string, data []byte) {
	b.t.Helper()
	file := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, data, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b builder) blob(mediaType string, data []byte) ocispecs.Descriptor {
	b.t.Helper()
	d := ocispecs.Descriptor{MediaType: mediaType, Digest: digest.FromBytes(data), Size: int64(len(data))}
	b.write(blobFile(d.Digest), data)
	return d
}

func (b builder) json(mediaType string, value any) ocispecs.Descriptor {
	b.t.Helper()
	data, err := json.Marshal(value)
	if err != nil {
		b.t.Fatal(err)
	}
	return b.blob(mediaType, data)
}

func (b builder) image(arch string, layers ...ocispecs.Descriptor) ocispecs.Descriptor {
	b.t.Helper()
	p := ocispecs.Platform{OS: "linux", Architecture: arch}
	d := b.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{
		Versioned: specs.Versioned{SchemaVersion: 2},
		Config:    b.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{Platform: p}),
		Layers:    layers,
	})
	d.Platform = &p
	return d
}

func (b builder) index(manifests ...ocispecs.Descriptor) {
	b.t.Helper()
	data, err := json.Marshal(ocispecs.Index{Manifests: manifests})
	if err != nil {
		b.t.Fatal(err)
	}
	b.write(ocispecs.ImageIndexFile, data)
}

// layer makes a layer of lines: "name", "name/", "name -> target", "name = hard link".
func (b builder) layer(lines ...string) ocispecs.Descriptor {
	b.t.Helper()
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	for _, line := range lines {
		h := &tar.Header{Name: line, Mode: 0o644, Typeflag: tar.TypeReg, Size: int64(len(line))}
		if name, target, ok := strings.Cut(line, " -> "); ok {
			h = &tar.Header{Name: name, Linkname: target, Mode: 0o777, Typeflag: tar.TypeSymlink}
		} else if name, target, ok := strings.Cut(line, " = "); ok {
			h = &tar.Header{Name: name, Linkname: target, Typeflag: tar.TypeLink}
		} else if strings.HasSuffix(line, "/") {
			h = &tar.Header{Name: line, Mode: 0o755, Typeflag: tar.TypeDir}
		}
		if err := w.WriteHeader(h); err != nil {
			b.t.Fatal(err)
		}
		if h.Size > 0 {
			if _, err := io.WriteString(w, line); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.blob(ocispecs.MediaTypeImageLayer, buf.Bytes())
}

// archive makes an OCI archive of the layout.
func (b builder) archive() string {
	b.t.Helper()
	file := filepath.Join(b.t.TempDir(), "image.tar")
	f, err := os.Create(file)
	if err != nil {
		b.t.Fatal(err)
	}
	w := tar.NewWriter(f)
	if err := w.AddFS(os.DirFS(b.dir)); err != nil {
		b.t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		b.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.t.Fatal(err)
	}
	return file
}

func read(t *testing.T, name string, p *ocispecs.Platform) (*Image, error) {
	t.Helper()
	blobs, closeBlobs, err := Open(name)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = closeBlobs() })
	return Read(t.Context(), blobs, p)
}

func listed(t *testing.T, img *Image) []string {
	t.Helper()
	files, err := img.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, f := range files {
		line := fmt.Sprintf("%s %s %d", f.Perm, f.Path, f.Size)
		if f.Link != "" {
			line += " -> " + f.Link
		}
		out = append(out, line)
	}
	return out
}

// TestLayersCoverOneAnother: the list has what a container sees, and what the layers say of
// removed files is no file.
func TestLayersCoverOneAnother(t *testing.T) {
	for _, tc := range []struct {
		name   string
		layers [][]string
		want   []string
	}{
		{"one", [][]string{{"a/", "a/f", "l -> a/f"}}, []string{"drwxr-xr-x /a 0", "-rw-r--r-- /a/f 3", "Lrwxrwxrwx /l 0 -> a/f"}},
		{"a removed file", [][]string{{"a", "b"}, {".wh.a"}}, []string{"-rw-r--r-- /b 1"}},
		{"a removed folder", [][]string{{"a/", "a/f", "ab"}, {".wh.a"}}, []string{"-rw-r--r-- /ab 2"}},
		{"an emptied folder", [][]string{{"a/", "a/f", "a/g/", "a/g/h"}, {"a/", "a/.wh..wh..opq", "a/n"}}, []string{"drwxr-xr-x /a 0", "-rw-r--r-- /a/n 3"}},
		{"an emptied root", [][]string{{"a/", "a/f"}, {".wh..wh..opq", "n"}}, []string{"-rw-r--r-- /n 1"}},
		{"a file in a folder's place", [][]string{{"a/", "a/f"}, {"a"}}, []string{"-rw-r--r-- /a 1"}},
		{"removed and made again", [][]string{{"a"}, {".wh.a", "a"}}, []string{"-rw-r--r-- /a 1"}},
		{"a hard link", [][]string{{"a"}, {"b = a"}}, []string{"-rw-r--r-- /a 1", "-rw-r--r-- /b 1"}},
		{"removed below a file", [][]string{{"a"}, {"a/.wh.f", ".wh.b"}}, []string{"-rw-r--r-- /a 1"}},
		{"odd names", [][]string{{"./a/", "../../b", "/c"}}, []string{"drwxr-xr-x /a 0", "-rw-r--r-- /b 7", "-rw-r--r-- /c 2"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b := newBuilder(t)
			var layers []ocispecs.Descriptor
			for _, lines := range tc.layers {
				layers = append(layers, b.layer(lines...))
			}
			b.index(b.image("amd64", layers...))
			for _, name := range []string{b.dir, b.archive()} {
				img, err := read(t, name, nil)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, listed(t, img)); diff != "" {
					t.Errorf("%s (-want +got):\n%s", name, diff)
				}
			}
		})
	}
}

// TestPlatform: the only image is meant by any name, and of several the one of the platform.
func TestPlatform(t *testing.T) {
	b := newBuilder(t)
	one, two := b.image("s390x"), b.image("riscv64")
	b.index(one)
	if img, err := read(t, b.dir, nil); err != nil || img.Manifest.Digest != one.Digest {
		t.Errorf("the only image: %v", err)
	}
	bare := one
	bare.Platform = nil
	b.index(bare)
	if _, err := read(t, b.dir, two.Platform); err == nil || !strings.Contains(err.Error(), "it is for linux/s390x") {
		t.Errorf("another platform than that of an image in an index that names none: %v", err)
	}
	if img, err := read(t, b.dir, one.Platform); err != nil || img.Manifest.Digest != one.Digest {
		t.Errorf("that platform: %v", err)
	}
	b.index(b.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{one, two}}))
	if img, err := read(t, b.dir, two.Platform); err != nil || img.Manifest.Digest != two.Digest {
		t.Errorf("the second of two: %v", err)
	}
	if _, err := read(t, b.dir, &ocispecs.Platform{OS: "linux", Architecture: "mips64le"}); err == nil || !strings.Contains(err.Error(), "it is for linux/s390x, linux/riscv64") {
		t.Errorf("another platform: %v", err)
	}
	if _, err := read(t, b.dir, nil); err == nil {
		t.Error("this machine's platform is none of them")
	}
}

// TestAttestations: only those of the chosen image are read.
func TestAttestations(t *testing.T) {
	b := newBuilder(t)
	attest := func(of ocispecs.Descriptor, kind string) ocispecs.Descriptor {
		d := b.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{
			Config: b.json(ocispecs.MediaTypeImageConfig, ocispecs.Image{}),
			Layers: []ocispecs.Descriptor{b.json("application/vnd.in-toto+json", Attestation{PredicateType: kind, Predicate: json.RawMessage(`{}`)})},
		})
		d.Annotations = map[string]string{referenceType: "attestation-manifest", referenceDigest: of.Digest.String()}
		d.Platform = &ocispecs.Platform{OS: "unknown", Architecture: "unknown"}
		return d
	}
	one, two := b.image("amd64"), b.image("arm64")
	b.index(b.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{one, two, attest(one, "first"), attest(two, "second")}}))
	img, err := read(t, b.dir, two.Platform)
	if err != nil {
		t.Fatal(err)
	}
	if len(img.Attestations) != 1 || img.Attestations[0].PredicateType != "second" {
		t.Errorf("attestations %+v", img.Attestations)
	}
}

// TestBrokenImages: what is not as its digest says, or missing, is an error.
func TestBrokenImages(t *testing.T) {
	for name, tc := range map[string]struct {
		make func(b builder)
		want string
	}{
		"no index":       {func(builder) {}, "index.json"},
		"no JSON":        {func(b builder) { b.write("index.json", []byte("{")) }, "index.json"},
		"no image":       {func(b builder) { b.index() }, "no image"},
		"several images": {func(b builder) { b.index(b.image("amd64"), b.image("arm64")) }, "several images"},
		"a false digest": {func(b builder) { d := b.image("amd64"); b.index(d); b.write(blobFile(d.Digest), []byte("{}")) }, "than its digest says"},
		"no digest":      {func(b builder) { b.index(ocispecs.Descriptor{Digest: "sha256:../../../etc/passwd"}) }, "invalid"},
		"a missing layer": {func(b builder) {
			d := b.layer("a")
			b.index(b.image("amd64", d))
			os.Remove(filepath.Join(b.dir, blobFile(d.Digest)))
		}, "no such file"},
		"a false layer": {func(b builder) {
			d := b.layer("a")
			b.index(b.image("amd64", d))
			b.write(blobFile(d.Digest), must(os.ReadFile(filepath.Join(b.dir, blobFile(b.layer("b").Digest)))))
		}, "than its digest says"},
		"a link to nothing": {func(b builder) { b.index(b.image("amd64", b.layer("a = b"))) }, "missing"},
		"a removed parent":  {func(b builder) { b.index(b.image("amd64", b.layer("a"), b.layer("b/.wh..."))) }, "removes no file"},
		"a removed folder":  {func(b builder) { b.index(b.image("amd64", b.layer("a"), b.layer("b/.wh.."))) }, "removes no file"},
		"a removed nothing": {func(b builder) { b.index(b.image("amd64", b.layer("a"), b.layer("b/.wh."))) }, "removes no file"},
		"a long path":       {func(b builder) { b.index(b.image("amd64", b.layer(strings.Repeat("a/", 3000)+"f"))) }, "more than 4096 bytes"},
		"many deep paths": {func(b builder) {
			var names []string
			for i := range 530 {
				names = append(names, fmt.Sprintf("%d/%s", i, strings.Repeat("a/", 2000)))
			}
			b.index(b.image("amd64", b.layer(names...)))
		}, "files and folders"},
		"no config": {func(b builder) {
			b.index(b.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{}))
		}, "it names no config"},
		"an index in an index": {func(b builder) {
			in := b.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{b.image("amd64")}})
			b.index(b.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{in}}))
		}, "it names no config"},
		"an attestation many times": {func(b builder) {
			img := b.image("amd64")
			large := b.blob("application/vnd.in-toto+json", []byte(`{"predicate":"`+strings.Repeat("a", 4<<20)+`"}`))
			a := b.json(ocispecs.MediaTypeImageManifest, ocispecs.Manifest{Layers: slices.Repeat([]ocispecs.Descriptor{large}, 1000)})
			a.Annotations = map[string]string{referenceType: "attestation-manifest", referenceDigest: img.Digest.String()}
			b.index(b.json(ocispecs.MediaTypeImageIndex, ocispecs.Index{Manifests: []ocispecs.Descriptor{img, a}}))
		}, "larger than"},
		"a large manifest": {func(b builder) {
			b.index(b.blob(ocispecs.MediaTypeImageManifest, bytes.Repeat([]byte(" "), maxDocument+1)))
		}, "larger than"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuilder(t)
			tc.make(b)
			img, err := read(t, b.dir, nil)
			if err == nil {
				_, err = img.Files(t.Context())
			}
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("%v, want %q", err, tc.want)
			}
		})
	}
	file := filepath.Join(t.TempDir(), "no.tar")
	if err := os.WriteFile(file, []byte(strings.Repeat("no archive", 200)), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := read(t, file, nil); err == nil || !strings.Contains(err.Error(), "no OCI archive") {
		t.Errorf("a file that is no archive: %v", err)
	}
}

func must(data []byte, err error) []byte {
	if err != nil {
		panic(err)
	}
	return data
}

// TestProgramsAreVerified: a program of the image has a report, for the image's platform.
func TestProgramsAreVerified(t *testing.T) {
	own, err := os.ReadFile("/proc/self/exe")
	if err != nil {
		t.Skipf("NOT TESTED: %v", err)
	}
	b := newBuilder(t)
	var buf bytes.Buffer
	w := tar.NewWriter(&buf)
	if err := w.WriteHeader(&tar.Header{Name: "program", Mode: 0o755, Typeflag: tar.TypeReg, Size: int64(len(own))}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(own); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b.index(b.image("s390x", b.blob(ocispecs.MediaTypeImageLayer, buf.Bytes())))
	img, err := read(t, b.dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	files, err := img.Files(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(files) != 1 || files[0].Program == nil || files[0].Program.OK() {
		t.Errorf("a program for another machine is %+v", files)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"manifests":[{"mediaType":"m","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}]}`), []byte(`{"layers":[]}`))
	f.Fuzz(func(t *testing.T, index, manifest []byte) {
		b := newBuilder(t)
		b.write(ocispecs.ImageIndexFile, index)
		d := b.blob(ocispecs.MediaTypeImageManifest, manifest)
		if img, err := read(t, b.dir, nil); err == nil {
			_, _ = img.Files(t.Context())
		}
		b.index(d)
		if img, err := read(t, b.dir, nil); err == nil {
			_, _ = img.Files(t.Context())
		}
	})
}

// TestLoginGoesToItsRegistry: the login of Docker Hub goes to no registry with a similar name.
func TestLoginGoesToItsRegistry(t *testing.T) {
	const hub = "https://index.docker.io/v1/"
	for host, want := range map[string]string{
		"registry-1.docker.io": hub, "index.docker.io": hub,
		"evildocker.io": "evildocker.io", "docker.io.example": "docker.io.example", "registry-1.docker.io:443.example": "registry-1.docker.io:443.example",
	} {
		if got := loginName(host); got != want {
			t.Errorf("%s gets the login of %s", host, got)
		}
	}
}
