//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// hello is a program that prints a macro of the build or, without it, "hello".
const hello = `#include <stdio.h>
#ifndef GREETING
#define GREETING "hello"
#endif
int main(void) { puts(GREETING); return 0; }
`

// scratchfile returns a build file that compiles hello.c with the given flags.
func scratchfile(flags, rest string) string {
	return syntax + fmt.Sprintf("build:\n  packages: [build-base]\n  run: gcc %s hello.c -o hello\nbinary: hello\n%s", flags, rest)
}

func TestStatic(t *testing.T) {
	img := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", ""),
		"hello.c":     hello,
	}).buildx().image()
	if diff := cmp.Diff([]string{"/hello"}, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
	if got := img.entries["/hello"].FileInfo().Mode().Perm(); got != 0o755 {
		t.Errorf("mode %#o", got)
	}
	if n := len(img.manifest.Layers); n != 1 {
		t.Errorf("%d layers, want 1", n)
	}
}

func TestStaticPIE(t *testing.T) {
	img := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static-pie", ""),
		"hello.c":     hello,
	}).buildx().image()
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

func TestImageConfig(t *testing.T) {
	img := newProject(t, map[string]string{
		"Scratchfile": syntax + `args: {GREETING: unset}
build:
  packages: [build-base]
  env: {CFLAGS: -Os}
  run: |
    gcc -static $CFLAGS -DGREETING="\"$GREETING\"" hello.c -o out/hello
binary: {from: out/hello, to: /bin/hello, mode: "0555"}
image:
  cmd: [--ignored]
  env: {MODE: prod}
  user: "65532:65532"
  workdir: /
  expose: [8080]
  labels: {greeting: "${GREETING}"}
  stop-signal: SIGINT
`,
		"hello.c": hello,
		"out/":    "",
	}).buildx("--build-arg", "GREETING=ahoy", "--label", "more=yes").image()

	if got := img.run(); got != "ahoy\n" {
		t.Errorf("output %q", got)
	}
	c := img.config.Config
	want := map[string]any{
		"entrypoint": []string{"/bin/hello"}, "cmd": []string{"--ignored"}, "env": []string{"MODE=prod"},
		"user": "65532:65532", "workdir": "/", "stop": "SIGINT",
		"ports":  map[string]struct{}{"8080/tcp": {}},
		"labels": map[string]string{"greeting": "ahoy", "more": "yes"},
		"os":     "linux", "history": 1,
	}
	got := map[string]any{
		"entrypoint": c.Entrypoint, "cmd": c.Cmd, "env": c.Env,
		"user": c.User, "workdir": c.WorkingDir, "stop": c.StopSignal,
		"ports": c.ExposedPorts, "labels": c.Labels,
		"os": img.config.OS, "history": len(img.config.History),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error("config (-want +got):", diff)
	}
	if got := img.entries["/bin/hello"].FileInfo().Mode().Perm(); got != 0o555 {
		t.Errorf("mode %#o", got)
	}
}

func TestDataFiles(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", `files:
  - data
  - {from: app.toml, to: /etc/app.toml, mode: "0640", owner: "10:20"}
  - {from: tree, to: /srv, mode: "0744"}
`),
		"hello.c":         hello,
		"data/a.txt":      "a",
		"data/sub/b.txt":  "b",
		"app.toml":        "x = 1",
		"tree/sub/script": "s",
		"unnamed.txt":     "must stay behind",
	})
	p.write("data/run.sh", "run", 0o750)
	img := p.buildx().image()
	want := []string{"/data/a.txt", "/data/run.sh", "/data/sub/b.txt", "/etc/app.toml", "/hello", "/srv/sub/script"}
	if diff := cmp.Diff(want, img.files()); diff != "" {
		t.Error("files (-want +got):", diff)
	}
	for path, mode := range map[string]os.FileMode{
		"/data/a.txt": 0o644, "/data/run.sh": 0o750, "/etc/app.toml": 0o640,
		"/srv/sub/script": 0o744, "/srv/sub": 0o755,
	} {
		if got := img.entries[path].FileInfo().Mode().Perm(); got != mode {
			t.Errorf("%s has mode %#o, want %#o", path, got, mode)
		}
	}
	if e := img.entries["/etc/app.toml"]; e.Uid != 10 || e.Gid != 20 {
		t.Errorf("/etc/app.toml belongs to %d:%d, want 10:20", e.Uid, e.Gid)
	}
}

// TestEmptyContext: a build may need no file of the user's machine.
func TestEmptyContext(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": syntax + `build:
  packages: [build-base]
  run: |
    echo 'int main(void) { return 0; }' > empty.c
    gcc -static empty.c -o empty
binary: empty
`})
	file := filepath.Join(p.dir, "Scratchfile")
	p.dir = t.TempDir()
	img := p.buildxRaw("-f", file).image()
	img.run()
}

func TestFileNamedDockerfile(t *testing.T) {
	img := newProject(t, map[string]string{
		"Dockerfile": scratchfile("-static", ""),
		"hello.c":    hello,
	}).buildxRaw().image()
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

// TestOutsideWorkdir: a binary may be outside the workdir, in the compile root.
func TestOutsideWorkdir(t *testing.T) {
	img := newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  packages: [build-base]\n  run: mkdir -p /opt && gcc -static hello.c -o /opt/hello\nbinary: /opt/hello\n",
		"hello.c":     hello,
	}).buildx().image()
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
}

func TestSymlinkInside(t *testing.T) {
	for name, link := range map[string]string{"relative": "build/hello", "absolute": "/src/build/hello"} {
		t.Run(name, func(t *testing.T) {
			img := newProject(t, map[string]string{
				"Scratchfile": syntax + "build:\n  packages: [build-base]\n  run: gcc -static hello.c -o build/hello && ln -s " + link + " hello\nbinary: hello\n",
				"hello.c":     hello,
				"build/":      "",
			}).buildx().image()
			if got := img.run(); got != "hello\n" {
				t.Errorf("output %q", got)
			}
		})
	}
}

// TestTwoAtOnce: two projects build at the same time, and each image has its own program.
func TestTwoAtOnce(t *testing.T) {
	projects := map[string]*project{}
	for _, word := range []string{"port", "starboard"} {
		projects[word] = newProject(t, map[string]string{
			"Scratchfile": scratchfile(`-static -DGREETING='"`+word+`"'`, ""),
			"hello.c":     hello,
		})
	}
	results := map[string]outcome{}
	var (
		wg sync.WaitGroup
		mu sync.Mutex
	)
	for word, p := range projects {
		wg.Go(func() {
			o := p.buildx()
			mu.Lock()
			defer mu.Unlock()
			results[word] = o
		})
	}
	wg.Wait()
	for word, o := range results {
		if got := o.image().run(); got != word+"\n" {
			t.Errorf("output %q, want %q", got, word)
		}
	}
}

// TestStrip: the image has a smaller program that still runs.
func TestStrip(t *testing.T) {
	sizes := map[bool]int64{}
	for _, strip := range []bool{false, true} {
		img := newProject(t, map[string]string{
			"Scratchfile": syntax + fmt.Sprintf("build:\n  packages: [build-base]\n  run: gcc -g -static hello.c -o hello\nbinary: {from: hello, to: /bin/hello, strip: %v}\n", strip),
			"hello.c":     hello,
		}).buildx().image()
		if got := img.run(); got != "hello\n" {
			t.Errorf("output %q", got)
		}
		sizes[strip] = img.entries["/bin/hello"].Size
	}
	if sizes[true] >= sizes[false] {
		t.Errorf("%d bytes stripped, %d not", sizes[true], sizes[false])
	}
}

// TestStripFails: a program that strip can't read is an error at the key strip. The program
// runs without its section headers, so it is verified.
func TestStripFails(t *testing.T) {
	newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  packages: [build-base]
  run: |
    gcc -static hello.c -o hello
    printf '\377\377\377\177' | dd of=hello bs=1 seek=40 conv=notrunc
binary:
  from: hello
  strip: true
`,
		"hello.c": hello,
	}).buildx().refused(underlined("  strip: true"), "strip of /hello failed: exit status 1; it said last")
}

// TestDataDoesNotReplaceBinary: a data folder has a program with the name of the binary.
// The image has the verified one and the rest of the folder.
func TestDataDoesNotReplaceBinary(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": scratchfile("-static", "files: [{from: ., to: /}]\n"),
		"hello.c":     hello,
	})
	p.copyFrom("hello", "/bin/true") // dynamic
	img := p.buildx().image()
	if got := img.run(); got != "hello\n" {
		t.Errorf("output %q", got)
	}
	if _, ok := img.entries["/hello.c"]; !ok {
		t.Error("the data files are not there")
	}
}

// TestPlatformArgs: a command gets the predefined args that it names.
func TestPlatformArgs(t *testing.T) {
	img := newProject(t, map[string]string{
		"Scratchfile": scratchfile(`-static -DGREETING="\"$TARGETOS/$TARGETARCH\""`, ""),
		"hello.c":     hello,
	}).buildx("--platform", "linux/amd64").image()
	if got := img.run(); got != "linux/amd64\n" {
		t.Errorf("output %q", got)
	}
}
