package lint

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// toolchains has the toolchains whose programs the rules know. A script may start any of
// these programs, since the base may have them without build.toolchain.
var toolchains = toolchain.All()

// linkerOf returns the linker that a program is. It returns false for other programs.
func linkerOf(program string) (toolchain.Linker, bool) {
	for _, t := range toolchains {
		if t.Linker.Is(program) {
			return t.Linker, true
		}
	}
	return toolchain.Linker{}, false
}

// keepLinking reports whether a linker with the arguments in a value still links a
// program with the C library.
func keepLinking(value string) bool {
	for arg := range strings.FieldsSeq(value) {
		if slices.ContainsFunc(toolchains, func(t toolchain.Toolchain) bool { return !t.Linker.Keeps(arg) }) {
			return false
		}
	}
	return true
}

// isStatic reports whether a text may ask a linker for a static program.
func isStatic(text string) bool {
	return slices.ContainsFunc(toolchains, func(t toolchain.Toolchain) bool { return t.Linker.IsStatic(text) })
}

// printsLibraries reports whether a program prints which libraries to link, as
// pkg-config does.
func printsLibraries(program string) bool {
	return slices.ContainsFunc(toolchains, func(t toolchain.Toolchain) bool { return slices.Contains(t.Linker.Libraries, program) })
}

// makesProgram reports whether a command builds the program, or configures the build.
func makesProgram(c *command) bool {
	name := c.name()
	if _, ok := linkerOf(name); ok {
		return true
	}
	for _, t := range toolchains {
		if slices.Contains(t.Commands.Builders, name) {
			return !c.has(t.Commands.Sidelines...)
		}
		if slices.Contains(t.Commands.Local, name) {
			return strings.Contains(c.words[0].text, "/")
		}
	}
	return false
}

// readsVariable reports whether compilers and build tools read a variable.
func readsVariable(name string) bool {
	switch name {
	case "TZ", "LANG", "HOME":
		return true
	}
	return strings.HasPrefix(name, "LC_") ||
		slices.ContainsFunc(toolchains, func(t toolchain.Toolchain) bool { return t.Commands.Reads(name) })
}
