//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// cached matches ccache's count of what it found.
var cached = regexp.MustCompile(`(?:direct|preprocessed)_cache_hit\t[1-9]`)

// counted returns a Scratchfile that makes a program of two files by make, and counts what
// ccache finds.
func counted(toolchain, packages string) string {
	return syntax + "build:\n  toolchain: " + toolchain + "\n  packages: " + packages + `
  run: |
    ccache --zero-stats
    make
    ccache --print-stats
binary: main
`
}

// TestToolchainC: the Makefile does not mention static linking or caches. It asks
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

// TestToolchainCxx: the Makefile mentions neither.
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

// testEdit builds a program that prints its edition, which is in the source file edited.
// Then it builds a second edition, with the other object from the cache.
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

// TestToolchainYields: what the file itself sets stays.
func TestToolchainYields(t *testing.T) {
	newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  toolchain: c\n  env: {LDFLAGS: \"\"}\n  run: make hello\nbinary: hello\n",
		"hello.c":     hello,
	}).buildx().refused(underlined("binary: hello"), "/lib/ld-musl-")
}

// TestCachePerProject: a project does not see the cache of another project.
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

const toolchainRust = syntax + `args: {WAIT: "0"}
build:
  toolchain: rust
  run: |
    sleep "$WAIT"
    cargo --version
    cargo build --offline --locked --release --verbose
    cp target/$CARGO_BUILD_TARGET/release/brine .
binary: brine
`

// saltSum is the checksum of the crate in the lock file and in the vendored crate.
const saltSum = "2f6c0a8e1d4b7395a0c1e2f3d4b5968778695a4b3c2d1e0f0a1b2c3d4e5f6071"

// brine returns a program with a vendored crate, which has a build script.
func brine(says string) string {
	return `#[cfg(not(pickled))]
compile_error!("the flags of .cargo/config.toml are lost");

fn main() {
	std::panic::set_hook(Box::new(|_| {}));
	let caught = std::panic::catch_unwind(|| panic!("too much salt"));
	println!("{} {} {}", salt::SALT, "` + says + `", caught.is_err());
}
`
}

func rustProject(t *testing.T) *project {
	return newProject(t, map[string]string{
		"Scratchfile":        toolchainRust,
		"Cargo.toml":         "[package]\nname = \"brine\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[dependencies]\nsalt = \"1\"\n",
		"Cargo.lock":         "version = 4\n[[package]]\nname = \"brine\"\nversion = \"0.1.0\"\ndependencies = [\"salt\"]\n[[package]]\nname = \"salt\"\nversion = \"1.0.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\nchecksum = \"" + saltSum + "\"\n",
		"src/main.rs":        brine("first"),
		".cargo/config.toml": "[build]\nrustflags = [\"--cfg\", \"pickled\"]\n[source.crates-io]\nreplace-with = \"vendored-sources\"\n[source.vendored-sources]\ndirectory = \"vendor\"\n",

		"vendor/salt/.cargo-checksum.json": `{"files":{},"package":"` + saltSum + `"}`,
		"vendor/salt/Cargo.toml":           "[package]\nname = \"salt\"\nversion = \"1.0.0\"\nedition = \"2021\"\n",
		"vendor/salt/build.rs": "fn main() { println!(\"cargo::rerun-if-changed=build.rs\"); " +
			"println!(\"cargo::rustc-env=SALT=salted\"); }\n",
		"vendor/salt/src/lib.rs": "pub const SALT: &str = env!(\"SALT\");\n",
	}).onServed()
}

// prints checks the output of the program in the image.
func (o outcome) prints(text string) {
	o.t.Helper()
	if got, want := o.image().run(), "salted "+text+" true\n"; got != want {
		o.t.Errorf("output %q, want %q\n%s", got, want, o.log)
	}
}

// oldCargo matches a cargo that has no separate folder for intermediate files.
var oldCargo = regexp.MustCompile(`cargo 1\.([0-8]?[0-9]|90)\.`)

// TestToolchainRust: what persists between builds is reused for the same source, and for
// no other.
func TestToolchainRust(t *testing.T) {
	p := rustProject(t)
	build := func(wait, says string) outcome {
		t.Helper()
		o := p.buildx("--build-arg", "WAIT="+wait)
		o.prints(says)
		return o
	}
	check := func(o outcome, compiled, not string) {
		t.Helper()
		if oldCargo.MatchString(o.log) {
			compiled, not = "Compiling salt v1.0.0", "Fresh salt"
		}
		for _, s := range []string{compiled, "Compiling brine v0.1.0"} {
			if !strings.Contains(o.log, s) {
				t.Errorf("cargo did not say %q:\n%s", s, o.log)
			}
		}
		if strings.Contains(o.log, not) {
			t.Errorf("cargo said %q:\n%s", not, o.log)
		}
	}
	check(build("0", "first"), "Compiling salt v1.0.0", "Fresh")
	p.write("src/main.rs", brine("second"), 0o644)
	check(build("0", "second"), "Fresh salt v1.0.0", "build-script-build`")

	// This is a source after a checkout elsewhere. It is older than the last compile of
	// another source.
	p.write("src/main.rs", brine("first"), 0o644)
	old := time.Now().Add(-24 * time.Hour)
	if err := os.Chtimes(filepath.Join(p.dir, "src/main.rs"), old, old); err != nil {
		t.Fatal(err)
	}
	check(build("0.1", "first"), "Fresh salt v1.0.0", "build-script-build`")
}

// TestToolchainRustAtOnce: two builds run at the same time. The one that compiles last
// does not take the results of the other one for its own.
func TestToolchainRustAtOnce(t *testing.T) {
	first, second := rustProject(t), rustProject(t)
	second.write("src/main.rs", brine("second"), 0o644)
	first.buildx().prints("first") // so that both find packages and dependencies

	done := make(chan outcome)
	go func() { done <- first.buildx("--build-arg", "WAIT=3") }()
	o := second.buildx("--build-arg", "WAIT=6")
	(<-done).prints("first")
	o.prints("second")
}
