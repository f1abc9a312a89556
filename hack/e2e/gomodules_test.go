//go:build e2e

package e2e

import (
	"archive/zip"
	"bytes"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

// goProxy serves one Go module by the GOPROXY protocol and counts the requests for its
// archive.
func goProxy(t *testing.T) (url string, count *atomic.Int32) {
	t.Helper()
	const (
		module = "example.com/knots"
		gomod  = "module " + module + "\n\ngo 1.24\n"
	)
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for name, text := range map[string]string{
		"go.mod":   gomod,
		"knots.go": "package knots\n\nfunc Bowline() string { return \"around the tree\" }\n",
	} {
		w, err := z.Create(module + "@v1.0.0/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		"/list":        "v1.0.0\n",
		"/v1.0.0.info": `{"Version": "v1.0.0"}`,
		"/v1.0.0.mod":  gomod,
		"/v1.0.0.zip":  archive.String(),
	}
	count = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name, ok := strings.CutPrefix(r.URL.Path, "/"+module+"/@v")
		text, known := files[name]
		if !ok || !known {
			http.NotFound(w, r)
			return
		}
		if strings.HasSuffix(name, ".zip") {
			count.Add(1)
		}
		fmt.Fprint(w, text)
	}))
	t.Cleanup(s.Close)
	return s.URL, count
}

// TestGoModules: fetch needs only go.mod, and the compile needs no network.
func TestGoModules(t *testing.T) {
	t.Parallel()
	proxy, count := goProxy(t)
	const program = "package main\n\nimport \"example.com/knots\"\n\nfunc main() { print(%q + knots.Bowline()) }\n"
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  toolchain: go
  sources: [go.mod, main.go]
  env: {GOPROXY: "` + proxy + `", GOSUMDB: "off", GOFLAGS: "-mod=mod"}
  fetch: {run: go mod download, inputs: [go.mod]}
  run: go build -o knot .
binary: knot
test:
  - {run: [/knot], stderr: around the tree}
`,
		"go.mod":  "module example.com/knot\n\ngo 1.24\n\nrequire example.com/knots v1.0.0\n",
		"main.go": fmt.Sprintf(program, "once "),
	}).onServed()
	p.buildx().image()
	p.write("main.go", fmt.Sprintf(program, "twice "), 0o644)
	p.buildx().image()
	if got := count.Load(); got != 1 {
		t.Errorf("%d downloads of the module, want 1", got)
	}
}

// TestGoWithC: a Go program is linked with C by the toolchains of both.
func TestGoWithC(t *testing.T) {
	t.Parallel()
	if got := goWithC(t).buildx().image().run(); !strings.HasPrefix(got, "jansson 2.") {
		t.Errorf("output %q", got)
	}
}

func goWithC(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  toolchain: [go, c]
  packages: [jansson-dev, jansson-static]
  run: go build -ldflags '-linkmode external -extldflags -static' -o knot .
binary: knot
`,
		"go.mod": "module example.com/knot\n\ngo 1.24\n",
		"main.go": `package main

// #cgo pkg-config: jansson
// #include <jansson.h>
import "C"

import "os"

func main() { os.Stdout.WriteString("jansson " + C.GoString(C.jansson_version_str())) }
`,
	}).onServed()
}
