//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// downloads serves one header and counts the requests for it. The steps with network use
// the host's loopback device.
func downloads(t *testing.T) (server *httptest.Server, count *atomic.Int32) {
	count = new(atomic.Int32)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		count.Add(1)
		fmt.Fprintln(w, `#define GREETING "fetched"`)
	}))
	t.Cleanup(server.Close)
	return server, count
}

// fetching returns a project whose fetch downloads one file into the workdir and one
// elsewhere.
func fetching(t *testing.T, url string) *project {
	return newProject(t, map[string]string{
		"Scratchfile": syntax + fmt.Sprintf(`args: {COMMIT: none}
build:
  packages: [build-base]
  sources: [hello.c, deps.lock]
  fetch:
    run: |
      test "$(ls)" = deps.lock
      touch hello.c
      wget -q -O greeting.h %[1]s/a
      mkdir /opt/deps
      wget -q -O /opt/deps/other.h %[1]s/b
    inputs: [deps.lock]
  run:
    - cat /opt/deps/other.h
    - [gcc, -static, -include, greeting.h, hello.c, -o, hello]
binary: hello
`, url),
		"hello.c":   hello,
		"deps.lock": "greeting 1.0\n",
	})
}

// TestFetch: fetch runs again if one of its inputs changes. It does not run again for
// another source, for an arg that it does not name, or for the epoch.
func TestFetch(t *testing.T) {
	server, count := downloads(t)
	p := fetching(t, server.URL)
	commits := 0
	build := func(want string, downloads int32) {
		t.Helper()
		commits++
		every := []string{"--build-arg", fmt.Sprintf("COMMIT=%d", commits), "--build-arg", fmt.Sprintf("SOURCE_DATE_EPOCH=%d", commits)}
		if got := p.buildx(every...).image().run(); got != want {
			t.Errorf("output %q, want %q", got, want)
		}
		if got := count.Load(); got != downloads {
			t.Errorf("%d downloads so far, want %d", got, downloads)
		}
	}
	build("fetched\n", 2)
	p.write("hello.c", strings.Replace(hello, "puts(GREETING)", `puts("edited " GREETING)`, 1), 0o644)
	build("edited fetched\n", 2)
	p.write("deps.lock", "greeting 1.1\n", 0o644)
	build("edited fetched\n", 4)
}

// TestFetchOnAnotherBuilder builds from the exported cache alone: the server is gone, and
// the builder's cache mounts are empty.
func TestFetchOnAnotherBuilder(t *testing.T) {
	server, _ := downloads(t)
	p := fetching(t, server.URL)
	cache := filepath.Join(t.TempDir(), "cache")
	p.buildx("--cache-to", "type=local,mode=max,dest="+cache).image()
	server.Close()

	other, err := buildkit.Start(context.Background(), buildkit.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := other.Stop(); err != nil {
			t.Error(err)
		}
	}()
	if p.vars, err = buildkit.Buildx(t.Context(), env.bin, t.TempDir(), other.Addr()); err != nil {
		t.Fatal(err)
	}
	p.write("hello.c", strings.Replace(hello, "puts(GREETING)", `puts("elsewhere " GREETING)`, 1), 0o644)
	if got := p.buildx("--cache-from", "type=local,src="+cache).image().run(); got != "elsewhere fetched\n" {
		t.Errorf("output %q", got)
	}
}

// TestRunHasNoNetwork: run has no network, fetch has one.
func TestRunHasNoNetwork(t *testing.T) {
	server, count := downloads(t)
	newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  run: wget -q " + server.URL + "\nbinary: hello\n",
	}).buildx().refused(underlined("  run: wget"))
	if got := count.Load(); got != 0 {
		t.Errorf("%d downloads", got)
	}
}

// TestFailingCommand: of several commands, the one that failed is underlined.
func TestFailingCommand(t *testing.T) {
	o := newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  run:\n    - echo first\n    - [sh, -c, exit 7]\n    - echo third\nbinary: hello\n",
	}).buildx()
	o.refused(underlined("    - [sh, -c, exit 7]"), "exit code: 7")
	if strings.Contains(o.log, underlined("    - echo")) {
		t.Errorf("a good command is underlined:\n%s", o.log)
	}
}
