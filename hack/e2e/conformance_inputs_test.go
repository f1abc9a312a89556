//go:build e2e

package e2e

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var inputRows = []row{
	{"docker buildx build, by the docker command", "docker buildx", dockerCommand},
	{"-f, any name", buildx, anyName},
	{"-f -, the file from standard input", buildx, fileFromStdin},
	{"-, the file alone from standard input", buildx, fileAloneFromStdin},
	{"-, a tar archive from standard input", buildx, archiveFromStdin},
	{"Git context", buildx, gitContext},
	{"Git context, by buildctl", buildctl, gitContextBuildctl},
	{"Git context, a sub-directory (#main:sub)", buildx, gitSubdirectory},
	{"Git context, a branch and a sub-directory (?branch=main&subdir=sub)", buildx, gitQuery},
	{"HTTP tarball context", buildx, httpContext},
	{"a sub-directory's file, -f sub/Scratchfile", buildx, subdirectory},
	{".dockerignore", buildx, dockerignore},
	{"Scratchfile.dockerignore goes before .dockerignore", buildx, ownDockerignore},
	{"--build-context for the base: OCI layout", buildx, baseLayout},
	{"--build-context for the base: image", buildx, baseImage},
	{"--build-context for the base: directory", buildx, baseDirectory},
	{"--build-context for the base: Git", buildx, baseGit},
	{"base named by the file, from a registry", buildx, baseFromRegistry},
}

func helloProject(t *testing.T) *project {
	t.Helper()
	return newProject(t, map[string]string{"Scratchfile": scratchfile("-static", ""), "hello.c": hello})
}

// dockerCommand runs buildx as a plugin of docker, as users do.
func dockerCommand(t *testing.T) {
	docker, err := exec.LookPath("docker")
	if err != nil {
		cantRun(t, "the docker command is not installed")
	}
	p := helloProject(t)
	dest := filepath.Join(t.TempDir(), "image")
	plugin := p.buildxCommand("-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName+"="+env.base,
		"--output", "type=oci,tar=false,dest="+dest)
	cmd := exec.CommandContext(t.Context(), docker, append([]string{"buildx"}, plugin.Args[1:]...)...)
	cmd.Env = plugin.Env
	out, err := cmd.CombinedOutput()
	outcome{t: t, log: string(out), err: err, dir: dest}.says("hello")
}

func anyName(t *testing.T) {
	p := newProject(t, map[string]string{"build/any name.yml": scratchfile("-static", ""), "hello.c": hello})
	p.buildxRaw("-f", filepath.Join(p.dir, "build/any name.yml")).says("hello")
}

func fileFromStdin(t *testing.T) {
	p := newProject(t, map[string]string{"hello.c": hello})
	p.stdin = strings.NewReader(scratchfile("-static", ""))
	p.buildxRaw("-f", "-").says("hello")
}

func fileAloneFromStdin(t *testing.T) {
	p := &project{t: t, dir: "-", stdin: strings.NewReader(syntax + `build:
  packages: [build-base]
  run: echo 'int main(void) { return 0; }' >empty.c && gcc -static empty.c -o empty
binary: empty
`)}
	img := p.buildxRaw().image()
	if diff := cmp.Diff([]string{"/empty"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
}

func archiveFromStdin(t *testing.T) {
	p := &project{t: t, dir: "-", stdin: bytes.NewReader(helloProject(t).archive())}
	p.buildxRaw("-f", "Scratchfile").says("hello")
}

func gitContext(t *testing.T) {
	p := &project{t: t, dir: helloProject(t).serveGit() + "#main"}
	p.buildxRaw("-f", "Scratchfile").says("hello")
}

func gitContextBuildctl(t *testing.T) {
	p := &project{t: t}
	p.buildctlRaw("gateway.v0", "--opt", "source="+frontendName,
		"--opt", "context="+helloProject(t).serveGit()).says("hello")
}

func gitSubdirectory(t *testing.T) {
	p := newProject(t, map[string]string{"deep/sub/Scratchfile": scratchfile("-static", ""), "deep/sub/hello.c": hello})
	p = &project{t: t, dir: p.serveGit() + "#main:deep/sub"}
	p.buildxRaw("-f", "Scratchfile").says("hello")
}

func gitQuery(t *testing.T) {
	p := newProject(t, map[string]string{"deep/sub/Scratchfile": scratchfile("-static", ""), "deep/sub/hello.c": hello})
	p = &project{t: t, dir: p.serveGit() + "?branch=main&subdir=deep/sub"}
	p.buildxRaw("-f", "Scratchfile").says("hello")
}

func httpContext(t *testing.T) {
	p := &project{t: t, dir: helloProject(t).serveArchive()}
	p.buildxRaw("-f", "Scratchfile").says("hello")
}

func subdirectory(t *testing.T) {
	p := newProject(t, map[string]string{
		"sub/Scratchfile": syntax + "build: {packages: [build-base], run: gcc -static sub/hello.c -o hello}\nbinary: hello\n",
		"sub/hello.c":     hello,
	})
	p.buildxRaw("-f", filepath.Join(p.dir, "sub/Scratchfile")).says("hello")
}

func dockerignore(t *testing.T) {
	p := sayingProject(t, "find . -type f | sort", "", "")
	p.write("kept.txt", "", 0o644)
	p.write("dropped.txt", "", 0o644)
	p.write(".dockerignore", "*\n!hello.c\n!kept.txt\n", 0o644)
	p.buildx().says("./hello.c ./kept.txt")
}

func ownDockerignore(t *testing.T) {
	p := sayingProject(t, "find . -name '*.txt' | sort", "", "")
	p.write("a.txt", "", 0o644)
	p.write("b.txt", "", 0o644)
	p.write(".dockerignore", "a.txt\n", 0o644)
	p.write("Scratchfile.dockerignore", "b.txt\n", 0o644)
	p.buildx().says("./a.txt")
}

// onBase builds with a context as the base. Nothing else has the name of the base.
func onBase(t *testing.T, context string) {
	t.Helper()
	p := sayingProject(t, "cat /etc/alpine-release", `base: "stands-for:anything"`, "")
	dest := filepath.Join(t.TempDir(), "image")
	o := p.buildxOnly("-f", filepath.Join(p.dir, "Scratchfile"),
		"--build-context", "stands-for:anything="+context,
		"--output", "type=oci,tar=false,dest="+dest)
	o.dir = dest
	if got := o.image().run(); !strings.HasPrefix(got, "3.") {
		t.Errorf("the base's release is %q", got)
	}
}

func baseLayout(t *testing.T) {
	onBase(t, "oci-layout://"+baseDir(t))
}

func baseImage(t *testing.T) {
	onBase(t, "docker-image://"+pushedBase(t))
}

// onToyRoot builds on a base that is a folder and not an image.
func onToyRoot(t *testing.T, context string) {
	t.Helper()
	p := newProject(t, map[string]string{"Scratchfile": toyFile(t, "stands-for:anything")})
	p.buildx("--build-context", "stands-for:anything="+context).says("amd64")
}

// toyRoot returns a project whose folder is a base.
func toyRoot(t *testing.T) *project {
	t.Helper()
	p := newProject(t, nil)
	p.write("bin/sh", string(toybox(t, "amd64", "amd64")), 0o755)
	return p
}

func baseDirectory(t *testing.T) { onToyRoot(t, toyRoot(t).dir) }
func baseGit(t *testing.T)       { onToyRoot(t, toyRoot(t).serveGit()+"#main") }

func baseFromRegistry(t *testing.T) {
	p := sayingProject(t, "cat /etc/alpine-release", `base: "`+pushedBase(t)+`"`, "")
	if got := p.buildx().image().run(); !strings.HasPrefix(got, "3.") {
		t.Errorf("the base's release is %q", got)
	}
}

// baseDir returns the layout of the run's base.
func baseDir(t *testing.T) string {
	t.Helper()
	dir, ok := layoutOfBase()
	if !ok {
		cantRun(t, "the base of this run is no layout")
	}
	return dir
}
