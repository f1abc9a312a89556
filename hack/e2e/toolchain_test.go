package e2e

import (
	"regexp"
	"testing"
)

// cached matches how ccache counts what it found.
var cached = regexp.MustCompile(`(?:direct|preprocessed)_cache_hit\t[1-9]`)

// toolchainC has a Makefile that says nothing of static linking or caches, and asks
// pkg-config for a library without its dependencies.
const toolchainC = syntax + `args: {ROUND: first}
build:
  toolchain: c
  packages: [glib-dev, glib-static]
  run: |
    ccache --zero-stats
    make
    ccache --print-stats
    echo "$ROUND"
binary: name
`

const toolchainMakefile = `CFLAGS = $(shell pkg-config --cflags glib-2.0)
LDLIBS = $(shell pkg-config --libs glib-2.0)
name: name.o other.o
`

func TestToolchainC(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": toolchainC,
		"Makefile":    toolchainMakefile,
		"name.c": `#include <glib.h>
void other(void);
int main(void) { other(); g_print("%d\n", g_regex_match_simple("^a+$", "aaa", 0, 0)); return 0; }
`,
		"other.c": "#include <stdio.h>\nvoid other(void) { printf(\"%s \", \"a first\"); fflush(stdout); }\n",
	})
	o := p.buildx()
	if got := o.image().run(); got != "a first 1\n" {
		t.Errorf("output %q", got)
	}
	if cached.MatchString(o.log) {
		t.Errorf("something was in the cache at first:\n%s", o.log)
	}
	p.write("other.c", "#include <stdio.h>\nvoid other(void) { printf(\"%s \", \"a second\"); fflush(stdout); }\n", 0o644)
	o = p.buildx()
	if got := o.image().run(); got != "a second 1\n" {
		t.Errorf("output %q", got)
	}
	if !cached.MatchString(o.log) {
		t.Errorf("nothing came from the cache:\n%s", o.log)
	}
}

// TestToolchainYields: what the file says itself stays.
func TestToolchainYields(t *testing.T) {
	newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  toolchain: c\n  env: {LDFLAGS: \"\"}\n  run: make hello\nbinary: hello\n",
		"hello.c":     hello,
	}).buildx().refused(underlined("binary: hello"), "/lib/ld-musl-")
}

// TestCachePerProject: a cache that one project fills is not there in another.
func TestCachePerProject(t *testing.T) {
	build := func(binary, round string) outcome {
		return newProject(t, map[string]string{
			"Scratchfile": syntax + "args: {ROUND: none}\nbuild:\n  packages: [build-base]\n  cache: [/var/mine]\n  run: |\n" +
				"    echo $ROUND\n    ls -A /var/mine\n    touch /var/mine/left-behind\n    gcc -static hello.c -o " + binary + "\nbinary: " + binary + "\n",
			"hello.c": hello,
		}).buildx("--build-arg", "ROUND="+round)
	}
	found := regexp.MustCompile(`(?m)^#\d+ [0-9.]+ left-behind$`)
	for _, tc := range []struct {
		binary, round string
		want          bool
	}{{"one", "1", false}, {"two", "1", false}, {"one", "2", true}} {
		o := build(tc.binary, tc.round)
		o.image()
		if got := found.MatchString(o.log); got != tc.want {
			t.Errorf("%s: the cache was filled: %v, want %v\n%s", tc.binary, got, tc.want, o.log)
		}
	}
}
