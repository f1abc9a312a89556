package e2e

import (
	"regexp"
	"strings"
	"testing"
)

// cached matches how ccache counts what it found.
var cached = regexp.MustCompile(`(?:direct|preprocessed)_cache_hit\t[1-9]`)

// counted is a Scratchfile by which make makes a program of main and other, and
// which counts what ccache found meanwhile.
func counted(toolchain, packages string) string {
	return syntax + "build:\n  toolchain: " + toolchain + "\n  packages: " + packages + `
  run: |
    ccache --zero-stats
    make
    ccache --print-stats
binary: main
`
}

// TestToolchainC has a Makefile that says nothing of static linking or caches, and asks
// pkg-config for a library without its dependencies.
func TestToolchainC(t *testing.T) {
	testEdit(t, "other.c", map[string]string{
		"Scratchfile": counted("c", "[glib-dev, glib-static]"),
		"Makefile": `CFLAGS = $(shell pkg-config --cflags glib-2.0)
LDLIBS = $(shell pkg-config --libs glib-2.0)
main: main.o other.o
`,
		"main.c": `#include <glib.h>
void other(void);
int main(void) { other(); g_print(" %d\n", g_regex_match_simple("^a+$", "aaa", 0, 0)); return 0; }
`,
		"other.c": "#include <stdio.h>\nvoid other(void) { printf(\"edition 1\"); fflush(stdout); }\n",
	})
}

// TestToolchainCxx has a Makefile that says no more.
func TestToolchainCxx(t *testing.T) {
	testEdit(t, "other.cc", map[string]string{
		"Scratchfile": counted("c++", "[]"),
		"Makefile":    "main: main.o other.o\n\t$(CXX) $(LDFLAGS) $^ -o $@\n",
		"main.cc": `#include <exception>
#include <iostream>
void other();
int main()
{
	try {
		other();
	} catch (const std::exception &e) {
		std::cout << e.what() << " " << true << std::endl;
	}
}
`,
		"other.cc": "#include <stdexcept>\nvoid other() { throw std::runtime_error(\"edition 1\"); }\n",
	})
}

// testEdit builds a program that prints its edition, which the source file edited
// tells; then a second edition, for which the other file's object is in the cache.
func testEdit(t *testing.T, edited string, files map[string]string) {
	t.Helper()
	p := newProject(t, files)
	for _, tc := range []struct {
		edition string
		found   bool
	}{{"edition 1", false}, {"edition 2", true}} {
		p.write(edited, strings.Replace(files[edited], "edition 1", tc.edition, 1), 0o644)
		o := p.buildx()
		if got := o.image().run(); got != tc.edition+" 1\n" {
			t.Errorf("%s: output %q", tc.edition, got)
		}
		if got := cached.MatchString(o.log); got != tc.found {
			t.Errorf("%s: something was in the cache: %v, want %v\n%s", tc.edition, got, tc.found, o.log)
		}
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
