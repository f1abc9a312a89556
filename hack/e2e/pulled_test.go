//go:build e2e

package e2e

import (
	"crypto/rand"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	neturl "net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// meter is a proxy before a registry that counts the pulled bytes.
type meter struct {
	addr string

	mu     sync.Mutex
	pulled map[string]int64 // bytes by blob
}

func newMeter(t *testing.T, r registry) *meter {
	t.Helper()
	m := &meter{pulled: map[string]int64{}}
	proxy := httputil.NewSingleHostReverseProxy(&neturl.URL{Scheme: "http", Host: r.addr})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		_, blob, ok := strings.Cut(req.URL.Path, "/blobs/")
		if ok && req.Method == http.MethodGet {
			w = &metered{ResponseWriter: w, meter: m, blob: blob}
		}
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(server.Close)
	m.addr = strings.TrimPrefix(server.URL, "http://")
	return m
}

type metered struct {
	http.ResponseWriter

	meter *meter
	blob  string
}

func (w *metered) Write(p []byte) (int, error) {
	n, err := w.ResponseWriter.Write(p)
	w.meter.mu.Lock()
	defer w.meter.mu.Unlock()
	w.meter.pulled[w.blob] += int64(n)
	return n, err
}

// ref returns the name of an image in the registry behind the meter.
func (m *meter) ref(ref string) string {
	_, rest, _ := strings.Cut(ref, "/")
	return m.addr + "/" + rest
}

// TestImportPullsTheImageAtMost: the frontend reads the binaries of the finished image. So
// a build that is all in an imported cache pulls the layers of the image, and nothing else
// that is large.
func TestImportPullsTheImageAtMost(t *testing.T) {
	const dataSize, small = 4 << 20, 64 << 10
	data := make([]byte, dataSize)
	rand.Read(data)
	for _, mode := range []string{"max", "min", "inline"} {
		t.Run(mode, func(t *testing.T) {
			p := sayingProject(t, "echo "+unique(t), "", "files: [data]\ntest: [{run: [/hello]}]\n")
			p.write("data", string(data), 0o644)
			ref := env.registry.ref(t)
			file := []string{"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + env.base}
			to := "type=registry,mode=" + mode + ",ref=" + ref
			if mode == "inline" {
				to = "type=inline"
				p.buildxOnly(append(file, "--cache-to", to, "--tag", ref, "--push")...).passed()
			} else {
				p.buildxOnly(append(file, "--cache-to", to)...).passed()
			}
			for _, output := range []string{"cacheonly", "push", "push elsewhere", "oci"} {
				m := newMeter(t, env.registry)
				p.vars = emptyMachine(t).vars
				args := append(file, "--cache-from", "type=registry,ref="+m.ref(ref))
				switch output {
				case "cacheonly":
					args = append(args, "--output", "type=cacheonly")
				case "push":
					args = append(args, "--push", "--tag", strings.TrimSuffix(m.ref(ref), ":latest")+":again")
				case "push elsewhere":
					args = append(args, "--push", "--tag", env.registry.ref(t)+"-elsewhere")
				case "oci":
					args = append(args, "--output", "type=oci,dest="+filepath.Join(t.TempDir(), "image.tar"))
				}
				p.buildxOnly(args...).passed()
				var total int64
				for _, n := range m.pulled {
					total += n
				}
				t.Logf("mode=%s, %s: %d bytes pulled, %d blobs; the image's data has %d", mode, output, total, len(m.pulled), dataSize)
				if total > dataSize+small {
					t.Errorf("mode=%s, %s: %d bytes were pulled, the image has %d: %v", mode, output, total, dataSize, m.pulled)
				}
			}
		})
	}
}
