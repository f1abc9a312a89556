//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// registry is a running image registry on the loopback device.
type registry struct {
	addr string
	stop func() error
}

var listening = regexp.MustCompile(`listening on (127\.0\.0\.1:\d+)`)

// startRegistry starts distribution's registry, with its storage in dir, and
// returns when it listens.
func startRegistry(bin, dir string) (registry, error) {
	program, err := buildkit.Tool(bin, "registry")
	if err != nil {
		return registry{}, err
	}
	config := filepath.Join(dir, "config.yml")
	text := fmt.Sprintf("version: 0.1\nstorage: {filesystem: {rootdirectory: %q}, delete: {enabled: true}}\nhttp: {addr: \"127.0.0.1:0\"}\n", dir)
	if err := errors.Join(os.MkdirAll(dir, 0o755), os.WriteFile(config, []byte(text), 0o644)); err != nil {
		return registry{}, err
	}
	cmd := exec.Command(program, "serve", config)
	cmd.Env = append(os.Environ(), "OTEL_TRACES_EXPORTER=none")
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	log, err := cmd.StderrPipe()
	if err != nil {
		return registry{}, err
	}
	if err := cmd.Start(); err != nil {
		return registry{}, err
	}
	r := registry{stop: func() error {
		// An error of Kill means that the process has ended; Wait reports the kill itself.
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		return nil
	}}
	var said strings.Builder
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if m := listening.FindStringSubmatch(lines.Text()); m != nil {
			r.addr = m[1]
			go io.Copy(io.Discard, log)
			return r, nil
		}
		fmt.Fprintln(&said, lines.Text())
	}
	return registry{}, errors.Join(fmt.Errorf("the registry did not start:\n%s", said.String()), r.stop())
}

// ref returns the name of an image that no other test uses.
func (r registry) ref(t *testing.T) string {
	name := regexp.MustCompile(`[^a-z0-9]+`).ReplaceAllString(strings.ToLower(t.Name()), "-")
	return r.addr + "/" + strings.Trim(name, "-") + ":latest"
}

// url returns the address in the API for a part of ref's repository.
func url(ref, kind, what string) string {
	host, rest, _ := strings.Cut(ref, "/")
	repo, _, _ := strings.Cut(rest, ":")
	return "http://" + host + "/v2/" + repo + "/" + kind + "/" + what
}

// push copies the only image of a layout to ref. It may have several platforms.
func push(t *testing.T, dir, ref string) {
	t.Helper()
	pushManifest(t, dir, ref, only(t, dir), ref[strings.LastIndex(ref, ":")+1:])
}

func pushManifest(t *testing.T, dir, ref string, desc ocispecs.Descriptor, tag string) {
	t.Helper()
	// This has the fields of both kinds of manifest. An index has no config.
	var m struct {
		Config    ocispecs.Descriptor
		Layers    []ocispecs.Descriptor
		Manifests []ocispecs.Descriptor
	}
	readJSON(t, blob(dir, desc.Digest), &m)
	for _, child := range m.Manifests {
		pushManifest(t, dir, ref, child, child.Digest.String())
	}
	if m.Config.Digest != "" {
		for _, b := range append(m.Layers, m.Config) {
			pushBlob(t, dir, ref, b.Digest)
		}
	}
	request(t, http.MethodPut, url(ref, "manifests", tag), desc.MediaType, readFile(t, blob(dir, desc.Digest)))
}

func pushBlob(t *testing.T, dir, ref string, d digest.Digest) {
	t.Helper()
	upload, _ := request(t, http.MethodPost, url(ref, "blobs", "uploads/"), "", nil)
	to := upload.Get("Location")
	join := "?"
	if strings.Contains(to, "?") {
		join = "&"
	}
	request(t, http.MethodPut, to+join+"digest="+d.String(), "application/octet-stream", readFile(t, blob(dir, d)))
}

// pull copies an image from ref to a new layout.
func pull(t *testing.T, ref string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	desc := pullManifest(t, dir, ref, ref[strings.LastIndex(ref, ":")+1:])
	dt, err := json.Marshal(ocispecs.Index{Manifests: []ocispecs.Descriptor{desc}})
	if err != nil {
		t.Fatal(err)
	}
	writeFile(t, filepath.Join(dir, ocispecs.ImageIndexFile), dt)
	return dir
}

func pullManifest(t *testing.T, dir, ref, tag string) ocispecs.Descriptor {
	t.Helper()
	header, dt := request(t, http.MethodGet, url(ref, "manifests", tag), "", nil)
	desc := ocispecs.Descriptor{MediaType: header.Get("Content-Type"), Digest: digest.FromBytes(dt), Size: int64(len(dt))}
	writeFile(t, blob(dir, desc.Digest), dt)
	var m struct {
		Config    ocispecs.Descriptor
		Layers    []ocispecs.Descriptor
		Manifests []ocispecs.Descriptor
	}
	if err := json.Unmarshal(dt, &m); err != nil {
		t.Fatal(err)
	}
	for _, child := range m.Manifests {
		pullManifest(t, dir, ref, child.Digest.String())
	}
	if m.Config.Digest != "" {
		for _, b := range append(m.Layers, m.Config) {
			_, dt := request(t, http.MethodGet, url(ref, "blobs", b.Digest.String()), "", nil)
			writeFile(t, blob(dir, b.Digest), dt)
		}
	}
	return desc
}

// request sends a request to a registry. The test fails unless the answer is a success.
func request(t *testing.T, method, url, contentType string, body []byte) (http.Header, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	req.Header["Accept"] = []string{
		ocispecs.MediaTypeImageIndex, ocispecs.MediaTypeImageManifest,
		"application/vnd.docker.distribution.manifest.list.v2+json", "application/vnd.docker.distribution.manifest.v2+json",
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	dt, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s\n%s", method, url, resp.Status, dt)
	}
	return resp.Header, dt
}

func readFile(t *testing.T, file string) []byte {
	t.Helper()
	dt, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return dt
}

// writeFile writes a file and makes the directories above it.
func writeFile(t *testing.T, file string, data []byte) {
	t.Helper()
	if err := errors.Join(os.MkdirAll(filepath.Dir(file), 0o755), os.WriteFile(file, data, 0o644)); err != nil {
		t.Fatal(err)
	}
}

// pushedBase returns the run's base in the registry. It pushes the base at its first use.
func pushedBase(t *testing.T) string {
	t.Helper()
	dir, ok := strings.CutPrefix(env.base, "oci-layout://")
	if !ok {
		return strings.TrimPrefix(env.base, "docker-image://")
	}
	dir, tag, _ := strings.Cut(dir, ":")
	ref := env.registry.addr + "/base:" + tag
	pushBase.Do(func() { push(t, dir, ref) })
	return ref
}

var pushBase sync.Once
