package verify

import (
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// The package imports only the standard library, the type of platforms, and the package
// that makes text printable.
func TestStandsAlone(t *testing.T) {
	allowed := []string{"github.com/opencontainers/image-spec/specs-go/v1", "github.com/rene2/scratch-frontend/frontend/quote"}
	// Words of a Scratchfile, and of advice about a build.
	foreign := regexp.MustCompile(`(?i)scratchfile|buildkit|include:|binary:|compress|CGO_ENABLED|RUSTFLAGS|-static\b|chmod`)
	for _, file := range sources(t) {
		dt, err := os.ReadFile(file)
		must(t, err)
		parsed, err := parser.ParseFile(token.NewFileSet(), file, dt, parser.ImportsOnly)
		must(t, err)
		for _, i := range parsed.Imports {
			name, err := strconv.Unquote(i.Path.Value)
			must(t, err)
			if strings.Contains(name, ".") && !slices.Contains(allowed, name) {
				t.Errorf("%s imports %s", file, name)
			}
		}
		for n, line := range strings.Split(string(dt), "\n") {
			if word := foreign.FindString(line); word != "" {
				t.Errorf("%s:%d speaks of %q", file, n+1, word)
			}
		}
	}
}

// sources returns the files of the package without its tests.
func sources(t *testing.T) []string {
	t.Helper()
	all, err := filepath.Glob("*.go")
	must(t, err)
	files := slices.DeleteFunc(all, func(name string) bool { return strings.HasSuffix(name, "_test.go") })
	if len(files) < 10 {
		t.Fatalf("%d files", len(files))
	}
	return files
}
