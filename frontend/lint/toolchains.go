package lint

import (
	"slices"
	"strings"
)

// toolchain is what the rules know of a toolchain: what its programs are called in
// a script, and what they read.
type toolchain struct {
	// linkers are programs that link what they compile, without the prefix of a
	// target such as aarch64-linux-musl-.
	linkers []string
	// builders are other programs that make the program.
	builders []string
	// local are builders that a project brings along, which a script calls by a path.
	local []string
	// sidelines are arguments with which a builder does something else: it tests, or
	// cleans up. Such a command may well fail.
	sidelines []string
	// variables are what its programs read from the environment.
	variables []string
	// prefixes are how the names of other such variables start.
	prefixes []string
}

var toolchains = []toolchain{cToolchain, rustToolchain, goToolchain}

var cToolchain = toolchain{
	linkers:  []string{"cc", "gcc", "c++", "g++", "clang", "clang++"},
	builders: []string{"make", "gmake", "ninja", "samu", "muon", "meson", "cmake"},
	local:    []string{"configure", "autogen.sh", "bootstrap"},
	sidelines: []string{"test", "tests", "check", "clean", "distclean", "mrproper", "uninstall",
		"--version", "-q", "--question"},
	variables: []string{
		"CC", "CXX", "CPP", "LD", "AR", "AS", "NM", "RANLIB", "STRIP", "OBJCOPY", "MAKE",
		"CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LDLIBS", "LIBS", "ASFLAGS", "ARFLAGS",
		"CPATH", "LIBRARY_PATH", "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "COMPILER_PATH",
		"DESTDIR", "NINJA_STATUS", "VERBOSE", "V",
	},
	prefixes: []string{"MAKE", "CMAKE_", "MESON", "PKG_CONFIG", "CCACHE_", "SCCACHE_"},
}

var rustToolchain = toolchain{
	builders:  []string{"cargo", "rustc"},
	sidelines: []string{"test", "check", "clean", "clippy", "fmt", "uninstall", "version", "--version"},
	variables: []string{"RUSTFLAGS", "RUSTC"},
	prefixes:  []string{"CARGO_", "RUSTC_"},
}

var goToolchain = toolchain{
	builders:  []string{"go"},
	sidelines: []string{"test", "vet", "clean", "fmt", "version"},
	prefixes:  []string{"GO", "CGO_"},
}

// staticFlag is the option of the linkers that makes a static program. It is the
// start of others that do so too.
const staticFlag = "-static"

// dynamicOptions are the arguments of a linker after which it links no program, or
// after which it is not known how.
var dynamicOptions = []string{
	"-c", "-S", "-E", "-M", "-MM", "-r", "-shared", "-fsyntax-only", "-nostdlib", "-nostartfiles", "-nodefaultlibs",
	"-nolibc", "-ffreestanding", "-v", "-###", "--version", "--help",
}

// dynamicPrefixes are how other such arguments start.
var dynamicPrefixes = []string{"@", "-print", "-dump", "-specs", "--specs", "--config", "-Wl,-Bstatic", "-x"}

// keepsLinking reports whether a linker with this argument still links a program
// against the C library.
func keepsLinking(arg string) bool {
	return !slices.Contains(dynamicOptions, arg) && !hasPrefix(arg, dynamicPrefixes)
}

// keepLinking is keepsLinking for all arguments that a value holds.
func keepLinking(value string) bool {
	for arg := range strings.FieldsSeq(value) {
		if !keepsLinking(arg) {
			return false
		}
	}
	return true
}

// asksPackages reports whether a program prints which libraries to link. Its own
// --static is about the names of libraries only.
func asksPackages(name string) bool { return name == "pkg-config" || name == "pkgconf" }

// isLinker reports whether a program compiles and links.
func isLinker(name string) bool {
	name = name[strings.LastIndexByte(name, '-')+1:]
	return slices.ContainsFunc(toolchains, func(t toolchain) bool { return slices.Contains(t.linkers, name) })
}

// makesProgram reports whether a command makes the program, or prepares to.
func makesProgram(c *command) bool {
	name := c.name()
	if isLinker(name) {
		return true
	}
	for _, t := range toolchains {
		if slices.Contains(t.builders, name) {
			return !c.has(t.sidelines...)
		}
		if slices.Contains(t.local, name) {
			return strings.Contains(c.words[0].text, "/")
		}
	}
	return false
}

// readsVariable reports whether compilers and build tools read a variable by
// themselves.
func readsVariable(name string) bool {
	switch name {
	case "TZ", "LANG", "HOME":
		return true
	}
	return strings.HasPrefix(name, "LC_") || slices.ContainsFunc(toolchains, func(t toolchain) bool {
		return slices.Contains(t.variables, name) || hasPrefix(name, t.prefixes)
	})
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}
