//go:build e2e && scanners

package e2e

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/hack/need"
)

// scanned is what a scanner lists in the folder of an unpacked image: names and versions.
func scanned(t *testing.T, image string, name string, args ...string) []string {
	t.Helper()
	program := filepath.Join(env.bin, name)
	if _, err := os.Stat(program); err != nil {
		need.Missing(t, "%s is not there: run hack/tools/install %[1]s", name)
	}
	cmd := exec.CommandContext(t.Context(), program, append(args, image)...)
	cmd.Env = append(os.Environ(), "SYFT_CHECK_FOR_APP_UPDATE=false", "GRYPE_CHECK_FOR_APP_UPDATE=false",
		"GRYPE_DB_AUTO_UPDATE=false", "GRYPE_DB_VALIDATE_AGE=false", "GRYPE_DB_CACHE_DIR="+advisories)
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	type list []struct{ Name, Version string }
	var report struct {
		Artifacts list // of syft
		Matches   []struct {
			Artifact struct{ Name, Version string }
		} // of grype
		Results []struct{ Packages list } // of trivy
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatal(err)
	}
	all := report.Artifacts
	for _, r := range report.Results {
		all = append(all, r.Packages...)
	}
	for _, m := range report.Matches {
		all = append(all, m.Artifact)
	}
	var names []string
	for _, a := range all {
		names = append(names, a.Name+" "+a.Version)
	}
	slices.Sort(names)
	return names
}

// advisories is the folder of grype's database.
var advisories string

// TestScannersSeeTheDemo: with package-db, scanners list what the demo is linked of, and
// neither the compiler nor a library that is installed and not linked, with the versions that
// apk has installed. Without it, they list nothing.
func TestScannersSeeTheDemo(t *testing.T) {
	p := demo(t)
	var want []string
	for line := range strings.Lines(p.documents("sbom")["table.txt"]) {
		if words := strings.Fields(line); slices.Contains([]string{"glib-static", "jansson-static", "musl-dev"}, words[1]) {
			want = append(want, words[1]+" "+words[2])
		}
	}
	slices.Sort(want)
	if len(want) != 3 {
		t.Fatalf("the demo is linked of %q", want)
	}
	without := p.buildx().image().unpack()
	file := filepath.Join(p.dir, "Scratchfile")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "include:") {
		t.Fatal("the demo has includes already")
	}
	p.write("Scratchfile", string(text)+"include: [package-db]\n", 0o644)
	with := p.buildx().image().unpack()
	advisories = t.TempDir()
	release := regexp.MustCompile(`alpine-([0-9.]+)`).FindStringSubmatch(p.documents("sbom")["spdx.json"])
	database := exec.CommandContext(t.Context(), filepath.Join(env.bin, "grype-advisories"), advisories, release[1],
		"CVE-0000-0001=jansson=99-r0", "CVE-0000-0002=glib=99-r0", "CVE-0000-0003=musl=99-r0", "CVE-0000-0004=gcc=99-r0", "CVE-0000-0005=pcre2=99-r0", "CVE-0000-0006=zlib=99-r0")
	if out, err := database.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for name, args := range map[string][]string{
		"syft":  {"scan", "-q", "-o", "json"},
		"trivy": {"rootfs", "-q", "--cache-dir", t.TempDir(), "--offline-scan", "--scanners", "license", "--format", "json", "--list-all-pkgs"},
		"grype": {"-q", "-o", "json"}, // what an advisory is about
	} {
		t.Run(name, func(t *testing.T) {
			if got := scanned(t, without, name, args...); len(got) > 0 {
				t.Errorf("without the database: %q", got)
			}
			if diff := cmp.Diff(want, scanned(t, with, name, args...)); diff != "" {
				t.Error(diff)
			}
		})
	}
}
