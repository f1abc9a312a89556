//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	digest "github.com/opencontainers/go-digest"
)

// forger rewrites a cache that was exported to a folder.
type forger struct {
	t   *testing.T
	dir string
}

// forge replaces the bytes or the mode of a file in each layer that has only this file:
// that of the verify step and that of the image. It corrects all checksums, as an attacker
// who can write to a cache can.
func (f forger) forge(name string, data []byte, mode int64) {
	f.t.Helper()
	indexFile := filepath.Join(f.dir, "index.json")
	index := f.object(indexFile)
	manifests := index["manifests"].([]any)
	desc := manifests[0].(map[string]any)
	manifest := f.object(f.blob(desc))
	list, ok := manifest["layers"].([]any)
	if !ok {
		list = manifest["manifests"].([]any)
	}
	var config map[string]any
	if c, ok := manifest["config"].(map[string]any); ok {
		config = c
	}
	replaced := map[string]string{}
	for _, item := range list {
		layer := item.(map[string]any)
		if strings.Contains(layer["mediaType"].(string), "cacheconfig") {
			config = layer
			continue
		}
		f.layer(layer, name, data, mode, replaced)
	}
	if len(replaced) == 0 {
		f.t.Fatalf("no layer has %s alone", name)
	}
	records := f.object(f.blob(config))
	for _, item := range records["layers"].([]any) {
		layer := item.(map[string]any)
		if now, ok := replaced[layer["blob"].(string)]; ok {
			layer["blob"] = now
		}
	}
	f.write(config, f.marshal(records))
	f.write(desc, f.marshal(manifest))
	if err := os.WriteFile(indexFile, f.marshal(index), 0o644); err != nil {
		f.t.Fatal(err)
	}
}

// layer forges one layer, if it has the file and nothing else.
func (f forger) layer(desc map[string]any, name string, data []byte, mode int64, replaced map[string]string) {
	f.t.Helper()
	files, ok := f.files(desc)
	if !ok || len(files) != 1 || filepath.Clean(files[0].Name) != name {
		return
	}
	h := files[0]
	h.Size, h.Mode = int64(len(data)), mode
	var plain, packed bytes.Buffer
	tw, zw := tar.NewWriter(&plain), gzip.NewWriter(&packed)
	err := tw.WriteHeader(h)
	_, writeErr := tw.Write(data)
	err = errors.Join(err, writeErr, tw.Close())
	_, writeErr = zw.Write(plain.Bytes())
	if err := errors.Join(err, writeErr, zw.Close()); err != nil {
		f.t.Fatal(err)
	}
	was := desc["digest"].(string)
	f.write(desc, packed.Bytes())
	desc["annotations"].(map[string]any)["containerd.io/uncompressed"] = digest.FromBytes(plain.Bytes()).String()
	replaced[was] = desc["digest"].(string)
}

// files returns the headers of a layer. It returns false if the blob is not a layer.
func (f forger) files(desc map[string]any) ([]*tar.Header, bool) {
	file, err := os.Open(f.blob(desc))
	if err != nil {
		f.t.Fatal(err)
	}
	defer file.Close()
	zr, err := gzip.NewReader(file)
	if err != nil {
		return nil, false
	}
	var out []*tar.Header
	for tr := tar.NewReader(zr); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out, true
		}
		if err != nil {
			f.t.Fatal(err)
		}
		out = append(out, h)
	}
}

func (f forger) blob(desc map[string]any) string {
	return blob(f.dir, digest.Digest(desc["digest"].(string)))
}

// write stores a blob and sets the descriptor to it.
func (f forger) write(desc map[string]any, data []byte) {
	f.t.Helper()
	d := digest.FromBytes(data)
	desc["digest"], desc["size"] = d.String(), len(data)
	if err := os.WriteFile(blob(f.dir, d), data, 0o644); err != nil {
		f.t.Fatal(err)
	}
}

func (f forger) object(file string) map[string]any {
	f.t.Helper()
	var out map[string]any
	readJSON(f.t, file, &out)
	return out
}

func (f forger) marshal(v any) []byte {
	f.t.Helper()
	data, err := json.Marshal(v)
	if err != nil {
		f.t.Fatal(err)
	}
	return data
}

// TestForgedCache: whoever can write to a cache can make a build return a program that the
// build did not make, but no program that is not self-contained.
func TestForgedCache(t *testing.T) {
	dynamic, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	for i, tc := range []struct {
		name, cacheMode, rest string
		data                  []byte
		mode                  int64
		want                  string
	}{
		{"dynamic program", "max", "", dynamic, 0o755, dynamicLoader},
		{"dynamic program of mode min", "min", "", dynamic, 0o755, dynamicLoader},
		{"dynamic program that is tested", "max", "test: [{run: [/hello], stdout: T}]\n", dynamic, 0o755, dynamicLoader},
		{"script", "max", "", []byte("#!/bin/sh\n"), 0o755, "script"},
		{"set-user-ID", "max", "", nil, 0o4755, "mode"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			p := sayingProject(t, "echo "+unique(t), "", tc.rest)
			dir := filepath.Join(t.TempDir(), "cache")
			good := p.buildx("--cache-to", "type=local,mode="+tc.cacheMode+",dest="+dir).image()
			data := tc.data
			if data == nil {
				data = good.entries["/hello"].data
			}
			forger{t, dir}.forge("hello", data, tc.mode)
			p.vars = emptyMachine(t).vars
			targets := []string{"image"}
			if i == 0 {
				targets = append(targets, "binary", "debug", "test")
			}
			for _, target := range targets {
				o := p.buildx("--cache-from", "type=local,src="+dir, "--target", target)
				o.refused(underlined("binary: hello"), "imported cache", tc.want)
				o.cached("build")
			}
			// The daemon keeps what it imported.
			p.buildx().refused(underlined("binary: hello"), "imported cache", tc.want)
		})
	}
}
