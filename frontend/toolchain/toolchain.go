package toolchain

import (
	"slices"
	"strings"
)

// Toolchain is what most builds of static programs with one compiler need on Alpine. What
// the Scratchfile says itself takes precedence.
type Toolchain struct {
	// Name is its name in the Scratchfile.
	Name string
	// Packages are names of apk packages, without versions.
	Packages []string
	// Env is the environment of the build.
	Env []Variable
	// Path has folders that come before those of the base in PATH.
	Path []string
	// Wrappers are programs that come before those of Path.
	Wrappers []Wrapper
	// Caches are folders that persist between builds.
	Caches []Cache
	// Setup has lines of shell that run before each command of the build.
	Setup []string
	// Linker is empty for a toolchain whose linker is never called in a script.
	Linker Linker
	// Commands are its other programs.
	Commands Commands
	// Runtime are the packages of the target that programs are linked with, besides
	// libraries. Only a toolchain for another platform has them.
	Runtime []string

	// beside returns the toolchain for a build that has others too. It is nil if the
	// others change nothing.
	beside func(others []string) Toolchain
	// cross returns the toolchain for a build that compiles for another platform. It is nil
	// if there is none.
	cross func(Toolchain, Target) Toolchain
	// missing returns advice about a missing program. It may be nil.
	missing func(Missing) []string
}

// All returns the toolchains in the order in which messages list them.
func All() []Toolchain {
	return []Toolchain{c(), cPlusPlus(), rust(), golang()}
}

// Find returns the toolchain of a name.
func Find(name string) (Toolchain, bool) {
	all := All()
	i := slices.IndexFunc(all, func(t Toolchain) bool { return t.Name == name })
	if i < 0 {
		return Toolchain{}, false
	}
	return all[i], true
}

// Beside returns the toolchain for a build that has others too. The names may include its
// own.
func (t Toolchain) Beside(others []string) Toolchain {
	if t.beside == nil {
		return t
	}
	return t.beside(others)
}

// Variable is an environment variable.
type Variable struct {
	Name string
	// Value returns the value for the platform args of a build, such as TARGETARCH.
	Value func(platform map[string]string) string
	// Wrapped is set if the variable needs a program or a file of Path or Wrappers.
	Wrapped bool
}

// always returns the value for every platform.
func always(value string) func(map[string]string) string {
	return func(map[string]string) string { return value }
}

// Wrapper is a script that replaces a program of the same name, or a file for one.
type Wrapper struct {
	Name, Script string
}

// execNext is the line of a wrapper that starts the program in whose place the wrapper stands.
// A script may have the wrappers twice in its PATH.
func execNext(program string) string {
	return `exec "$(PATH=${PATH##*` + WrapperDir + `:} && command -v ` + program + ")\" \"$@\"\n"
}

// Cache is a folder that persists between the builds of one project.
type Cache struct {
	// Env is the name of the variable with the folder's path. A Scratchfile that sets
	// the variable must keep the folder itself.
	Env  string
	Path string
	// ByTime is set if the compiler compares times: an entry older than its source is
	// stale. The sources then get a new time before each command.
	ByTime bool
	// Vendored describes sources that need no new time.
	Vendored Vendored
	// Key has lines of shell. They print what the entries depend on and the compiler
	// does not check.
	Key string
	// Downloads is set if the folder holds downloads. With build.fetch, the downloads are
	// in a layer instead. Without it, a build with no network could not fill the folder.
	Downloads bool
}

// Vendored describes folders of sources that have a checksum.
type Vendored struct {
	// File is the name of a file that only such folders have. It is empty if there are no
	// such folders.
	File string
	// Known has lines of shell that succeed if a lock file has the checksum of folder $1.
	// They run in the workdir.
	Known string
}

// apkDatabase is the path of apk's database of installed packages. Newer versions of
// Alpine have it below /usr.
const apkDatabase = `$(ls /lib/apk/db/installed /usr/lib/apk/db/installed 2>/dev/null)`

// packagesKey prints the installed packages with the checksums of their files.
const packagesKey = `cat ` + apkDatabase

// Linker describes compilers that link what they compile.
type Linker struct {
	// Programs are the names of the compilers, without the prefix of a target such as
	// aarch64-linux-musl-.
	Programs []string
	// Static is the option that makes a static program. Longer options that start with it
	// do so too.
	Static string
	// Dynamic are arguments with which a compiler links no program, or links it in an
	// unknown way.
	Dynamic []string
	// DynamicPrefixes are the starts of more such arguments.
	DynamicPrefixes []string
	// Libraries are programs that print which libraries to link. Their option --static
	// does not make a static program.
	Libraries []string
}

// Is reports whether a program is one of the compilers.
func (l Linker) Is(program string) bool {
	return slices.Contains(l.Programs, program[strings.LastIndexByte(program, '-')+1:])
}

// IsStatic reports whether a text may ask for a static program.
func (l Linker) IsStatic(text string) bool {
	return l.Static != "" && strings.Contains(text, l.Static)
}

// Keeps reports whether a compiler with this argument still links a program with the C
// library.
func (l Linker) Keeps(arg string) bool {
	return !slices.Contains(l.Dynamic, arg) && !hasPrefix(arg, l.DynamicPrefixes)
}

// Commands describes the other programs of a toolchain.
type Commands struct {
	// Builders are the programs that build a project.
	Builders []string
	// Local are builders that are part of a project. A script calls them by a path.
	Local []string
	// Sidelines are arguments with which a builder does something else, such as to test
	// or to clean up. Such a command may fail.
	Sidelines []string
	// Variables are the environment variables that the programs read.
	Variables []string
	// Prefixes are the starts of the names of more such variables.
	Prefixes []string
}

// Reads reports whether the programs read an environment variable.
func (c Commands) Reads(variable string) bool {
	return slices.Contains(c.Variables, variable) || hasPrefix(variable, c.Prefixes)
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// Missing is a program that is not where the Scratchfile says.
type Missing struct {
	// From is its path in the Scratchfile.
	From string
	// Found is set if the build made a program of that name elsewhere.
	Found bool
	// Run are the commands of the build, as they are written.
	Run []string
	// Env is the environment of the build.
	Env map[string]string
}

// runs reports whether a command of the build contains a text.
func (m Missing) runs(text string) bool {
	return slices.ContainsFunc(m.Run, func(command string) bool { return strings.Contains(command, text) })
}

// variable returns the value of a variable of the build. For a variable that is not set, it
// returns the name with a dollar sign.
func (m Missing) variable(name string) string {
	if value, ok := m.Env[name]; ok {
		return value
	}
	return "$" + name
}

// Missing returns advice about a missing program: where the toolchain puts programs, and
// how to change that. Each element is a sentence without a full stop.
func (t Toolchain) Missing(m Missing) []string {
	if t.missing == nil {
		return nil
	}
	return t.missing(m)
}
