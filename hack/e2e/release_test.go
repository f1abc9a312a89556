//go:build e2e

package e2e

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestFrontendBuildsItself: the frontend's image by its own Scratchfile has the programs of
// the Dockerfile's "go build", byte for byte, and its configuration. The modules come from
// this machine's cache of them.
func TestFrontendBuildsItself(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	want := byDockerfile(t, root)
	p := (&project{t: t, dir: root}).onServed()
	img := p.buildxRaw("-f", filepath.Join(root, "hack", "release", "Scratchfile"),
		"--build-arg", "VERSION=v1.2.3", "--build-arg", "COMMIT=abc", "--build-arg", "GOPROXY="+serveModules(t)).image()
	if diff := cmp.Diff([]string{"/scratch-frontend", "/scratch-linker", "/scratch-step"}, img.files()); diff != "" {
		t.Fatal("files (-want +got):", diff)
	}
	for _, name := range img.files() {
		built, err := os.ReadFile(filepath.Join(want, name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(img.entries[name].data, built) {
			t.Errorf("%s differs from that of the Dockerfile's command", name)
		}
	}
	config := readImage(t, env.frontend.dir).config.Config.ImageConfig
	if diff := cmp.Diff(config, img.config.Config.ImageConfig); diff != "" {
		t.Error("configuration (-Dockerfile +Scratchfile):", diff)
	}
}

var goBuild = regexp.MustCompile(`(?s)go build .*?\n\n`)

// byDockerfile runs the command of the Dockerfile and returns the folder of the programs.
func byDockerfile(t *testing.T, root string) string {
	t.Helper()
	command := goBuild.FindString(string(readFile(t, filepath.Join(root, "Dockerfile"))))
	if !strings.Contains(command, "-o /out/ ") {
		t.Fatalf("the Dockerfile has no command that writes to /out: %q", command)
	}
	out := t.TempDir()
	cmd := exec.Command("sh", "-c", strings.Replace(command, "-o /out/ ", "-o "+out+"/ ", 1))
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS=", "VERSION=v1.2.3", "COMMIT=abc")
	if log, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, log)
	}
	return out
}

// serveModules serves all modules of go.mod from this machine's cache, by the GOPROXY
// protocol.
func serveModules(t *testing.T) (url string) {
	t.Helper()
	if out, err := exec.Command("go", "mod", "download").CombinedOutput(); err != nil {
		t.Fatalf("go mod download: %v\n%s", err, out)
	}
	cache, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(strings.TrimSpace(string(cache)), "cache", "download")
	s := httptest.NewServer(http.FileServer(http.Dir(dir)))
	t.Cleanup(s.Close)
	return s.URL
}
