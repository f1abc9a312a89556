package frontend

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
)

// crossFile has a test in line 5.
const crossFile = `build:
  toolchain: c
  run: make
binary: app
test: [{run: [/app]}]
`

// offlineFor returns a client for a build of a Scratchfile for arm64, and where its warnings
// go. Its daemon runs amd64 alone.
func offlineFor(t *testing.T, text string) (*offline, *bytes.Buffer) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "Scratchfile")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	var warnings bytes.Buffer
	opts := map[string]string{"filename": "Scratchfile", "platform": "linux/arm64"}
	return &offline{file: file, warnings: &warnings, opts: opts}, &warnings
}

// platformsOf returns the platforms of the processes and of the base of a build's graph.
func platformsOf(t *testing.T, text string) map[string]bool {
	t.Helper()
	c, _ := offlineFor(t, text)
	file, err := readFile(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	graph, err := file.convertLLB(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]bool{}
	for _, op := range graph.Def {
		if op.GetExec() != nil || strings.HasPrefix(op.GetSource().GetIdentifier(), "docker-image://docker.io/library/alpine") {
			out[op.GetPlatform().GetArchitecture()] = true
		}
	}
	return out
}

// TestRunsOnBuilder: a build for another platform with a toolchain runs nothing of that
// platform, not even its base. Without one, or if it is emulated, it does.
func TestRunsOnBuilder(t *testing.T) {
	strip := strings.Replace(crossFile, "binary: app", "binary: {from: app, strip: true, compress: upx}\ninclude: [ca-certificates, tzdata]", 1)
	for _, text := range []string{crossFile, strip} {
		if got := platformsOf(t, text); got["arm64"] || !got["amd64"] {
			t.Errorf("platforms %v of\n%s", got, text)
		}
	}
	for _, keys := range []string{"packages: [build-base]", "toolchain: c\n  emulate: true"} {
		text := strings.Replace(crossFile, "toolchain: c", keys, 1)
		if got := platformsOf(t, text); !got["arm64"] {
			t.Errorf("platforms %v of\n%s", got, text)
		}
	}
}

// TestNotRunIsSaid: a test that the builder can't run has a warning for its platform.
func TestNotRunIsSaid(t *testing.T) {
	c, warnings := offlineFor(t, crossFile)
	if _, err := Build(t.Context(), c); err == nil {
		t.Error("the fake daemon has no reports")
	}
	if !strings.Contains(warnings.String(), "the test of line 5 was not run for linux/arm64") {
		t.Errorf("warnings %q", warnings)
	}
}

// TestRequiredTest: a test that is required and can't run is an error at its line.
func TestRequiredTest(t *testing.T) {
	c, _ := offlineFor(t, strings.Replace(crossFile, "{run: [/app]}", "{run: [/app], required: true}", 1))
	_, err := Build(t.Context(), c)
	if err == nil || !strings.Contains(err.Error(), "the test is required, and this builder can't run programs of linux/arm64\nfix: ") {
		t.Fatalf("error %v", err)
	}
	if s := errdefs.Sources(err); len(s) != 1 || s[0].Ranges[0].Start.Line != 5 {
		t.Errorf("sources %v", s)
	}
}

// TestUnknownPlatform: a platform whose programs can't be verified is refused before the
// compile.
func TestUnknownPlatform(t *testing.T) {
	for _, platform := range []string{"darwin/arm64", "windows/amd64", "linux/vax"} {
		c, _ := offlineFor(t, crossFile)
		c.opts["platform"] = platform
		_, err := Build(t.Context(), c)
		if err == nil || !strings.HasPrefix(err.Error(), "no program can be verified for "+platform+"; fix: ") {
			t.Errorf("%s: error %v", platform, err)
		}
	}
}
