//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

var outputRows = []row{
	{"type=oci, as a tar file", buildx, outputOCI},
	{"type=docker, as a tar file", buildx, outputDocker},
	{"--load into a Docker Engine", buildx, outputLoad},
	{"type=local", buildx, outputLocal},
	{"type=tar", buildx, outputTar},
	{"--push to a registry", buildx, outputPush},
	{"type=image,push=true, by buildctl", buildctl, outputPushBuildctl},
	{"--metadata-file", buildx, metadataFile},
	{"--iidfile", buildx, iidFile},
	{"no output at all", buildx, noOutput},
}

// output builds the hello project with output arguments.
func output(t *testing.T, args ...string) {
	t.Helper()
	p := helloProject(t)
	p.buildxOnly(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + env.base,
	}, args...)...).passed()
}

func openTar(t *testing.T, file string) map[string]entry {
	t.Helper()
	return readTar(t, bytes.NewReader(readFile(t, file)))
}

// inTar decodes a JSON file in a tar file.
func inTar(t *testing.T, entries map[string]entry, name string, v any) {
	t.Helper()
	if err := json.Unmarshal(entries[name].data, v); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
}

func outputOCI(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	output(t, "--output", "type=oci,dest="+file, "--tag", "port.invalid/hello:1")
	entries := openTar(t, file)
	var index ocispecs.Index
	inTar(t, entries, "/index.json", &index)
	if len(index.Manifests) != 1 {
		t.Fatalf("%d manifests", len(index.Manifests))
	}
	if got := index.Manifests[0].Annotations["io.containerd.image.name"]; got != "port.invalid/hello:1" {
		t.Errorf("the image is named %q", got)
	}
	var m ocispecs.Manifest
	inTar(t, entries, "/blobs/sha256/"+index.Manifests[0].Digest.Encoded(), &m)
	if len(m.Layers) != 1 || entries["/blobs/sha256/"+m.Layers[0].Digest.Encoded()].Header == nil {
		t.Errorf("layers %v, want one that is there", m.Layers)
	}
}

func outputDocker(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	output(t, "--output", "type=docker,dest="+file, "--tag", "port.invalid/hello:1")
	entries := openTar(t, file)
	var images []struct {
		Config   string
		RepoTags []string
		Layers   []string
	}
	inTar(t, entries, "/manifest.json", &images)
	if len(images) != 1 || len(images[0].Layers) != 1 {
		t.Fatalf("images %v, want one of one layer", images)
	}
	if diff := cmp.Diff([]string{"port.invalid/hello:1"}, images[0].RepoTags); diff != "" {
		t.Error("tags (-want +got):", diff)
	}
	var config ocispecs.Image
	inTar(t, entries, "/"+images[0].Config, &config)
	if diff := cmp.Diff([]string{"/hello"}, config.Config.Entrypoint); diff != "" {
		t.Error("entrypoint (-want +got):", diff)
	}
	if entries["/"+images[0].Layers[0]].Header == nil {
		t.Error("the layer is missing")
	}
}

func outputLoad(t *testing.T) {
	if err := exec.CommandContext(t.Context(), "docker", "info").Run(); err != nil {
		cantRun(t, "there is no Docker Engine")
	}
	output(t, "--load", "--tag", "scratch-e2e-load:latest")
	t.Cleanup(func() { runTool(t, nil, "docker", "rmi", "scratch-e2e-load:latest") })
	out, err := exec.CommandContext(t.Context(), "docker", "run", "--rm", "scratch-e2e-load:latest").Output()
	if err != nil || string(out) != "hello\n" {
		t.Errorf("docker run: %v, output %q", err, out)
	}
}

func outputLocal(t *testing.T) {
	dir := t.TempDir()
	output(t, "--output", dir)
	names, err := filepath.Glob(dir + "/*")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{dir + "/hello"}, names); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	if out, err := exec.CommandContext(t.Context(), dir+"/hello").Output(); err != nil || string(out) != "hello\n" {
		t.Errorf("the program: %v, output %q", err, out)
	}
}

func outputTar(t *testing.T) {
	file := filepath.Join(t.TempDir(), "root.tar")
	output(t, "--output", "type=tar,dest="+file)
	entries := openTar(t, file)
	if len(entries) != 1 || entries["/hello"].Header == nil || entries["/hello"].Mode&0o777 != 0o755 {
		t.Errorf("entries %v, want an executable /hello alone", entries)
	}
}

func outputPush(t *testing.T) {
	ref := env.registry.ref(t)
	output(t, "--tag", ref, "--push")
	if got := readImage(t, pull(t, ref)).run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

func outputPushBuildctl(t *testing.T) {
	ref := env.registry.ref(t)
	helloProject(t).buildctl("gateway.v0", "--opt", "source="+frontendName,
		"--output", "type=image,push=true,name="+ref).passed()
	if got := readImage(t, pull(t, ref)).run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

func metadataFile(t *testing.T) {
	ref, file := env.registry.ref(t), filepath.Join(t.TempDir(), "metadata.json")
	output(t, "--tag", ref, "--push", "--metadata-file", file)
	var m struct {
		Digest string `json:"containerimage.digest"`
		Name   string `json:"image.name"`
	}
	readJSON(t, file, &m)
	if want := onlyManifest(t, pull(t, ref)).String(); m.Digest != want || m.Name != ref {
		t.Errorf("metadata %+v, want %s of %s", m, want, ref)
	}
}

func iidFile(t *testing.T) {
	dir := t.TempDir()
	output(t, "--output", "type=oci,tar=false,dest="+filepath.Join(dir, "image"), "--iidfile", filepath.Join(dir, "iid"))
	img := readImage(t, filepath.Join(dir, "image"))
	got := strings.TrimSpace(string(readFile(t, filepath.Join(dir, "iid"))))
	if got != img.digest.String() && got != img.manifest.Config.Digest.String() {
		t.Errorf("image id %s is neither manifest %s nor config %s", got, img.digest, img.manifest.Config.Digest)
	}
}

// noOutput builds for the cache only. Verification still matters.
func noOutput(t *testing.T) {
	output(t)
	p := newProject(t, map[string]string{"Scratchfile": scratchfile("", ""), "hello.c": hello})
	p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base).
		refused(underlined("binary: hello"))
	if entries, err := os.ReadDir(p.dir); err != nil || len(entries) != 2 {
		t.Errorf("the context has %v after the build: %v", entries, err)
	}
}
