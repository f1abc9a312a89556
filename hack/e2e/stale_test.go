//go:build e2e

package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"
)

// TestStaleDownload: after a change of the URL, the builder downloads again, whatever it
// has cached.
func TestStaleDownload(t *testing.T) {
	header := []byte("#define GREETING \"one\"\n")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.RequestURI() {
		case "/greeting-1.h", "/v1/greeting.h", "/greeting.h?v=1":
			w.Write(header)
		case "/greeting-2.h":
			w.Write([]byte("#define GREETING \"two\"\n"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	for _, path := range []string{"/greeting-${V}.h", "/v${V}/greeting.h", "/greeting.h?v=${V}"} {
		source := fmt.Sprintf("    - {http: %q, sha256: %s, to: greeting.h}", server.URL+path, sum(header))
		p := newProject(t, map[string]string{"Scratchfile": sourcesFile(source + "\n"), "hello.c": hello})
		p.write("Scratchfile", syntax+"args: {V: \"1\"}\n"+sourcesFile(source + "\n")[len(syntax):], 0o644)
		if got := p.buildx().image().run(); got != "one\n" {
			t.Errorf("%s: output %q", path, got)
		}
		p.buildx("--build-arg", "V=2").refused(underlined(source), "has the checksum", sum(header))
		p.buildx().image()
	}
}
