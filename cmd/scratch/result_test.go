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
	} {
		if _, _, err := r.exports(t.Context()); err == nil || !strings.Contains(err.Error(), "the image has no name\nfix: ") {
			t.Errorf("%+v: %v", r, err)
		}
	}
	for _, r := range []resultFlags{
		{outputs: []string{"type=registry"}, tags: []string{"a"}},
		{outputs: []string{"type=image,push=true,name=registry.example/a"}},
		{outputs: []string{"type=image,push=false"}},
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
	var archive bytes.Buffer
	w := tar.NewWriter(&archive)
	if err := errors.Join(w.WriteHeader(&tar.Header{Name: "index.json", Typeflag: tar.TypeReg}), w.Close()); err != nil {
		t.Fatal(err)
	}
	r := resultFlags{load: true, tags: []string{"registry.example/src:1"}}
	for text, ok := range map[string]bool{"": true, "my sources": false, archive.String(): true} {
		if text != "" {
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
