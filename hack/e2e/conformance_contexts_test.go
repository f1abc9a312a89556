//go:build e2e

package e2e

import (
	"net/http"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// contextRows take files from contexts that --build-context names.
var contextRows = []row{
	{"--build-context for files: directory", buildx, filesDirectory},
	{"--build-context for files: OCI layout", buildx, filesLayout},
	{"--build-context for files: image", buildx, filesImage},
	{"--build-context for files: Git", buildx, filesGit},
	{"--build-context for files: a file by HTTP", buildx, filesHTTP},
	{"files of a context that is not given are an error at their line", buildx, filesMissing},
	{"files of a context that fails to load are an error at their line", buildx, filesUnloadable},
	{"a base by a context that fails to load is an error at its line", buildx, baseUnloadable},
	{"local contexts for files, by buildctl", buildctl, filesBuildctl},
}

const filesLine = `files: [{context: assets, path: share/note, to: /etc/note}]`

// assets returns a project to take a file from.
func assets(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{"share/note": "a note", "share/other": "another"})
}

func filesProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{"Scratchfile": scratchfile("-static", filesLine+"\n"), "hello.c": hello})
}

// hasNote checks that the image has the file of the other context.
func hasNote(t *testing.T, img *image) {
	t.Helper()
	if diff := cmp.Diff([]string{"/etc/note", "/hello"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	if got := string(img.entries["/etc/note"].data); got != "a note" {
		t.Errorf("the note is %q", got)
	}
}

func filesFrom(t *testing.T, context string) {
	t.Helper()
	hasNote(t, filesProject(t).buildx("--build-context", "assets="+context).image())
}

func filesDirectory(t *testing.T) { filesFrom(t, assets(t).dir) }
func filesGit(t *testing.T)       { filesFrom(t, assets(t).serveGit()+"#main") }

// noteLayout writes an image with the note in it.
func noteLayout(t *testing.T) (dir string) {
	t.Helper()
	return toyLayout(t, toy{arch: "amd64", files: map[string][]byte{"share/note": []byte("a note")}})
}

func filesLayout(t *testing.T) { filesFrom(t, "oci-layout://"+noteLayout(t)) }

func filesImage(t *testing.T) {
	ref := env.registry.ref(t)
	push(t, noteLayout(t), ref)
	filesFrom(t, "docker-image://"+ref)
}

// filesHTTP uses a file as a context. BuildKit calls the file "context" in it.
func filesHTTP(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", "files: [{context: assets, path: context, to: /etc/note}]\n"), "hello.c": hello,
	})
	url := serve(t, http.FileServer(http.Dir(filepath.Join(assets(t).dir, "share"))))
	hasNote(t, p.buildx("--build-context", "assets="+url+"/note").image())
}

func filesMissing(t *testing.T) {
	filesProject(t).buildx().refused(underlined(filesLine), "assets", "--build-context")
}

func filesUnloadable(t *testing.T) {
	filesProject(t).buildx("--build-context", "assets="+assets(t).serveGit()+"#nosuch").
		refused(underlined(filesLine), "build context assets", "nosuch")
}

func baseUnloadable(t *testing.T) {
	const line = "build: {base: mine:1, run: gcc -static hello.c -o hello}"
	p := newProject(t, map[string]string{"Scratchfile": syntax + line + "\nbinary: hello\n", "hello.c": hello})
	p.buildx("--build-context", "mine:1="+assets(t).serveGit()+"#nosuch").refused(underlined(line), "base mine:1", "nosuch")
}

func filesBuildctl(t *testing.T) {
	p := filesProject(t)
	hasNote(t, p.buildctl("gateway.v0", "--opt", "source="+frontendName,
		"--local", "assets="+filepath.Clean(assets(t).dir), "--opt", "context:assets=local:assets").image())
}
