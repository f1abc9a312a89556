//go:build e2e

package e2e

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

var oldDaemonRows = []row{
	{"BuildKit 0.13: a static program is built, and its image runs", buildx, oldStatic},
	{"BuildKit 0.13: an image that passes its tests is made", buildx, oldTested},
	{"BuildKit 0.13: one that fails them is refused at the test's line", buildx, oldTestFails},
	{"BuildKit 0.13: a dynamic program is refused at its line, with the reason", buildx, oldDynamic},
	{"BuildKit 0.13: a missing file and a missing secret are errors at their entries", buildx, oldMissing},
	{"BuildKit 0.13: files: mode is an error at its line, and takes 0.17", buildx, oldFileMode},
	{"BuildKit 0.13: include: tmp is an error at its line, and takes 0.17", buildx, oldTmp},
	{"BuildKit 0.13: sources: commit is an error at its line, and takes 0.22", buildx, oldCommit},
	{"BuildKit 0.13: --resource is an error at a step's line, and takes 0.31", buildx, oldResource},
	{"BuildKit 0.13: --provenance=mode=max: file, steps and materials, in SLSA 0.2", buildx, oldProvenance},
	{"BuildKit 0.13: --sbom, licenses and package-db", buildx, oldSBOM},
	{"the BuildKit of Docker Engine", buildx, func(t *testing.T) { cantRun(t, "there is no Docker Engine") }},
}

// oldProject returns a project that the oldest BuildKit builds.
func oldProject(t *testing.T, scratchfile string) *project {
	t.Helper()
	return oldest.project(t, map[string]string{"Scratchfile": scratchfile, "hello.c": hello})
}

func oldStatic(t *testing.T) {
	checkHello(t, oldProject(t, scratchfile("-static", "files: [hello.c]\n")).buildx().image(), "/hello", "/hello.c")
}

func checkHello(t *testing.T, img *image, files ...string) {
	t.Helper()
	if diff := cmp.Diff(files, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

// oldTested and oldTestFails: that daemon has no passthrough operations, so the image
// can't wait for its tests by itself.
func oldTested(t *testing.T) {
	o := oldProject(t, scratchfile("-static", "test: [{run: [/hello], stdout: hello}]\n")).buildx()
	checkHello(t, o.image(), "/hello")
	o.said("[test]")
	if strings.Contains(o.log, "all passed") {
		t.Errorf("the daemon knows passthrough operations, so this shows nothing:\n%s", o.log)
	}
}

// oldSBOM: the document is attached, and a refused license makes no image.
func oldSBOM(t *testing.T) {
	const denied = "licenses: {deny: [MIT]}"
	oldProject(t, scratchfile("-static", denied+"\n")).buildx().
		refused(underlined(denied), "musl-dev ", "is under MIT, which licenses.deny has")
	x := oldProject(t, scratchfile("-static", "include: [package-db]\n")).buildx("--sbom=true").index()
	if d := spdxOf(t, x, "linux/amd64")["hello"]; len(d.Files) != 1 || len(d.Packages) < 3 {
		t.Errorf("the document has %+v", d)
	}
	checkHello(t, x.image("linux/amd64"), spec.OSRelease, "/hello", spec.PackageDB)
}

func oldTestFails(t *testing.T) {
	const test = "test: [{run: [/hello], stdout: hullo}]"
	oldProject(t, scratchfile("-static", test+"\n")).buildx().
		refused(underlined(test), `no match for "hullo"`)
}

func oldDynamic(t *testing.T) {
	oldProject(t, scratchfile("", "")).buildx().
		refused(underlined("binary: hello"), "/lib/ld-musl-", "-static")
}

func oldMissing(t *testing.T) {
	oldProject(t, scratchfile("-static", "files:\n  - hello.c\n  - none\n")).buildx().
		marks(`"/none": not found in the build context`, "- none")
	oldProject(t, syntax+"build:\n  secrets:\n    - {id: a, env: A}\n  run: echo "+unique(t)+"\nbinary: hello\n").buildx().
		marks("pass it with --secret id=a,src=FILE", "- {id: a, env: A}")
}

func oldFileMode(t *testing.T) {
	const files = `files: [{from: hello.c, to: /x, mode: "0600"}]`
	oldProject(t, scratchfile("-static", files+"\n")).buildx().
		refused(underlined(files), "files: mode", "BuildKit 0.17 or newer")
}

func oldTmp(t *testing.T) {
	const include = "include: [tmp]"
	oldProject(t, scratchfile("-static", include+"\n")).buildx().
		refused(underlined(include), "include: tmp", "BuildKit 0.17 or newer")
}

// oldCommit names a repository that no server has. The build must fail before it asks for
// it.
func oldCommit(t *testing.T) {
	const sources = "  sources: [hello.c, {git: 'http://127.0.0.1:1/lib.git', ref: v1, commit: 0123456789abcdef0123456789abcdef01234567, to: lib}]"
	oldProject(t, syntax+"build:\n"+sources+"\n  run: gcc -static hello.c -o hello\nbinary: hello\n").buildx().
		refused(underlined(sources), "build.sources: commit", "BuildKit 0.22 or newer")
}

func oldResource(t *testing.T) {
	oldProject(t, scratchfile("-static", "")).buildx("--resource", "memory=512m").
		refused(">>> ", "limit the resources", "BuildKit 0.31 or newer")
}

func oldProvenance(t *testing.T) {
	x := oldProject(t, scratchfile("-static", "")).buildx("--provenance=mode=max").index()
	text := string(x.attestation("linux/amd64", "https://slsa.dev/provenance/v0.2").Predicate)
	for _, want := range []string{`"Scratchfile"`, "gcc -static hello.c", `"materials"`, "alpine"} {
		if !strings.Contains(text, want) {
			t.Errorf("%q is not in the provenance:\n%s", want, text)
		}
	}
}
