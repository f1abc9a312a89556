//go:build e2e

package e2e

import (
	"fmt"
	"maps"
	"strings"
	"testing"
)

// These are the commands of docs/platforms.md, which are the same for all platforms.
const (
	byCMake = "cmake -S . -B out && cmake --build out"
	byNinja = "cmake -S . -B out -G Ninja && cmake --build out"
	byMeson = "meson setup out && meson compile -C out"
	// libtool takes -static for itself.
	byConfigure = "autoreconf -fi && mkdir out && cd out && ../configure ${CHOST:+--host=$CHOST} && make LDFLAGS=-all-static"
)

// systemPackages are for all projects of these tests, so that they are installed once.
const systemPackages = "[cmake, meson, samurai, autoconf, automake, libtool, zlib-dev, zlib-static, jansson-dev, jansson-static, {name: jansson-dev, for: build}]"

// systemProject returns a project with a build system. Its program is out/tally.
func systemProject(toolchain, run string, files map[string]string) map[string]string {
	out := maps.Clone(files)
	out["Scratchfile"] = fmt.Sprintf("%sbuild:\n  toolchain: %s\n  packages: %s\n  run: |\n    %s\nbinary: out/tally\n",
		syntax, toolchain, systemPackages, strings.ReplaceAll(run, "\n", "\n    "))
	return out
}

// tally uses a header, a function that musl has and glibc lacks, two libraries and one of its
// own.
const tally = `#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <zlib.h>
#ifndef HAVE_EPOLL
#error no epoll
#endif
#ifndef HAVE_STRLCPY
#error no strlcpy
#endif
#include <sys/epoll.h>
const char *unit(void);
static void *count(void *n) { ++*(int *)n; return NULL; }
int main(void)
{
	pthread_t thread;
	int n = zlibVersion()[0] == '1';
	char to[16];
	strlcpy(to, unit(), sizeof to);
	json_t *j = json_pack("[s]", to);
	if (pthread_create(&thread, NULL, count, &n) || pthread_join(thread, NULL))
		return 1;
	printf("%d %s %s\n", n, json_string_value(json_array_get(j, 0)), MACHINE);
	return 0;
}
`

const unitSource = "const char *unit(void) { return \"casks\"; }\n"

// cmakeHead is the beginning of a CMake project.
const cmakeHead = `cmake_minimum_required(VERSION 3.16)
project(tally C)
include(CheckIncludeFile)
include(CheckSymbolExists)
check_include_file(sys/epoll.h HAVE_EPOLL)
check_symbol_exists(strlcpy string.h HAVE_STRLCPY)
find_package(Threads REQUIRED)
add_executable(tally tally.c)
target_compile_definitions(tally PRIVATE HAVE_EPOLL=${HAVE_EPOLL} HAVE_STRLCPY=${HAVE_STRLCPY} MACHINE="${CMAKE_SYSTEM_PROCESSOR}")
`

// unitLibrary is a CMake project that installs a library, with files for CMake and pkg-config.
const unitLibrary = `cmake_minimum_required(VERSION 3.16)
project(unit C)
include(GNUInstallDirs)
add_library(unit unit.c)
install(TARGETS unit EXPORT unit)
install(EXPORT unit NAMESPACE unit:: FILE unit-config.cmake DESTINATION ${CMAKE_INSTALL_LIBDIR}/cmake/unit)
file(WRITE ${CMAKE_BINARY_DIR}/unit.pc "Name: unit\nDescription: a unit\nVersion: 1\nLibs: -L${CMAKE_INSTALL_FULL_LIBDIR} -lunit\n")
install(FILES ${CMAKE_BINARY_DIR}/unit.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
`

const automakeFile = `noinst_LTLIBRARIES = libunit.la
libunit_la_SOURCES = unit.c
bin_PROGRAMS = tally
tally_SOURCES = tally.c
tally_CFLAGS = $(LIBS__CFLAGS) -DMACHINE='"$(MACHINE)"'
tally_LDADD = libunit.la $(LIBS__LIBS)
`

// mesonHead is the beginning of a Meson project.
const mesonHead = `project('tally', 'c')
cc = meson.get_compiler('c')
args = ['-DMACHINE="' + host_machine.cpu_family() + '"']
if cc.has_header('sys/epoll.h')
  args += '-DHAVE_EPOLL'
endif
if cc.has_function('strlcpy', prefix: '#include <string.h>')
  args += '-DHAVE_STRLCPY'
endif
threads = dependency('threads')
`

// TestBuildSystems: projects with CMake, Meson and autoconf that do not mention static linking or other
// platforms build for both, and find the static libraries of each.
func TestBuildSystems(t *testing.T) {
	for name, tc := range map[string]struct{ run, file, text string }{
		"cmake modules of pkg-config": {byCMake, "CMakeLists.txt", cmakeHead + `find_package(PkgConfig REQUIRED)
pkg_check_modules(JANSSON REQUIRED IMPORTED_TARGET jansson)
pkg_check_modules(ZLIB REQUIRED zlib)
add_library(unit STATIC unit.c)
target_link_libraries(tally unit PkgConfig::JANSSON ${ZLIB_LIBRARIES} Threads::Threads)
`},
		"cmake packages and libraries": {byNinja, "CMakeLists.txt", cmakeHead + `find_package(ZLIB REQUIRED)
find_library(JANSSON jansson REQUIRED)
find_path(JANSSON_DIR jansson.h REQUIRED)
add_library(unit unit.c)
target_include_directories(tally PRIVATE ${JANSSON_DIR})
target_link_libraries(tally unit ${JANSSON} ZLIB::ZLIB Threads::Threads)
`},
		"cmake with linker flags": {"cmake -S . -B out -DCMAKE_EXE_LINKER_FLAGS=-Wl,-O1 && cmake --build out", "CMakeLists.txt", cmakeHead + `add_library(unit unit.c)
target_link_libraries(tally unit jansson z Threads::Threads)
`},
		"cmake static-pie": {"cmake -S . -B out -DCMAKE_C_FLAGS=-fPIE -DCMAKE_EXE_LINKER_FLAGS=-static-pie && cmake --build out", "CMakeLists.txt", cmakeHead + `add_library(unit unit.c)
target_link_libraries(tally unit jansson z Threads::Threads)
`},
		"cmake shared libraries": {byCMake, "CMakeLists.txt", cmakeHead + `option(BUILD_SHARED_LIBS "as many projects have it" ON)
add_library(unit unit.c)
add_library(other SHARED unit.c)
add_library(plugin MODULE unit.c)
target_link_libraries(tally unit jansson z Threads::Threads)
`},
		"configure": {byConfigure, "configure.ac", `AC_INIT([tally], [1])
AM_INIT_AUTOMAKE([foreign])
AC_PROG_CC
AM_PROG_AR
LT_INIT
AC_CHECK_HEADERS([sys/epoll.h], [AC_DEFINE([HAVE_EPOLL], [1], [epoll])])
AC_CHECK_FUNCS([strlcpy])
PKG_CHECK_MODULES([LIBS_], [jansson zlib])
AC_SUBST([MACHINE], [$host_cpu])
AC_CONFIG_FILES([Makefile])
AC_OUTPUT
`},
		"meson dependencies": {byMeson, "meson.build", mesonHead + `unit = static_library('unit', 'unit.c')
executable('tally', 'tally.c', c_args: args, link_with: unit,
  dependencies: [dependency('jansson'), dependency('zlib', static: true), threads])
`},
		"meson libraries": {"meson out && ninja -C out", "meson.build", mesonHead + `unit = library('unit', 'unit.c')
executable('tally', 'tally.c', c_args: args, link_with: unit,
  dependencies: [cc.find_library('jansson'), cc.find_library('z'), cc.find_library('m', required: false), threads])
`},
		"meson by cmake": {byMeson, "meson.build", mesonHead + `unit = static_library('unit', 'unit.c')
executable('tally', 'tally.c', c_args: args, link_with: unit,
  dependencies: [dependency('jansson'), dependency('ZLIB', method: 'cmake', modules: ['ZLIB::ZLIB']), threads])
`},
		"cmake rules of a project": {strings.Replace(byCMake, "-B out", "-B out -DCMAKE_USER_MAKE_RULES_OVERRIDE=/src/rules.cmake", 1), "CMakeLists.txt", cmakeHead + `if(NOT OWN_RULES)
	message(FATAL_ERROR "${CMAKE_USER_MAKE_RULES_OVERRIDE}")
endif()
add_library(unit unit.c)
target_link_libraries(tally unit jansson z Threads::Threads)
`},
		"cmake runs a test": {strings.Replace(byCMake, "-B out", "-B out -DSIX_EXITCODE=6", 1), "CMakeLists.txt", cmakeHead + `try_run(SIX_EXITCODE SIX_COMPILED ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/six.c)
if(NOT SIX_EXITCODE EQUAL 6)
	message(FATAL_ERROR "${SIX_EXITCODE}")
endif()
add_library(unit unit.c)
target_link_libraries(tally unit jansson z Threads::Threads)
`},
		"meson runs a test": {byMeson, "meson.build", mesonHead + `if meson.can_run_host_binaries()
  assert(cc.run(files('six.c')).returncode() == 6)
endif
executable('tally', 'tally.c', 'unit.c', c_args: args, dependencies: [dependency('jansson'), dependency('zlib'), threads])
`},
		// A link of a shared library can't be static, so the program is named.
		"meson shared libraries": {byMeson + " tally", "meson.build", mesonHead + `shared_library('other', 'unit.c')
shared_module('plugin', 'unit.c')
executable('tally', 'tally.c', c_args: args, link_with: library('unit', 'unit.c'), dependencies: [dependency('jansson'), dependency('zlib'), threads])
`},
		"meson programs of the builder": {byMeson, "meson.build", strings.Replace(mesonHead, "'c')", "'c')\nadd_languages('c', native: true, required: true)", 1) + `
generate = executable('generate', 'generate.c', native: true, dependencies: dependency('jansson', native: true))
made = custom_target('made', output: 'made.c', command: [generate], capture: true)
executable('tally', 'tally.c', made, c_args: args, dependencies: [dependency('jansson'), dependency('zlib'), threads])
`},
		"cmake programs of the builder": {`LDFLAGS= cmake -S tools -B tools/out -DCMAKE_TOOLCHAIN_FILE= -DCMAKE_C_COMPILER=cc && cmake --build tools/out
tools/out/generate > made.c
` + byCMake, "CMakeLists.txt", cmakeHead + `target_sources(tally PRIVATE made.c)
target_link_libraries(tally jansson z Threads::Threads)
`},
		// The library is in the workdir, or in the root of the target.
		"cmake a module of the build": {`cmake -S lib -B lib/out -DCMAKE_INSTALL_PREFIX=/src/made && cmake --build lib/out --target install
cmake -S . -B out -DCMAKE_PREFIX_PATH=/src/made && cmake --build out`, "CMakeLists.txt", cmakeHead + `find_package(PkgConfig REQUIRED)
pkg_check_modules(UNIT REQUIRED IMPORTED_TARGET unit)
target_link_libraries(tally PkgConfig::UNIT jansson z Threads::Threads)
`},
		"cmake a library of the build": {`cmake -S lib -B lib/out -DCMAKE_INSTALL_PREFIX=/src/made && cmake --build lib/out --target install
cmake -S . -B out -DCMAKE_PREFIX_PATH=/src/made && cmake --build out`, "CMakeLists.txt", cmakeHead + `find_package(unit REQUIRED CONFIG)
target_link_libraries(tally unit::unit jansson z Threads::Threads)
`},
		"meson a library of the build": {`cmake -S lib -B lib/out && DESTDIR=${PKG_CONFIG_SYSROOT_DIR:-} cmake --build lib/out --target install
` + byMeson, "meson.build", mesonHead + `executable('tally', 'tally.c', c_args: args, dependencies: [dependency('unit'), dependency('jansson'), dependency('zlib'), threads])
`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, systemProject("c", tc.run, map[string]string{
				tc.file: tc.text, "tally.c": tally, "unit.c": unitSource, "six.c": "int main(void) { return 6; }\n", "rules.cmake": "set(OWN_RULES ON)\n",
				"tools/CMakeLists.txt": "cmake_minimum_required(VERSION 3.16)\nproject(tools C)\nadd_executable(generate ../generate.c)\ntarget_link_libraries(generate jansson)\n",
				"Makefile.am":          automakeFile, "lib/CMakeLists.txt": unitLibrary, "lib/unit.c": unitSource,
				"generate.c": "#include <jansson.h>\nint main(void) { puts(json_string_value(json_string(\"const char *unit(void) { return \\\"casks\\\"; }\"))); return 0; }\n",
			})).onServed()
			_, x := p.buildFor("linux/amd64", "linux/arm64")
			for platform, machine := range map[string]string{"linux/amd64": "x86_64", "linux/arm64": "aarch64"} {
				if got, want := x.image(platform).run(), "2 casks "+machine+"\n"; got != want {
					t.Errorf("%s: output %q, want %q", platform, got, want)
				}
			}
		})
	}
}

// TestBuildSystemsCxx: the same in C++, with exceptions and threads.
func TestBuildSystemsCxx(t *testing.T) {
	for name, tc := range map[string]struct{ run, file, text string }{
		"cmake": {byNinja, "CMakeLists.txt", `cmake_minimum_required(VERSION 3.16)
project(tally CXX)
set(CMAKE_CXX_STANDARD 17)
include(CheckCXXSourceCompiles)
check_cxx_source_compiles("#include <filesystem>\nint main() { return std::filesystem::path().empty() ? 0 : 1; }" HAVE_FILESYSTEM)
if(NOT HAVE_FILESYSTEM)
	message(FATAL_ERROR "no filesystem")
endif()
find_package(Threads REQUIRED)
find_package(ZLIB REQUIRED)
add_library(unit unit.cc)
add_executable(tally tally.cc)
target_link_libraries(tally PRIVATE unit ZLIB::ZLIB Threads::Threads)
`},
		"meson": {byMeson, "meson.build", `project('tally', 'cpp', default_options: ['cpp_std=c++17'])
unit = library('unit', 'unit.cc')
executable('tally', 'tally.cc', link_with: unit, dependencies: [dependency('zlib'), dependency('threads')])
`},
	} {
		t.Run(name, func(t *testing.T) {
			p := newProject(t, systemProject("c++", tc.run, map[string]string{
				tc.file:   tc.text,
				"unit.cc": "#include <stdexcept>\nvoid unit() { throw std::runtime_error(\"casks\"); }\n",
				"tally.cc": "#include <exception>\n#include <iostream>\n#include <thread>\n#include <zlib.h>\nvoid unit();\n" +
					"int main()\n{\n\tstd::thread t([] { try { unit(); } catch (const std::exception &e) { std::cout << zlibVersion()[0] << ' ' << e.what() << std::endl; } });\n\tt.join();\n}\n",
			})).onServed()
			_, x := p.buildFor("linux/amd64", "linux/arm64")
			for _, platform := range x.platforms() {
				if got, want := x.image(platform).run(), "1 casks\n"; got != want {
					t.Errorf("%s: output %q, want %q", platform, got, want)
				}
			}
		})
	}
}

// TestBuildSystemsCache: ccache has the compiles of each build system, for each platform, and
// not those by which it tells what there is.
func TestBuildSystemsCache(t *testing.T) {
	for name, tc := range map[string]struct{ run, file, text string }{
		"cmake":     {byCMake, "CMakeLists.txt", "cmake_minimum_required(VERSION 3.16)\nproject(tally C)\nadd_executable(tally tally.c unit.c)\n"},
		"meson":     {byMeson, "meson.build", "project('tally', 'c')\nmeson.get_compiler('c').has_header('sys/epoll.h')\nexecutable('tally', 'tally.c', 'unit.c')\n"},
		"configure": {byConfigure, "configure.ac", "AC_INIT([tally], [1])\nAM_INIT_AUTOMAKE([foreign])\nAC_PROG_CC\nAM_PROG_AR\nLT_INIT\nAC_CHECK_HEADERS([sys/epoll.h])\nAC_CONFIG_FILES([Makefile])\nAC_OUTPUT\n"},
	} {
		for _, platform := range []string{"linux/amd64", "linux/arm64"} {
			t.Run(name+" "+strings.TrimPrefix(platform, "linux/"), func(t *testing.T) {
				run := "ccache --zero-stats && " + tc.run + " && ccache --print-stats"
				p := newProject(t, systemProject("c", run, map[string]string{
					tc.file: tc.text, "unit.c": unitSource, "Makefile.am": "bin_PROGRAMS = tally\ntally_SOURCES = tally.c unit.c\n",
					"tally.c": "#include <stdio.h>\nconst char *unit(void);\nint main(void) { puts(unit()); return 0; }\n",
				})).onServed()
				for _, unit := range []string{"casks", "barrels"} {
					p.write("unit.c", strings.Replace(unitSource, "casks", unit, 1), 0o644)
					o, x := p.buildFor(platform)
					if got := x.image(platform).run(); got != unit+"\n" {
						t.Errorf("output %q", got)
					}
					for _, want := range map[string][]string{"casks": {"cache_miss\t2\n"}, "barrels": {"cache_miss\t1\n", "preprocessed_cache_hit\t1\n"}}[unit] {
						if !strings.Contains(o.log, " "+want) {
							t.Errorf("%s: ccache does not say %q\n%s", unit, want, o.log)
						}
					}
				}
			})
		}
	}
}

// TestCrossRuns: a build system that runs a program of another machine gets an error that
// says how it can do without.
func TestCrossRuns(t *testing.T) {
	const asked = "fix: give CMake the result by -D"
	// As many projects make a table.
	const tool = "cmake_minimum_required(VERSION 3.16)\nproject(tally C)\nadd_executable(six six.c)\nadd_custom_command(OUTPUT made.c COMMAND six > made.c DEPENDS six)\nadd_executable(tally made.c)\n"
	for name, tc := range map[string]struct{ run, file, text, fix string }{
		"cmake's tool": {byCMake, "CMakeLists.txt", tool, "the program six was not found; if the build makes it"},
		"ninja's tool": {byNinja, "CMakeLists.txt", tool, "the program six was not found; if the build makes it"},
		"make's tool":  {"make", "Makefile", "all: six\n\t./six\nsix: six.c\n", asked},
		"a shell's":    {"make six\n./six > made.c", "Makefile", "all:\n", asked},
		"cmake":        {byCMake, "CMakeLists.txt", cmakeHead + "try_run(SIX_EXITCODE SIX_COMPILED ${CMAKE_BINARY_DIR} ${CMAKE_SOURCE_DIR}/six.c)\n", asked},
		"meson":        {byMeson, "meson.build", mesonHead + "cc.run(files('six.c'))\n", asked},
		// As autoconf's script does.
		"configure": {"./configure", "configure", "#!/bin/sh\n$CC six.c -o six && (./six; [ $? = 6 ]) 2>/dev/null || { echo 'configure: error: cannot run C compiled programs.' >&2; exit 1; }\n", asked},
	} {
		t.Run(name, func(t *testing.T) {
			needNoEmulator(t)
			p := newProject(t, systemProject("c", tc.run, map[string]string{tc.file: tc.text, "tally.c": tally, "six.c": "int main(void) { return 6; }\n"})).onServed()
			p.write(tc.file, tc.text, 0o755)
			p.buildx("--platform", "linux/arm64").refused("the build runs a program for linux/arm64", tc.fix)
		})
	}
}
