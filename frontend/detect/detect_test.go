package detect

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

var update = flag.Bool("update", false, "rewrite testdata/*.scratchfile")

// c and cxx are programs of one file, and part is another file of a program.
const (
	c    = "#include <stdio.h>\n\nint main(void) { puts(\"hello\"); return 0; }\n"
	cxx  = "#include <iostream>\n\nint main() { std::cout << \"hello\" << std::endl; }\n"
	part = "int part(void) { return 1; }\n"
	goc  = "package main\n\nfunc main() { println(\"hello\") }\n"
	rust = "fn main() { println!(\"hello\"); }\n"
)

// projects are the files of small projects, by the name of the Scratchfile in testdata.
var projects = map[string]map[string]string{
	"make": {"Makefile": "PROG = hello\nOBJS := hello.o part.o\nall: $(PROG)\n$(PROG): $(OBJS)\n\t$(CC) $(LDFLAGS) -o $@ $^ -lz\n" +
		"clean:\n\trm -f $(OBJS)\n.PHONY: all clean\n", "hello.c": c, "part.c": part},
	"make-implicit":    {"makefile": "CFLAGS = -O2\nhello: hello.o part.o\n", "hello.c": c, "part.c": part},
	"make-own-ldflags": {"Makefile": "LDFLAGS = -s\nall: hello\nhello: hello.o\n\t$(CC) -o hello hello.o $(LDFLAGS)\n", "hello.c": c},
	"make-by-name":     {"Makefile": "all: hello\n\nhello: hello.c\n\tgcc -o hello hello.c\n", "hello.c": c},
	"make-several": {"Makefile": "BINS = one two tests/check\nall: $(BINS)\none: one.c\ntwo: two.c\ntests/check: tests/check.c\n",
		"one.c": c, "two.c": c, "tests/check.c": c},
	"make-folders": {"Makefile": "all:\n\t$(MAKE) -C src\n\tcd tools && $(MAKE)\n", "src/Makefile": "hello: hello.o\n", "src/hello.c": c,
		"tools/Makefile": "tool: tool.o\n", "tools/tool.c": c},
	"make-c++": {"Makefile": "hello: hello.o\n\t$(CXX) $(LDFLAGS) -o $@ $^\n", "hello.cc": cxx},
	"make-build-folder": {"Makefile": "TARGET := hello\nBUILD := ./build\nSRCS := $(shell find . -name '*.c')\nOBJS := $(SRCS:%=$(BUILD)/%.o)\n" +
		"$(BUILD)/$(TARGET): $(OBJS)\n\t@$(CC) $(OBJS) -o $@ $(LDFLAGS)\n$(BUILD)/%.c.o: %.c\n\tmkdir -p $(dir $@)\n\t$(CC) $(CFLAGS) -c $< -o $@\n", "hello.c": c},
	"make-nested": {"README": "x", "server/Makefile": "hello: hello.o\n", "server/hello.c": c, "client/package.json": "{}"},
	"make-opaque": {"Makefile": "include other.mk\n", "main.c": c},
	"make-included": {"Makefile": "include config.mk # first\n-include missing.mk\nall: hello\nhello: hello.o\n\t${CC} -o $@ hello.o ${LDFLAGS}\n",
		"config.mk": "CC = cc\nLDFLAGS = -s ${LIBS}\nLIBS = -lz\n", "hello.c": c},
	"marked": {"CMakeLists.txt": "\ufeffcmake_minimum_required(VERSION 3.10)\r\nproject(hello C)\r\nfind_package(PkgConfig)\r\nadd_executable(hello hello.c)\r\n" +
		"add_executable(bench2 EXCLUDE_FROM_ALL hello.c)\r\nadd_subdirectory(more EXCLUDE_FROM_ALL)\r\n", "more/CMakeLists.txt": "add_executable(more more.c)\n",
		"hello.c": c, "more/more.c": c},
	"marked-go": {"go.mod": "\ufeffmodule example.com/hello\n\ngo 1.22\n", "main.go": "\ufeff" + goc},
	"autotools-exeext": {"configure.ac": "AC_INIT([hello], [1.0])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n",
		"Makefile.am": "bin_PROGRAMS = hello$(EXEEXT)\nhello_SOURCES = hello.c\n", "hello.c": c},
	"make-stale": {"Makefile": "hello: hello.o\n", "hello.c": c, "hello.o": "\x7fELF"},
	"cmake": {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(hello C) # the name\nset(SRC hello.c)\n" +
		"add_executable(${PROJECT_NAME} ${SRC})\n", "hello.c": c},
	"cmake-folders": {"CMakeLists.txt": "cmake_minimum_required(VERSION 2.8.12...3.31)\nproject(\"hello\" LANGUAGES CXX)\nfind_package(ZLIB REQUIRED)\n" +
		"add_subdirectory(src)\nif(BUILD_TESTING)\n  add_subdirectory(tests)\nendif()\n",
		"src/CMakeLists.txt": "add_executable(hello hello.cpp)\ntarget_link_libraries(hello PRIVATE ZLIB::ZLIB)\n" +
			"add_executable(other hello.cpp)\nset_target_properties(other PROPERTIES OUTPUT_NAME another)\n#[[ add_executable(gone x.c)\n]]\n",
		"src/hello.cpp": cxx, "tests/CMakeLists.txt": "add_executable(check check.cpp)\n", "tests/check.cpp": cxx},
	"cmake-output": {"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\nset(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/bin)\n" +
		"add_executable(hello hello.c)\nadd_executable(other hello.c)\nset_target_properties(other PROPERTIES RUNTIME_OUTPUT_DIRECTORY \"${CMAKE_BINARY_DIR}/own\")\n", "hello.c": c},
	"meson": {"meson.build": "project('hello', 'c', version: '1')\n# executable('gone', 'x.c')\ndep = dependency('zlib')\n" +
		"executable('hello', 'hello.c', dependencies: dep)\n", "hello.c": c},
	"meson-folders": {"meson.build": "project('hello', ['c', 'cpp'])\nsubdir('src')\n", "src/meson.build": "name = 'greet'\nexecutable(name, 'hello.cc')\nexecutable(meson.project_name(), 'hello.cc')\n",
		"src/hello.cc": cxx},
	"autotools": {"configure.ac": "AC_INIT([hello], [1.0])\ndnl LT_INIT\nAM_INIT_AUTOMAKE([foreign subdir-objects])\nAC_PROG_CC\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n",
		"Makefile.am": "bin_PROGRAMS = hello\nhello_SOURCES = src/hello.c \\\n  src/part.c\nnoinst_PROGRAMS = other\n", "src/hello.c": c, "src/part.c": part, "other.c": c},
	"autotools-libtool": {"configure.ac": "AC_INIT([hello], [1.0])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nLT_INIT\nPKG_CHECK_MODULES([ZLIB], [zlib >= 1.2])\nAC_CONFIG_FILES([Makefile src/Makefile])\nAC_OUTPUT\n",
		"Makefile.am": "SUBDIRS = src\n", "src/Makefile.am": "bin_PROGRAMS = hello\nhello_SOURCES = hello.c\n", "src/hello.c": c},
	"configure": {"configure": "#!/bin/sh\nsed s/@X@/x/ Makefile.in > Makefile\n", "Makefile.in": "hello: hello.o\n", "hello.c": c},
	"cargo":     {"Cargo.toml": "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n", "Cargo.lock": "version = 3\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n", "src/main.rs": rust},
	"cargo-crates": {"Cargo.toml": "[package]\nname = \"hello\"\nversion.workspace = true\nedition = \"2021\"\n[dependencies]\nopenssl = \"0.10\"\n",
		"Cargo.lock":  "version = 3\n[[package]]\nname = \"openssl\"\nsource = \"registry+https://example.com\"\n[[package]]\nname = \"openssl-sys\"\nsource = \"registry+https://example.com\"\n",
		"src/main.rs": rust, "src/bin/second.rs": rust, "src/bin/third/main.rs": rust, "src/bin/third/part.rs": ""},
	"cargo-workspace": {"Cargo.toml": "[workspace]\nmembers = [\"crates/*\", \"xtests\"]\nexclude = [\"crates/gone\"]\n",
		"Cargo.lock":             "version = 3\n",
		"crates/cli/Cargo.toml":  "[package]\nname = \"cli\"\nversion = \"0.1.0\"\n[[bin]]\nname = \"hello\"\npath = \"src/main.rs\"\n[[bin]]\nname = \"extra\"\nrequired-features = [\"x\"]\n",
		"crates/cli/src/main.rs": rust, "crates/lib/Cargo.toml": "[package]\nname = \"lib\"\nversion = \"0.1.0\"\n", "crates/lib/src/lib.rs": "",
		"crates/daemon/Cargo.toml": "[package]\nname = \"hellod\"\nversion = \"0.1.0\"\n", "crates/daemon/src/main.rs": rust,
		"crates/gone/Cargo.toml": "[package]\nname = \"gone\"\nversion = \"0.1.0\"\n", "crates/gone/src/main.rs": rust},
	"go": {"go.mod": "module example.com/hello/v2\n\ngo 1.24\n", "main.go": goc, "Makefile": "hello:\n\tgo build\n"},
	"go-commands": {"go.mod": "module example.com/hello\n\ngo 1.24\n\nrequire example.com/knots v1.0.0\n", "go.sum": "", "cmd/one/main.go": "package main\n\nimport _ \"net/http\"\n\nfunc main() {}\n",
		"cmd/two/main.go": goc, "cmd/other/main.go": "//go:build windows\n\n" + goc, "hack/gen/main.go": goc, "gen.go": "//go:build ignore\n\n" + goc, "lib.go": "package hello\n"},
	"go-named": {"go.mod": "module example.com/hello\n\ngo 1.24\n", "cmd/agent/main.go": goc, "cmd/hello/main.go": goc},
	"go-cgo":   {"go.mod": "module example.com/hello\n\ngo 1.24\n", "main.go": "package main\n\n// #cgo LDFLAGS: -lz -lmystery\n// #cgo pkg-config: jansson\n// int one(void) { return 1; }\nimport \"C\"\n\nfunc main() { println(C.one()) }\n"},
	"go-work": {"go.work": "go 1.24\n\nuse (\n\t./a\n\t./b\n)\n", "a/go.mod": "module example.com/a\n\ngo 1.24\n\nrequire example.com/b v1.0.0\n", "a/main.go": goc,
		"b/go.mod": "module example.com/b\n\ngo 1.24\n", "b/cmd/bee/main.go": goc},
	"go-nested":   {"backend/go.mod": "module example.com/backend\n\ngo 1.24\n", "backend/main.go": goc, "frontend/package.json": "{}", "other/Cargo.toml": "[package]\nname = \"o\"\n", "other/src/main.rs": rust},
	"sources":     {"hello.c": c, "part.c": part, "part.h": "int part(void);\n"},
	"sources-c++": {"src/one.cc": cxx, "src/two.cc": cxx},
	// Names that are no words, or that YAML takes for something else.
	"names": {"Makefile": "all: yes 1.5 $(BAD) 'a b' -x ../up /bin/sh a:b\nyes: yes.c\n1.5: 1.5.c\n", "yes.c": c, "1.5.c": c},
}

func open(t *testing.T, files map[string]string) *os.Root {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "project")
	for name, text := range files {
		at := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
			t.Fatal(err)
		}
		mode := os.FileMode(0o644)
		if name == "configure" {
			mode = 0o755
		}
		if err := os.WriteFile(at, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { root.Close() })
	return root
}

// TestProjects compares the Scratchfile of each project with the file of its name. Each is
// one that the parser takes, with nothing to say for the linter.
func TestProjects(t *testing.T) {
	for name, files := range projects {
		t.Run(name, func(t *testing.T) {
			got, err := Project(open(t, files))
			if err != nil {
				t.Fatal(err)
			}
			requireClean(t, got.Scratchfile)
			file := filepath.Join("testdata", name+".scratchfile")
			if *update {
				if err := os.WriteFile(file, got.Scratchfile, 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got.Scratchfile)); diff != "" {
				t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", file, diff)
			}
			lines := strings.Split(string(got.Scratchfile), "\n")
			for _, n := range got.Notes {
				if !strings.Contains(lines[n.Line-1], n.Text) {
					t.Errorf("no %q at line %d", n.Text, n.Line)
				}
			}
		})
	}
}

// requireClean parses a Scratchfile and applies the rules of the linter.
func requireClean(t *testing.T, data []byte) *spec.Scratchfile {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", data, spec.Vars{})
	if err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	for _, w := range lint.Run(sf) {
		t.Errorf("%d: %s: %s\n%s", w.Range.Start.Line, w.Rule, w.Detail, data)
	}
	return sf
}
