//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var targetRows = []row{
	{"--target image is the default", buildx, targetImage},
	{"--target binary --output DIR: just the binary", buildx, targetBinary},
	{"--target binary, refused when it is dynamic", buildx, targetBinaryRefused},
	{"--target build: the compile root with the workdir in it", buildx, targetBuild},
	{"--target debug: without strip", buildx, targetDebug},
	{"--target test: runs the tests, empty", buildx, targetTest},
	{"--target, unknown: the error lists what there is", buildx, targetUnknown},
	{"target, by buildctl", buildctl, targetBuildctl},
}

// targetProject returns a project for which each target gives another result.
func targetProject(t *testing.T, testExit string) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  packages: [build-base]
  run: gcc -g -static hello.c -o hello
binary: {from: hello, to: /bin/hello, strip: true}
files: [data]
test: [{run: [/bin/hello], exit: ` + testExit + `}]
`, "hello.c": hello, "data": "d",
	})
}

func targetImage(t *testing.T) {
	p := targetProject(t, "0")
	plain, asked := p.buildx().image(), p.buildx("--target", "image").image()
	if plain.digest != asked.digest {
		t.Errorf("image %s by default, %s by --target image", plain.digest, asked.digest)
	}
	if diff := cmp.Diff([]string{"/bin/hello", "/data"}, asked.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
}

// toDirectory builds with args. It returns the output directory and the names in it.
func (p *project) toDirectory(args ...string) (dir string, names []string) {
	p.t.Helper()
	dir = p.t.TempDir()
	p.buildxOnly(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + env.base, "--output", dir,
	}, args...)...).passed()
	entries, err := os.ReadDir(dir)
	if err != nil {
		p.t.Fatal(err)
	}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return dir, names
}

func targetBinary(t *testing.T) {
	dir, names := targetProject(t, "0").toDirectory("--target", "binary")
	if diff := cmp.Diff([]string{"hello"}, names); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	runTool(t, nil, filepath.Join(dir, "hello"))
}

func targetBinaryRefused(t *testing.T) {
	newProject(t, map[string]string{"Scratchfile": scratchfile("", ""), "hello.c": hello}).
		buildx("--target", "binary").refused(underlined("binary: hello"))
}

func targetBuild(t *testing.T) {
	img := targetProject(t, "0").buildx("--target", "build").image()
	for _, f := range []string{"/src/hello", "/src/hello.c", "/bin/busybox", "/usr/bin/gcc"} {
		if _, ok := img.entries[f]; !ok {
			t.Errorf("the compile root has no %s", f)
		}
	}
	if got := img.config.Config.WorkingDir; got != "/src" {
		t.Errorf("working directory %q", got)
	}
	var path bool
	for _, e := range img.config.Config.Env {
		path = path || len(e) > 5 && e[:5] == "PATH="
	}
	if !path {
		t.Errorf("the base's environment is missing: %q", img.config.Config.Env)
	}
}

func targetDebug(t *testing.T) {
	p := targetProject(t, "0")
	stripped, whole := p.buildx().image(), p.buildx("--target", "debug").image()
	if s, w := stripped.entries["/bin/hello"].Size, whole.entries["/bin/hello"].Size; s >= w {
		t.Errorf("%d bytes stripped, %d for debugging", s, w)
	}
	if got := whole.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

func targetTest(t *testing.T) {
	img := targetProject(t, "0").buildx("--target", "test").image()
	if files := img.files(); len(files) > 0 {
		t.Errorf("files %v in what is to be empty", files)
	}
	targetProject(t, "3").buildx("--target", "test").
		refused(underlined("test: [{run: [/bin/hello], exit: 3}]"), "exit code 0, not 3")
}

func targetUnknown(t *testing.T) {
	helloProject(t).buildx("--target", "dream").refused(`"dream"`, "image", "binary", "build", "debug", "test")
}

func targetBuildctl(t *testing.T) {
	img := targetProject(t, "0").buildctl("gateway.v0", "--opt", "source="+frontendName, "--opt", "target=binary").image()
	if diff := cmp.Diff([]string{"/hello"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
}
