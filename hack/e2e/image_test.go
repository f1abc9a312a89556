//go:build e2e

package e2e

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sort"
	"strings"
	"syscall"
	"testing"

	"github.com/containerd/containerd/v2/pkg/archive/compression"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// image is a single-platform image, read from an OCI layout.
type image struct {
	t        *testing.T
	digest   digest.Digest
	manifest ocispecs.Manifest
	config   dockerspec.DockerOCIImage
	entries  map[string]entry // by absolute path
}

type entry struct {
	*tar.Header
	data []byte
}

func readImage(t *testing.T, layout string) *image {
	t.Helper()
	return readManifest(t, layout, onlyManifest(t, layout))
}

func readManifest(t *testing.T, layout string, manifest digest.Digest) *image {
	t.Helper()
	img := &image{t: t, digest: manifest, entries: map[string]entry{}}
	readJSON(t, blob(layout, img.digest), &img.manifest)
	readJSON(t, blob(layout, img.manifest.Config.Digest), &img.config)
	for _, l := range img.manifest.Layers {
		img.readLayer(blob(layout, l.Digest))
	}
	return img
}

func onlyManifest(t *testing.T, layout string) digest.Digest {
	t.Helper()
	return only(t, layout).Digest
}

// manifestHere returns the manifest of the one image in a layout, or the one of its index for the
// platform of the tests.
func manifestHere(t *testing.T, layout string) digest.Digest {
	t.Helper()
	image := only(t, layout)
	if image.MediaType != ocispecs.MediaTypeImageIndex {
		return image.Digest
	}
	var index ocispecs.Index
	readJSON(t, blob(layout, image.Digest), &index)
	for _, m := range index.Manifests {
		if m.Platform != nil && m.Platform.OS == "linux" && m.Platform.Architecture == runtime.GOARCH {
			return m.Digest
		}
	}
	t.Fatalf("no image for linux/%s in %s", runtime.GOARCH, layout)
	return ""
}

// only returns the descriptor of the one image in a layout.
func only(t *testing.T, layout string) ocispecs.Descriptor {
	t.Helper()
	image, err := onlyImage(layout)
	if err != nil {
		t.Fatal(err)
	}
	return image
}

// onlyImage is only with an error in place of a failed test.
func onlyImage(layout string) (ocispecs.Descriptor, error) {
	var index ocispecs.Index
	data, err := os.ReadFile(filepath.Join(layout, ocispecs.ImageIndexFile))
	if err == nil {
		err = json.Unmarshal(data, &index)
	}
	if err == nil && len(index.Manifests) != 1 {
		err = fmt.Errorf("%d manifests in %s, want 1", len(index.Manifests), layout)
	}
	if err != nil {
		return ocispecs.Descriptor{}, err
	}
	return index.Manifests[0], nil
}

func blob(layout string, d digest.Digest) string {
	return filepath.Join(layout, "blobs", d.Algorithm().String(), d.Encoded())
}

func readJSON(t *testing.T, file string, v any) {
	t.Helper()
	dt, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(dt, v); err != nil {
		t.Fatal(err)
	}
}

func (img *image) readLayer(file string) {
	img.t.Helper()
	f, err := os.Open(file)
	if err != nil {
		img.t.Fatal(err)
	}
	defer f.Close()
	layer, err := compression.DecompressStream(f)
	if err != nil {
		img.t.Fatal(err)
	}
	defer layer.Close()
	img.lay(readTar(img.t, layer))
}

// lay adds a layer on top. An entry that is not a folder replaces everything below its
// path.
func (img *image) lay(layer map[string]entry) {
	for name, e := range layer {
		if e.Typeflag == tar.TypeDir {
			continue
		}
		maps.DeleteFunc(img.entries, func(lower string, _ entry) bool { return strings.HasPrefix(lower, name+"/") })
	}
	maps.Copy(img.entries, layer)
}

// readTar returns the entries of an archive by absolute path.
func readTar(t *testing.T, r io.Reader) map[string]entry {
	t.Helper()
	entries := map[string]entry{}
	for tr := tar.NewReader(r); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return entries
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(tr)
		if err != nil {
			t.Fatal(err)
		}
		entries["/"+strings.Trim(h.Name, "/")] = entry{h, data}
	}
}

// files returns the sorted absolute paths of all entries that are not directories.
func (img *image) files() []string {
	var out []string
	for name, e := range img.entries {
		if e.Typeflag != tar.TypeDir {
			out = append(out, name)
		}
	}
	sort.Strings(out)
	return out
}

// unpack extracts the image to a new, empty directory.
func (img *image) unpack() string {
	img.t.Helper()
	root := img.t.TempDir()
	var names []string
	for name := range img.entries {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		e, path := img.entries[name], filepath.Join(root, name)
		var err error
		switch e.Typeflag {
		case tar.TypeDir:
			err = os.MkdirAll(path, e.FileInfo().Mode().Perm())
		case tar.TypeReg:
			err = writeProgram(path, e.data, e.FileInfo().Mode().Perm())
		case tar.TypeSymlink:
			err = os.Symlink(e.Linkname, path)
		default:
			img.t.Fatalf("%s is of type %q, which no image of ours has", name, e.Typeflag)
		}
		if err != nil {
			img.t.Fatal(err)
		}
	}
	return root
}

// writeProgram writes a file that is executed next. No process may be forked meanwhile:
// the child would have the file open for writing, and the kernel would not run it.
func writeProgram(path string, data []byte, mode os.FileMode) error {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	return os.WriteFile(path, data, mode)
}

// run starts the image's entrypoint as a container runtime does. The program sees only
// the image's files. run returns its standard output.
func (img *image) run(args ...string) string {
	img.t.Helper()
	out, err := img.start(args...)
	if err != nil {
		img.t.Fatalf("in an empty root: %v", err)
	}
	return out
}

// emulators are QEMU's programs, by the architectures that this machine can't run.
var emulators = map[string]string{"arm64": "qemu-aarch64-static", "arm": "qemu-arm-static", "s390x": "qemu-s390x-static"}

// emulator puts an emulator into a root that the image is unpacked to, and returns its
// command. Nothing on the machine starts it by itself.
func (img *image) emulator(root string) []string {
	img.t.Helper()
	name, ok := emulators[img.config.Architecture]
	if !ok {
		return nil
	}
	at, err := exec.LookPath(name)
	if err != nil {
		cantRun(img.t, "%v", err)
	}
	if err := writeProgram(filepath.Join(root, name), readFile(img.t, at), 0o755); err != nil {
		img.t.Fatal(err)
	}
	return []string{"/" + name}
}

// start is run for a program that may fail.
func (img *image) start(args ...string) (string, error) {
	img.t.Helper()
	argv := append(append(append([]string{}, img.config.Config.Entrypoint...), img.config.Config.Cmd...), args...)
	if len(argv) == 0 {
		img.t.Fatal("the image has no entrypoint")
	}
	root := img.unpack()
	argv = append(img.emulator(root), argv...)
	cmd := exec.CommandContext(img.t.Context(), argv[0], argv[1:]...)
	cmd.Dir = "/"
	cmd.Env = append([]string{}, img.config.Config.Env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Chroot: root}
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("%q: %w\n%s%s", argv, err, out, stderr.Bytes())
	}
	return string(out), nil
}
