package toolchain

import "path"

// CMake and Meson link with shared libraries where they find some, and a static program
// can't be. They have no variable for that, but read files.

// WrapperDir is where a command of the build has the wrappers.
const WrapperDir = "/.scratch-frontend/bin"

// path returns the path of a wrapper in the build.
func (w Wrapper) path() string { return path.Join(WrapperDir, w.Name) }

// staticCMake is a toolchain file. CMake reads it twice: for each language, it reads the rules
// to override after it has set its own suffixes. A library is found if there is just a shared
// one, so that a link that fails says so, where a feature would be left out in silence. The
// link of a shared library fails with -static. A command or a project may replace the linker
// flags, and so each program gets the option too, from CMake 3.13 on. Beside -static-pie it
// gets none: that is static too, and with both GCC takes start files that are for no PIE.
var staticCMake = Wrapper{Name: "static.cmake", Script: `if(NOT CMAKE_USER_MAKE_RULES_OVERRIDE)
	set(CMAKE_USER_MAKE_RULES_OVERRIDE ${CMAKE_CURRENT_LIST_FILE})
endif()
set(CMAKE_FIND_LIBRARY_SUFFIXES .a .so)
set(ENV{CCACHE_DISABLE} 1)
set(BUILD_SHARED_LIBS OFF CACHE BOOL "Libraries are shared")
if(" $ENV{LDFLAGS} " MATCHES " -static ")
	string(REPLACE " -static " " " flags " $ENV{LDFLAGS} ")
	set(ENV{LDFLAGS} "${flags}")
	set(CMAKE_EXE_LINKER_FLAGS_INIT -static)
	if(COMMAND add_link_options AND NOT " ${CMAKE_EXE_LINKER_FLAGS} " MATCHES " -static-pie ")
		add_link_options("$<$<STREQUAL:$<TARGET_PROPERTY:TYPE>,EXECUTABLE>:-static>")
	endif()
endif()
`}

// staticMeson is a file of options, which those of a command replace.
var staticMeson = Wrapper{Name: "static.ini", Script: staticOptions + `[properties]
cmake_toolchain_file = '` + staticCMake.path() + `'
`}

const staticOptions = `[built-in options]
default_library = 'static'
prefer_static = true
`

// mesonSetup gives the command that configures a project an option, after lines of shell. Its
// name may be left out, as in "meson out": Meson takes any word for it that is no other command.
func mesonSetup(lines, option string) string {
	return `#!/bin/sh
case ${1-} in
compile | configure | devenv | dist | env2mfile | fmt | format | help | init | install | introspect | reprotest | rewrite | \
	runpython | subprojects | test | unstable-coredata | wrap | -h | --help | -v | --version | --internal) ;;
*)
	[ "${1-}" != setup ] || shift
	export CCACHE_DISABLE=1
	set -- setup ` + option + ` "$@"
	;;
esac
` + lines + `exec /usr/bin/meson "$@"
`
}
