package main

import (
	"archive/tar"
	"bytes"
	"errors"
	"os"
	"strings"
	"testing"
)

// TestPushWithoutAName: an image without a name is pushed nowhere, and that is an error.
func TestPushWithoutAName(t *testing.T) {
	for _, r := range []resultFlags{
		{push: true},
		{outputs: []string{"type=registry"}},
		{outputs: []string{"type=image,push=true"}},
		{outputs: []string{"type=image,push=1", "out"}},
		{outputs: []string{"type=image,push="}},
	} {
		if _, _, err := r.exports(t.Context()); err == nil || !strings.Contains(err.Error(), "the image has no name\nfix: ") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for _, r := range []resultFlags{
		{outputs: []string{"type=registry"}, tags: []string{"a"}},
		{outputs: []string{"type=image,push=true,name=registry.example/a"}},
		{outputs: []string{"type=image,push=false"}},
		{outputs: []string{"type=image,push=true,dangling-name-prefix=registry.example/a"}}, // a name with the digest
	} {
		if _, _, err := r.exports(t.Context()); err != nil {
			t.Errorf("%+v: %v", r, err)
		}
	}
}

// TestLoadReplacesImagesAlone: without a store, --load replaces an archive of an image, and no
// other file, whose name the user has not written.
func TestLoadReplacesImagesAlone(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	t.Chdir(t.TempDir())
	tarOf := func(name string) string {
		var archive bytes.Buffer
		w := tar.NewWriter(&archive)
		err := w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Size: 1 << 20})
		if _, writeErr := w.Write(make([]byte, 1<<20)); errors.Join(err, writeErr, w.Close()) != nil {
			t.Fatal(err, writeErr)
		}
		return archive.String()
	}
	whole := tarOf("blobs/sha256/a")
	r := resultFlags{load: true, tags: []string{"registry.example/src:1"}}
	for text, ok := range map[string]bool{
		"none": true, "": true, "my sources": false, tarOf("index.json"): true, whole: true, whole[:1<<19]: true,
		tarOf("src/blobs"): false, tarOf("main.c")[:1<<19]: false,
	} {
		if text != "none" {
			if err := os.WriteFile("src.tar", []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		_, said, err := r.exports(t.Context())
		if ok && (err != nil || !strings.Contains(said, "src.tar")) {
			t.Errorf("%v, %q", err, said)
		}
		if !ok && (err == nil || !strings.Contains(err.Error(), "src.tar is no OCI archive") || !strings.Contains(err.Error(), "\nfix: ")) {
			t.Errorf("of other content: %v", err)
		}
		if err := os.RemoveAll("src.tar"); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("src.tar", 0o755); err != nil {
		t.Fatal(err)
	}
	if _, _, err := r.exports(t.Context()); err == nil {
		t.Error("a folder is replaced")
	}
}
