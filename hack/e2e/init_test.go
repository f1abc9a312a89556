//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestInit: what scratch init writes for a project builds, and the image runs.
func TestInit(t *testing.T) {
	const (
		other  = "int other(void) { return 0; }\n"
		goMain = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"
		rust   = "fn main() { println!(\"hello\"); }\n"
	)
	autotools := map[string]string{
		"configure.ac": "AC_INIT([hello], [1.0])\nAC_CONFIG_HEADERS([config.h])\nAM_INIT_AUTOMAKE([foreign subdir-objects])\nAC_PROG_CC\nLT_INIT\nAC_CHECK_FUNCS([strlcpy])\n" +
			"PKG_CHECK_MODULES([JANSSON], [jansson >= 2.10])\nAC_CONFIG_FILES([Makefile src/Makefile])\nAC_OUTPUT\n",
		"Makefile.am":     "SUBDIRS = src\nACLOCAL_AMFLAGS = -I m4\n",
		"src/Makefile.am": "bin_PROGRAMS = hello\nlib_LTLIBRARIES = libwords.la\nlibwords_la_SOURCES = words.c\nlibwords_la_LIBADD = $(JANSSON_LIBS)\nAM_CFLAGS = $(JANSSON_CFLAGS)\nhello_SOURCES = hello.c\nhello_LDADD = libwords.la\n",
		"src/words.c":     "#include <config.h>\n#include <jansson.h>\n#ifndef HAVE_STRLCPY\n#error no strlcpy\n#endif\nconst char *words(void) { return json_string_value(json_string(\"hello\")); }\n",
		"src/hello.c":     "#include <stdio.h>\nconst char *words(void);\nint main(void) { puts(words()); return 0; }\n",
		"m4/.keep":        "",
	}
	for name, tc := range map[string]struct {
		files  map[string]string
		output string
	}{
		"autotools": {map[string]string{"hello.c": hello, "configure.ac": "AC_INIT([hello], [1.0])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n",
			"Makefile.am": "bin_PROGRAMS = hello\nhello_SOURCES = hello.c\n"}, "hello\n"},
		"autotools with libtool": {autotools, "hello\n"},
		"autotools of a release": {autotools, "hello\n"},
		"make": {map[string]string{"hello.c": hello, "other.c": other,
			"Makefile": "PROG = hello\nall: $(PROG)\n$(PROG): hello.o other.o\n\t$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)\n"}, "hello\n"},
		"make with a library": {map[string]string{
			"hello.c":  "#include <jansson.h>\n#include <stdio.h>\nint main(void) { json_t *j = json_string(\"hello\"); puts(json_string_value(j)); return 0; }\n",
			"Makefile": "LDLIBS = $(shell pkg-config --libs jansson)\nhello: hello.o\n"}, "hello\n"},
		"make with its own LDFLAGS": {map[string]string{"hello.c": hello, "Makefile": "LDFLAGS = -s\nhello: hello.o\n\t$(CC) $(LDFLAGS) -o hello hello.o\n"}, "hello\n"},
		"make by gcc":               {map[string]string{"hello.c": hello, "Makefile": "hello: hello.c\n\tgcc hello.c -o hello\n"}, "hello\n"},
		"make C++": {map[string]string{"hello.cc": "#include <iostream>\nint main() { std::cout << \"hello\" << std::endl; }\n",
			"Makefile": "all: hello\nhello: hello.o\n\t$(CXX) $(LDFLAGS) $^ -o $@\n"}, "hello\n"},
		"configure": {map[string]string{"hello.c": hello, "Makefile.in": "CFLAGS = @CFLAGS@\nhello: hello.o\n",
			"configure": "#!/bin/sh\nsed \"s/@CFLAGS@/-O2/\" Makefile.in > Makefile\n"}, "hello\n"},
		"cmake": {map[string]string{"hello.c": hello,
			"CMakeLists.txt": "cmake_minimum_required(VERSION 3.10)\nproject(hello C)\nset(SRC hello.c)\nadd_executable(${PROJECT_NAME} ${SRC})\n"}, "hello\n"},
		"cmake with libraries": {map[string]string{
			"CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(hello LANGUAGES CXX C)\noption(BUILD_SHARED_LIBS \"Shared\" ON)\ninclude(CTest)\n" +
				"find_package(ZLIB REQUIRED)\nfind_package(PkgConfig REQUIRED)\npkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)\nadd_subdirectory(lib)\nadd_subdirectory(src)\n" +
				"if(BUILD_TESTING)\n  find_package(GTest REQUIRED)\n  add_subdirectory(tests)\nendif()\ninstall(TARGETS hello other)\n",
			"lib/CMakeLists.txt": "add_library(words words.c)\ntarget_include_directories(words PUBLIC .)\ntarget_link_libraries(words PUBLIC ZLIB::ZLIB PkgConfig::JANSSON)\n",
			"lib/words.c":        "#include <jansson.h>\n#include <zlib.h>\nconst char *words(void) { return zlibVersion()[0] == '1' ? json_string_value(json_string(\"hello\")) : \"\"; }\n",
			"src/CMakeLists.txt": "add_executable(hello hello.cpp)\ntarget_link_libraries(hello PRIVATE words)\nadd_executable(other hello.cpp)\n" +
				"target_link_libraries(other PRIVATE words)\nset_target_properties(other PROPERTIES OUTPUT_NAME another)\n",
			"src/hello.cpp":        "#include <iostream>\nextern \"C\" const char *words(void);\nint main() { std::cout << words() << std::endl; }\n",
			"tests/CMakeLists.txt": "add_executable(check check.cpp)\n"}, "hello\n"},
		"cmake of old": {map[string]string{"hello.c": hello,
			"CMakeLists.txt": "CMAKE_MINIMUM_REQUIRED(VERSION 2.8.12)\nPROJECT(hello C)\nSET(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_SOURCE_DIR}/bin)\n" +
				"ADD_EXECUTABLE(hello hello.c)\nTARGET_LINK_LIBRARIES(hello m)\n"}, "hello\n"},
		"meson": {map[string]string{"hello.c": hello, "meson.build": "project('hello', 'c', version: '1')\nexecutable('hello', 'hello.c', install: true)\n"}, "hello\n"},
		"meson with libraries": {map[string]string{
			"meson.build": "project('hello', ['c', 'cpp'], default_options: ['warning_level=3'])\njansson = dependency('jansson', version: '>= 2.10')\nzlib = dependency('zlib')\n" +
				"subdir('lib')\nsubdir('src')\nsubdir('tests')\n",
			"lib/meson.build":   "words = library('words', 'words.c', dependencies: [jansson, zlib], install: true)\n",
			"lib/words.c":       "#include <jansson.h>\n#include <zlib.h>\nconst char *words(void) { return zlibVersion()[0] == '1' ? json_string_value(json_string(\"hello\")) : \"\"; }\n",
			"src/meson.build":   "name = 'greet'\nexecutable(name, 'hello.cc', link_with: words)\nexecutable(meson.project_name(), 'hello.cc', link_with: words)\n",
			"src/hello.cc":      "#include <iostream>\nextern \"C\" const char *words(void);\nint main() { std::cout << words() << std::endl; }\n",
			"tests/meson.build": "test('words', executable('test-words', '../src/hello.cc', link_with: words))\n"}, "hello\n"},
		"sources": {map[string]string{"hello.c": hello, "other.c": other}, "hello\n"},
		"go":      {map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n", "main.go": goMain}, "hello\n"},
		"go nested": {map[string]string{"srv/go.mod": "module example.com/srv\n\ngo 1.24\n", "srv/cmd/a/main.go": goMain,
			"srv/cmd/b/main.go": goMain, "README": "x"}, "hello\n"},
		"go with cgo": {map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n",
			"main.go": "package main\n\n// #cgo pkg-config: jansson\n// #include <jansson.h>\nimport \"C\"\nimport \"fmt\"\n\nfunc main() {\n\tif C.JANSSON_MAJOR_VERSION > 0 {\n\t\tfmt.Println(C.GoString(C.json_string_value(C.json_string(C.CString(\"hello\")))))\n\t}\n}\n"}, "hello\n"},
		"cargo": {map[string]string{"Cargo.toml": "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
			"Cargo.lock": "version = 3\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n", "src/main.rs": rust}, "hello\n"},
		"cargo a workspace": {map[string]string{"Cargo.toml": "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
			"crates/cli/Cargo.toml":   "[package]\nname = \"cli\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[[bin]]\nname = \"hello\"\npath = \"src/main.rs\"\n[dependencies]\nwords = { path = \"../words\" }\n",
			"crates/cli/src/main.rs":  "fn main() { println!(\"{}\", words::hello()); }\n",
			"crates/words/Cargo.toml": "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
			"crates/words/src/lib.rs": "pub fn hello() -> &'static str { \"hello\" }\n",
			"Cargo.lock":              "version = 3\n[[package]]\nname = \"cli\"\nversion = \"0.1.0\"\ndependencies = [\"words\"]\n[[package]]\nname = \"words\"\nversion = \"0.1.0\"\n"}, "hello\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, tc.files).onServed()
			if name == "autotools of a release" {
				p.autoreconf()
			}
			if _, ok := tc.files["configure"]; ok {
				if err := os.Chmod(filepath.Join(p.dir, "configure"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			file, err := commandLine()
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), file, "init", p.dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			o := p.buildx()
			if got := o.image().run(); got != tc.output {
				t.Errorf("output %q, want %q\n%s\n%s", got, tc.output, readFile(t, filepath.Join(p.dir, "Scratchfile")), o.log)
			}
			if found := lintWarning.FindString(o.log); found != "" {
				t.Errorf("the linter warns: %s", found)
			}
		})
	}
}

// autoreconf makes the files that a release of a project with autotools has.
func (p *project) autoreconf() {
	p.t.Helper()
	p.write("release.Dockerfile", "FROM "+baseName+" AS made\nRUN apk add autoconf automake libtool pkgconf\nWORKDIR /src\nCOPY . .\nRUN autoreconf -fi && rm -r autom4te.cache\n"+
		"FROM scratch\nCOPY --from=made /src /\n", 0o644)
	cmd := tool(p.t.Context(), "docker-buildx", "build", "--progress=plain", "--build-context", baseName+"="+p.base,
		"-f", filepath.Join(p.dir, "release.Dockerfile"), "--output", p.dir, p.dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("autoreconf: %v\n%s", err, out)
	}
}
