package missing

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// outputs are what real programs print. What they name is made up.
var outputs = []struct {
	name, output string
	want         []Need
}{
	{"GNU ld", "/usr/bin/ld: cannot find -lnowhere: No such file or directory\ncollect2: error: ld returned 1 exit status\n", []Need{{Library, "nowhere"}}},
	{"older GNU ld", "/usr/lib/gcc/x86_64-alpine-linux-musl/9.3.0/../../../../x86_64-alpine-linux-musl/bin/ld: cannot find -lcrypto\n", []Need{{Library, "crypto"}}},
	{"GNU ld with advice", "ld: cannot find -lz: No such file or directory\nld: have you installed the static version of the z library ?\n", []Need{{Library, "z"}}},
	{"gold", "/usr/bin/ld.gold: error: cannot find -lglib-2.0\n", []Need{{Library, "glib-2.0"}}},
	{"lld", "ld.lld: error: unable to find library -lnowhere\n", []Need{{Library, "nowhere"}}},
	{"mold", "mold: fatal: library not found: nowhere\n", []Need{{Library, "nowhere"}}},
	{"GNU ld and a shared library", "/usr/bin/ld.bfd: attempted static link of dynamic object `./libfoo.so'\n", []Need{{Library, "foo"}}},
	{"gold and a shared library", "/usr/bin/ld.gold: error: cannot mix -static with dynamic object /usr/lib/libfoo-2.0.so.1\n", []Need{{Library, "foo-2.0"}}},
	{"lld and a shared library", "ld.lld: error: attempted static link of dynamic object /usr/lib/libfoo.so\n", []Need{{Library, "foo"}}},
	{"rustc", "error: could not find native static library `nowhere`, perhaps an -L flag is missing?\n", []Need{{Library, "nowhere"}}},
	{"rustc's linker", "  = note: rust-lld: error: unable to find library -lnowhere\n          collect2: error: ld returned 1 exit status\n", []Need{{Library, "nowhere"}}},
	{"go's linker", "# m\n/usr/lib/go/pkg/tool/linux_amd64/link: running gcc failed: exit status 1\n/usr/bin/gcc -m64 -lnowhere\n/usr/bin/ld: cannot find -lnowhere: No such file or directory\n", []Need{{Library, "nowhere"}}},
	{"meson's library", "meson.build:3:5: ERROR: C shared or static library 'foo' not found\n", []Need{{Library, "foo"}}},

	{"gcc", "h.c:1:10: fatal error: openssl/ssl.h: No such file or directory\n    1 | #include <openssl/ssl.h>\n", []Need{{Header, "openssl/ssl.h"}}},
	{"clang", "h.c:1:10: fatal error: 'openssl/ssl.h' file not found\n", []Need{{Header, "openssl/ssl.h"}}},
	{"colors", "\x1b[01m\x1b[Kh.c:1:10:\x1b[m\x1b[K \x1b[01;31m\x1b[Kfatal error: \x1b[m\x1b[Kzlib.h: No such file or directory\n", []Need{{Header, "zlib.h"}}},
	{"ends of lines", "h.c:1:10: fatal error: zlib.h: No such file or directory\r\n", []Need{{Header, "zlib.h"}}},
	{"tcc", "h.c:1: error: include file 'zlib.h' not found\n", []Need{{Header, "zlib.h"}}},
	{"several", "a.c:1:1: fatal error: a.h: No such file or directory\nb.c:1:1: fatal error: b.h: No such file or directory\nc.c:1:1: fatal error: a.h: No such file or directory\n",
		[]Need{{Header, "a.h"}, {Header, "b.h"}}},

	{"pkgconf", "Package foo was not found in the pkg-config search path.\nPerhaps you should add the directory containing `foo.pc'\nto the PKG_CONFIG_PATH environment variable\nPackage 'foo', required by 'virtual:world', not found\n", []Need{{Module, "foo"}}},
	{"pkgconf and what it needs", "Package libffi was not found in the pkg-config search path.\nPackage 'libffi', required by 'gobject-2.0', not found\n", []Need{{Module, "libffi"}}},
	{"pkg-config", "No package 'foo-2.0' found\n", []Need{{Module, "foo-2.0"}}},
	{"autoconf", "checking for foo >= 1... no\nconfigure: error: Package requirements (foo >= 1) were not met:\n\nPackage 'foo', required by 'virtual:world', not found\n\nConsider adjusting the PKG_CONFIG_PATH environment variable if you\n", []Need{{Module, "foo"}}},
	{"the crate pkg-config", "  The system library `openssl` required by crate `openssl-sys` was not found.\n  The file `openssl.pc` needs to be installed and the PKG_CONFIG_PATH environment variable must contain its parent directory.\n", []Need{{Module, "openssl"}}},
	{"meson", "Run-time dependency bar found: NO (tried pkgconfig and cmake)\n\nmeson.build:3:0: ERROR: Dependency \"foo\" not found, tried pkgconfig and cmake\n", []Need{{Module, "foo"}}},
	{"older meson", "meson.build:3:0: ERROR: Dependency lookup for foo with method 'pkgconfig' failed: ...\n", []Need{{Module, "foo"}}},
	{"meson without pkg-config", "meson.build:3:0: ERROR: Dependency lookup for foo with method 'pkgconfig' failed: Pkg-config for machine host machine not found. Giving up.\n", []Need{{Command, "pkg-config"}}},

	{"CMake", "-- Could NOT find Doxygen (missing: DOXYGEN_EXECUTABLE) \nCMake Error at /usr/share/cmake/Modules/FindPackageHandleStandardArgs.cmake:230 (message):\n  Could NOT find ZLIB (missing: ZLIB_LIBRARY ZLIB_INCLUDE_DIR)\nCall Stack (most recent call first):\n", []Need{{CMake, "ZLIB"}}},
	{"CMake's configuration file", "CMake Error at CMakeLists.txt:11 (find_package):\n  By not providing \"FindFooBar.cmake\" in CMAKE_MODULE_PATH this project has\n  asked CMake to find a package configuration file provided by \"FooBar\", but\n  CMake did not find one.\n\n  Could not find a package configuration file provided by \"FooBar\" with any\n", []Need{{CMake, "FooBar"}}},
	{"CMake's warning", "CMake Warning at CMakeLists.txt:11 (find_package):\n  By not providing \"FindFooBar.cmake\" in CMAKE_MODULE_PATH this project has\n", nil},
	{"CMake's one module", "-- Checking for module 'opt'\n--   Package 'opt', required by 'virtual:world', not found\n-- Checking for modules 'foo>=1.2;bar'\n--   Package 'foo', required by 'virtual:world', not found\n--   Package 'bar', required by 'virtual:world', not found\nCMake Error at /usr/share/cmake/Modules/FindPkgConfig.cmake:607 (message):\n  A required package was not found\n", []Need{{Module, "foo"}, {Module, "bar"}}},
	{"CMake's list of modules", "CMake Error at /usr/share/cmake/Modules/FindPkgConfig.cmake:607 (message):\n  The following required packages were not found:\n\n   - foo>=1.2\n   - bar\n\nCall Stack (most recent call first):\n", []Need{{Module, "foo"}, {Module, "bar"}}},
	{"CMake's optional module", "-- Checking for module 'opt'\n--   Package 'opt', required by 'virtual:world', not found\nsomething else: error 7\n", nil},

	{"Go's git", "go: github.com/pkg/errors@v0.9.0: unable to resolve git version: failed to execute git version: exec: \"git\": executable file not found in $PATH\n", []Need{{Command, "git"}}},
	{"older Go's git", "go: missing Git command. See https://golang.org/s/gogetcmd\n", []Need{{Command, "git"}}},
	{"Go's compiler", "# runtime/cgo\ncgo: C compiler \"gcc\" not found: exec: \"gcc\": executable file not found in $PATH\n", []Need{{Command, "gcc"}}},
	{"rustc's linker is not there", "error: linker `cc` not found\n  |\n  = note: No such file or directory (os error 2)\n", []Need{{Command, "cc"}}},
	{"the crate cc", "error occurred: Failed to find tool. Is `gcc` installed?\n", []Need{{Command, "gcc"}}},
	{"a newer crate cc", "error occurred in cc-rs: failed to find tool \"c++\": No such file or directory (os error 2)\n", []Need{{Command, "c++"}}},
	{"the crate cmake", "failed to execute command: No such file or directory (os error 2)\nis `cmake` not installed?\n", []Need{{Command, "cmake"}}},
	{"cargo", "error: could not execute process `git fetch --force` (never executed)\n", []Need{{Command, "git"}}},
	{"meson's program", "meson.build:5:0: ERROR: Program 'bison' not found or not executable\n", []Need{{Command, "bison"}}},
	{"meson's compiler", "meson.build:1:0: ERROR: Unknown compiler(s): [['cc'], ['gcc'], ['clang']]\n", []Need{{Command, "cc"}}},
	{"CMake's make", "CMake Error: CMake was unable to find a build program corresponding to \"Unix Makefiles\".  CMAKE_MAKE_PROGRAM is not set.\n", []Need{{Command, "make"}}},
	{"CMake's Ninja", "CMake Error: CMake was unable to find a build program corresponding to \"Ninja\".  CMAKE_MAKE_PROGRAM is not set.\n", []Need{{Command, "ninja"}}},
	{"CMake's compiler", "CMake Error at CMakeLists.txt:2 (project):\n  No CMAKE_CXX_COMPILER could be found.\n", []Need{{Command, "c++"}}},
	{"autoconf's compiler", "configure: error: no acceptable C compiler found in $PATH\n", []Need{{Command, "cc"}}},
	{"autoconf's pkg-config", "configure: error: The pkg-config script could not be found or is too old.  Make sure it\n", []Need{{Command, "pkg-config"}}},
	{"gcc for C++", "g++: fatal error: cannot execute 'cc1plus': execvp: No such file or directory\n", []Need{{Command, "cc1plus"}}},
	{"make", "make: gcc: No such file or directory\nmake: *** [Makefile:2: x] Error 127\n", []Need{{Command, "gcc"}}},
	{"make below make", "make[1]: gcc: No such file or directory\n", []Need{{Command, "gcc"}}},

	{"ash", "/bin/sh: make: not found\n", []Need{{Command, "make"}}},
	{"ash in a script", "./build.sh: line 3: cmake: not found\n", []Need{{Command, "cmake"}}},
	{"dash", "/bin/sh: 1: make: not found\nmake: *** [Makefile:4: y] Error 127\n", []Need{{Command, "make"}}},
	{"bash", "./build.sh: line 3: git: command not found\n", []Need{{Command, "git"}}},
	{"env", "env: ‘python3’: No such file or directory\n", []Need{{Command, "python3"}}},
	{"busybox's env", "env: can't execute 'python3': No such file or directory\n", []Need{{Command, "python3"}}},
	{"xargs", "xargs: gcc: No such file or directory\n", []Need{{Command, "gcc"}}},
	{"a shell that goes on", "/bin/sh: git: not found\nx.c:1:10: fatal error: zlib.h: No such file or directory\n", []Need{{Header, "zlib.h"}}},
	{"git", "fatal: not a git repository (or any of the parent directories): .git\n", []Need{{Repository, "git"}}},
	{"git that goes on", "fatal: not a git repository (or any of the parent directories): .git\n/bin/sh: make: not found\n", []Need{{Command, "make"}}},
	{"CMake's program", "CMake Error: try_run() invoked in cross-compiling mode, please set the following cache variables appropriately:\n   SIX_EXITCODE (advanced)\n", []Need{{Emulator, "try_run"}}},
	{"an older CMake's program", "CMake Error: TRY_RUN() invoked in cross-compiling mode, please set\n", []Need{{Emulator, "TRY_RUN"}}},
	{"meson's test program", "meson.build:4:0: ERROR: Can not run test applications in this cross environment.\n", []Need{{Emulator, "cross"}}},
	{"configure's program", "configure: error: cannot run C++ compiled programs.\nIf you meant to cross compile, use `--host'.\n", []Need{{Emulator, "C++"}}},
	{"a program for another machine, in dash", "sh: 1: ./generate: Exec format error\n", []Need{{Emulator, "generate"}}},
	{"in dash, of make", "/bin/sh: 1: out/generate: Exec format error\nmake: *** [Makefile:4: b] Error 126\n", []Need{{Emulator, "generate"}}},
	{"in make", "./generate\n./generate: 1: Syntax error: word unexpected (expecting \")\")\nmake: *** [Makefile:2: a] Error 2\n", []Need{{Emulator, "generate"}}},
	{"in busybox", "/src/out/generate: line 1: syntax error: unexpected \"(\"\n", []Need{{Emulator, "generate"}}},
	{"in bash", "bash: line 1: ./generate: cannot execute binary file: Exec format error\n", []Need{{Emulator, "generate"}}},
	{"in busybox, with a quote", "./six: line 0: syntax error: unterminated quoted string\n", []Need{{Emulator, "six"}}},
	{"in busybox, without", "./six: line 1: \x7fELF\x02\x01\x01: not found\n", []Need{{Emulator, "six"}}},
	{"after what a shell did not find", "/bin/sh: git: not found\nninja: Entering\n/bin/sh: ./generate: Exec format error\n", []Need{{Emulator, "generate"}}},
	{"a mistake in a command", "/bin/sh: line 1: syntax error: unexpected \"(\"\n/bin/bash: 1: Syntax error: x\n./x: line 30: syntax error: y\n./x.sh: line 3: syntax error: y\n", nil},

	{"nothing", "", nil},
	{"another error", "x.c:1:1: error: unknown type name 'x'\n", nil},
	{"a path", "x.c:1:1: fatal error: ../../etc/passwd: No such file or directory\nld: cannot find -l/../x\n", nil},
	{"no name", "ld: cannot find -l\x1b]0;x\x07\nld: cannot find -l$(id)\n/bin/sh: \u202ex: not found\n", nil},
	{"a file", "cat: x.txt: No such file or directory\nls: cannot access 'x'\nsh: can't open 'x.sh': No such file or directory\n", nil},
	{"an object", "gcc: error: main.c: No such file or directory\n", []Need{{Header, "main.c"}}}, // no package has it
}

func TestFind(t *testing.T) {
	for _, tc := range outputs {
		if diff := cmp.Diff(tc.want, Find([]byte(tc.output))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestFindIsBounded: only the end of an output counts, and only some needs are told.
func TestFindIsBounded(t *testing.T) {
	if got := Find([]byte("ld: cannot find -lfirst\n" + strings.Repeat("x\n", MaxOutput/2))); got != nil {
		t.Errorf("found %v before the end", got)
	}
	if got := Find([]byte(strings.Repeat("x", 10*MaxOutput) + "\nld: cannot find -llast")); !slices.Equal(got, []Need{{Library, "last"}}) {
		t.Errorf("found %v at the end", got)
	}
	if got := Find([]byte("ld: cannot find -l" + strings.Repeat("x", 65) + "\n")); got != nil {
		t.Errorf("found a long name: %v", got)
	}
	many := ""
	for i := range 100 {
		many += "ld: cannot find -l" + strings.Repeat("x", i%50+1) + "\n"
	}
	if got := Find([]byte(many)); len(got) != maxNeeds {
		t.Errorf("%d needs", len(got))
	}
}

// TestDecodeTrustsNobody: a file of a command's own tells nothing else than Find does.
func TestDecodeTrustsNobody(t *testing.T) {
	for text, want := range map[string][]Need{
		"":     nil,
		"null": nil,
		"{}":   nil,
		`[{"kind":"library","name":"z"},{"kind":"library","name":"$(id)"},{"kind":"x","name":"y"},{"kind":"header","name":"../x"},{"name":"z"}]`: {{Library, "z"}},
		`[{"kind":"library","name":"` + strings.Repeat("x", 65) + `"}]`:                                                                          {},
		"[" + strings.Repeat(`{"kind":"command","name":"x"},`, 100) + `{"kind":"command","name":"x"}]`:                                           slices.Repeat([]Need{{Command, "x"}}, maxNeeds),
		`[{"kind":"command","name":"x"`: nil,
	} {
		if got := Decode([]byte(text)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", text, got, want)
		}
	}
}

// FuzzFind: whatever a command prints, what is told is a few plain names.
func FuzzFind(f *testing.F) {
	for _, tc := range outputs {
		f.Add([]byte(tc.output))
	}
	f.Fuzz(func(t *testing.T, output []byte) {
		needs := Find(output)
		if got := Decode(Encode(needs)); !slices.Equal(got, needs) {
			t.Errorf("%v became %v", needs, got)
		}
		Decode(output)
		if len(needs) > maxNeeds {
			t.Errorf("%d needs", len(needs))
		}
		for _, n := range needs {
			if quote.Line(n.Name) != n.Name || strings.ContainsAny(n.Name, " $;&'\"") {
				t.Errorf("name %q", n.Name)
			}
			for _, c := range n.Candidates() {
				if len(c) > 100 || strings.ContainsAny(c, " \n/") && n.Kind != Command {
					t.Errorf("%v may be in %q", n, c)
				}
			}
		}
	})
}
