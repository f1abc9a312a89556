//go:build linux

package wrapper

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocs: each test that docs/inside.md names is there, with its row.
func TestDocs(t *testing.T) {
	page, err := os.ReadFile("../../../docs/inside.md")
	if err != nil {
		t.Fatal(err)
	}
	var sources strings.Builder
	for _, pattern := range []string{"*_test.go", "../*_test.go", "../../step/sbomstep/*_test.go", "../../sbom/*_test.go", "../../../hack/e2e/inside_test.go", "../../../hack/e2e/scanners_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			text, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			sources.Write(text)
		}
	}
	named := regexp.MustCompile("`(Test[A-Za-z]+)((?:/[^`]+)?)`").FindAllStringSubmatch(string(page), -1)
	if len(named) < 30 {
		t.Errorf("the page names %d tests", len(named))
	}
	for _, n := range named {
		if !strings.Contains(sources.String(), "func "+n[1]+"(t *testing.T)") {
			t.Errorf("no test %s", n[1])
		}
		row := n[2][strings.LastIndex(n[2], "/")+1:]
		if row == "" {
			continue
		}
		row = strings.ReplaceAll(strings.TrimSuffix(row, "…"), "_", " ")
		if !strings.Contains(sources.String(), `"`+strings.TrimSpace(row)) {
			t.Errorf("%s has no row %q", n[1], row)
		}
	}
}
