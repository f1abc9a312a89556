package main

import (
	"encoding/json"
	"strings"
	"testing"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/cmd/scratch/ociimage"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// TestInspectKeepsToItsLines: an image can't write lines of the page, such as one that says
// that a program is static.
func TestInspectKeepsToItsLines(t *testing.T) {
	const forged = "x\nforged\tline"
	i := inspection{
		Platform: forged,
		Config: ocispecs.ImageConfig{
			Entrypoint: []string{forged}, User: forged, Env: []string{forged}, WorkingDir: forged, StopSignal: forged,
			Labels: map[string]string{forged: forged}, ExposedPorts: map[string]struct{}{forged: {}}, Volumes: map[string]struct{}{forged: {}},
		},
		Files:      []ociimage.File{{Path: forged, Link: forged, Perm: "-", Program: &verify.Report{}}},
		Packages:   []linkedPackage{{forged, forged, forged}},
		Provenance: &provenance{Materials: []material{{forged, map[string]string{forged: forged}}}},
	}
	var out strings.Builder
	if err := i.print(&out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "forged") {
		t.Fatal("the test looks for the wrong thing")
	}
	for line := range strings.Lines(out.String()) {
		if strings.HasPrefix(line, "forged") {
			t.Errorf("the image wrote the line %q", line)
		}
	}
}

// TestInspectNamesLicenses as the SBOM and all that is printed do.
func TestInspectNamesLicenses(t *testing.T) {
	var i inspection
	if err := i.addSPDX([]byte(`{"packages": [{"name": "musl", "versionInfo": "1.2", "licenseDeclared": "MIT"}]}`)); err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(i.Packages)
	if want := `[{"name":"musl","version":"1.2","license":"MIT"}]`; err != nil || string(data) != want {
		t.Errorf("%s, want %s: %v", data, want, err)
	}
}
