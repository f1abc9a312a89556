//go:build scanners

package sbom

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/hack/need"
)

// scanner runs a scanner and gives its answer.
func scanner(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	program, err := exec.LookPath(name)
	if err != nil {
		need.Missing(t, "%s is not there: run hack/tools/install %[1]s, and have .cache/bin in PATH", name)
	}
	cmd := exec.CommandContext(t.Context(), program, args...)
	cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false",
		"GRYPE_DB_AUTO_UPDATE=false", "GRYPE_DB_VALIDATE_AGE=false", "GRYPE_DB_CACHE_DIR="+advisories)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v\n%s", err, &stderr)
	}
	return out
}

// advisories is the folder of grype's database.
var advisories string

// seen are the lines "type name version origin" of an answer, sorted, with the
// distribution first.
func seen(t *testing.T, answer []byte) []string {
	t.Helper()
	var report struct {
		Distro    struct{ ID, VersionID string }
		Artifacts []struct {
			Type, Name, Version string
			Metadata            struct{ OriginPackage string }
		}
	}
	if err := json.Unmarshal(answer, &report); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, a := range report.Artifacts {
		out = append(out, strings.TrimSpace(strings.Join([]string{a.Type, a.Name, a.Version, a.Metadata.OriginPackage}, " ")))
	}
	slices.Sort(out)
	return append([]string{report.Distro.ID + " " + report.Distro.VersionID}, out...)
}

// TestScannersReadPackageDB: of an image with the program alone, syft lists nothing.
// With the database it lists what is linked, by its origin, and nothing else.
func TestScannersReadPackageDB(t *testing.T) {
	db, err := inventory(t, demo(t)).PackageDB()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	scan := func() []string { return seen(t, scanner(t, "syft", "scan", "dir:"+root, "-o", "json")) }
	if got := scan(); len(got) != 1 {
		t.Errorf("without the database: %q", got)
	}
	write(t, root, db)
	want := []string{
		"alpine 3.24.0",
		"apk glib-static 2.74.6-r0 glib", "apk jansson-static 2.14-r0 jansson", "apk musl-dev 1.2.3-r0 musl",
	}
	if diff := cmp.Diff(want, scan()); diff != "" {
		t.Error(diff)
	}
}

func write(t *testing.T, root string, files map[string][]byte) {
	t.Helper()
	for name, dt := range files {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, dt, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// TestScannersMatchOrigins: trivy finds the distribution and the origin of each package,
// by which it matches advisories, in the database and in both documents.
func TestScannersMatchOrigins(t *testing.T) {
	inv := inventory(t, demo(t))
	db, err := inv.PackageDB()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	write(t, filepath.Join(root, "image"), db)
	docs := documents(t, inv)
	write(t, root, map[string][]byte{"spdx.json": []byte(docs["spdx.json"]), "cyclonedx.json": []byte(docs["cyclonedx.json"])})
	for _, what := range [][]string{{"rootfs", "image"}, {"sbom", "spdx.json"}, {"sbom", "cyclonedx.json"}} {
		answer := scanner(t, "trivy", what[0], "--cache-dir", filepath.Join(root, "cache"), "--offline-scan", "--scanners", "license",
			"--format", "json", "--list-all-pkgs", filepath.Join(root, what[1]))
		var report struct {
			Metadata struct{ OS struct{ Family, Name string } }
			Results  []struct {
				Packages []struct{ Name, Version, SrcName, SrcVersion string }
			}
		}
		if err := json.Unmarshal(answer, &report); err != nil {
			t.Fatal(err)
		}
		got := []string{report.Metadata.OS.Family + " " + report.Metadata.OS.Name}
		for _, r := range report.Results {
			for _, p := range r.Packages {
				got = append(got, strings.Join([]string{p.Name, p.Version, "of", p.SrcName, p.SrcVersion}, " "))
			}
		}
		slices.Sort(got[1:])
		want := []string{
			"alpine 3.24.0", "glib-static 2.74.6-r0 of glib 2.74.6-r0",
			"jansson-static 2.14-r0 of jansson 2.14-r0", "musl-dev 1.2.3-r0 of musl 1.2.3-r0",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s:\n%s", what[1], diff)
		}
	}
}

// TestScannersFindAdvisories: grype matches an advisory with what is linked, by the name of
// the source package, in the database and in both documents. It matches none with the
// compiler, with a library that is not linked, or with a version that is fixed. The database
// of advisories is grype's own format, and what it says is invented.
func TestScannersFindAdvisories(t *testing.T) {
	inv := inventory(t, demo(t))
	db, err := inv.PackageDB()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	advisories = filepath.Join(root, "advisories")
	scanner(t, "grype-advisories", advisories, "3.24",
		"CVE-0000-0001=jansson=99-r0", "CVE-0000-0002=glib=2.0-r0", "CVE-0000-0003=gcc=99-r0", "CVE-0000-0004=zlib=99-r0", "CVE-0000-0005=pcre2=99-r0")
	write(t, filepath.Join(root, "image"), db)
	docs := documents(t, inv)
	write(t, root, map[string][]byte{"spdx.json": []byte(docs["spdx.json"]), "cyclonedx.json": []byte(docs["cyclonedx.json"])})
	for _, what := range []string{"dir:" + filepath.Join(root, "image"), "sbom:" + filepath.Join(root, "spdx.json"), "sbom:" + filepath.Join(root, "cyclonedx.json")} {
		var report struct {
			Matches []struct {
				Vulnerability struct{ ID string }
				Artifact      struct{ Name, Version string }
			}
		}
		if err := json.Unmarshal(scanner(t, "grype", what, "-q", "-o", "json"), &report); err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, m := range report.Matches {
			got = append(got, strings.Join([]string{m.Vulnerability.ID, m.Artifact.Name, m.Artifact.Version}, " "))
		}
		if diff := cmp.Diff([]string{"CVE-0000-0001 jansson-static 2.14-r0"}, got); diff != "" {
			t.Errorf("%s:\n%s", what, diff)
		}
	}
}

// TestScannersReadDocuments: syft takes the same packages from the documents. Those
// without a package URL match no advisory.
func TestScannersReadDocuments(t *testing.T) {
	for name, b := range map[string]Build{"demo": demo(t), "many": many()} {
		docs := documents(t, inventory(t, b))
		var want []string
		for _, p := range inventory(t, b).Packages {
			switch {
			case strings.HasPrefix(p.Purl, "pkg:apk/"):
				want = append(want, "apk "+p.Name+" "+p.Version)
			case strings.HasPrefix(p.Purl, "pkg:golang/"):
				want = append(want, "go-module "+p.Name+" "+p.Version)
			case strings.HasPrefix(p.Purl, "pkg:cargo/"):
				want = append(want, "rust-crate "+p.Name+" "+p.Version)
			}
		}
		slices.Sort(want)
		for _, doc := range []string{"spdx.json", "cyclonedx.json"} {
			file := filepath.Join(t.TempDir(), doc)
			if err := os.WriteFile(file, []byte(docs[doc]), 0o644); err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, line := range seen(t, scanner(t, "syft", "convert", file, "-o", "json"))[1:] {
				if words := strings.Fields(line); slices.Contains([]string{"apk", "go-module", "rust-crate"}, words[0]) {
					got = append(got, strings.Join(words[:3], " "))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s of %s:\n%s", doc, name, diff)
			}
		}
	}
}
