//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// demo returns a copy of the demo project, which a test may change.
func demo(t *testing.T) *project {
	t.Helper()
	p := newProject(t, nil)
	if err := os.CopyFS(p.dir, os.DirFS(filepath.Join("..", "..", "examples", "from-scratch"))); err != nil {
		t.Fatal(err)
	}
	return p
}

// TestDemo: the image holds the binary and the data and nothing else, and the
// program runs in an otherwise empty root.
func TestDemo(t *testing.T) {
	img := demo(t).buildx().image()
	if diff := cmp.Diff([]string{"/data/ships.json", "/harbour"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	// A name would need an /etc/hosts, which a container runtime adds. An address needs
	// nothing.
	out := img.run("/data/ships.json", "127.0.0.1")
	for _, want := range []string{"Welcome", "127.0.0.1 is at 127.0.0.1", "3 ships", "Great Auk   5100 t"} {
		if !strings.Contains(out, want) {
			t.Errorf("output %q lacks %q", out, want)
		}
	}
}

// TestDemoDynamic: the same program, linked dynamically, is refused. The user sees the
// name of its loader.
func TestDemoDynamic(t *testing.T) {
	p := demo(t)
	file := filepath.Join(p.dir, "Scratchfile")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	dynamic := strings.NewReplacer("gcc -static ", "gcc ", "--static ", "").Replace(string(text))
	if dynamic == string(text) {
		t.Fatal("the demo has no flags to take away")
	}
	p.write("Scratchfile", dynamic, 0o644)
	p.buildx().refused(underlined("binary: harbour"), "/src/harbour needs the dynamic loader /lib/ld-musl-", "link with -static")
}
