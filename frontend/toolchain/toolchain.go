package toolchain

import (
	"slices"
	"strings"
)

// Toolchain is what someone who builds static programs on Alpine often would write. All
// of it gives way to what the Scratchfile says itself.
type Toolchain struct {
	// Name is what the Scratchfile calls it.
	Name string
	// Packages are names of apk packages, without versions.
	Packages []string
	// Env is the environment of the build.
	Env []Variable
	// Path has folders of programs that go before the base's own.
	Path []string
	// Wrappers are programs that go before those.
	Wrappers []Wrapper
	// Caches are folders that persist between builds.
	Caches []Cache
	// Setup has lines of shell that run before each command of the build.
	Setup []string
	// Linker is empty for a toolchain whose linker nobody calls in a script.
	Linker Linker
	// Commands are its other programs.
	Commands Commands

	// beside returns the toolchain as it is with others; nil if they change nothing.
	beside func(others []string) Toolchain
	// missing returns advice about a program; nil if there is none.
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

// Beside returns the toolchain as it is in a build that has others too. Their names may
// include its own.
func (t Toolchain) Beside(others []string) Toolchain {
	if t.beside == nil {
		return t
	}
	return t.beside(others)
}

// Variable is an environment variable.
type Variable struct {
	Name string
	// Value takes the platform args of a build, such as TARGETARCH.
	Value func(platform map[string]string) string
	// Wrapped is set for a variable that only a program of Path or Wrappers reads.
	Wrapped bool
}

// always makes a value that is the same on every platform.
func always(value string) func(map[string]string) string {
	return func(map[string]string) string { return value }
}

// Wrapper is a program that stands before another one of its name.
type Wrapper struct {
	Name, Script string
}

// Cache is a folder that persists, for the project alone.
type Cache struct {
	// Env names the variable that says where the folder is. Whoever sets it looks after
	// the folder too.
	Env  string
	Path string
	// ByTime is set for a folder whose owner takes an entry for stale when a source has
	// a later time than it. Each command gets younger sources then.
	ByTime bool
	// Vendored are the sources whose times such an owner does not need.
	Vendored Vendored
	// Key has lines of shell that print what the entries depend on and the owner of the
	// folder does not look at.
	Key string
	// Downloads is set for a folder of what a fetch downloads. That belongs into layers
	// when there is a fetch, and a build without network could find it only by luck.
	Downloads bool
}

// Vendored describes folders of sources that are known by a checksum.
type Vendored struct {
	// File is what every such folder has in it, and no other; "" if there are none.
	File string
	// Known has lines of shell that succeed if the checksum of folder $1 is on record.
	// They run in the workdir.
	Known string
}

// apkDatabase are the places of apk's database of installed packages: before and since
// /lib became a link.
const apkDatabase = `$(ls /lib/apk/db/installed /usr/lib/apk/db/installed 2>/dev/null)`

// packagesKey prints all installed packages with the checksums of their files.
const packagesKey = `cat ` + apkDatabase

// Linker is how compilers are called that link what they compile.
type Linker struct {
	// Programs are the names of the compilers, without the prefix of a target such as
	// aarch64-linux-musl-.
	Programs []string
	// Static is the option that makes a static program. It may be the start of others
	// that do so too.
	Static string
	// Dynamic are arguments after which a compiler links no program, or after which it
	// is not known how.
	Dynamic []string
	// DynamicPrefixes are how other such arguments start.
	DynamicPrefixes []string
	// Libraries are programs that print which libraries to link. What they call static
	// is about the names of libraries only.
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

// Keeps reports whether a compiler with this argument still links a program against the
// C library.
func (l Linker) Keeps(arg string) bool {
	return !slices.Contains(l.Dynamic, arg) && !hasPrefix(arg, l.DynamicPrefixes)
}

// Commands is how the programs of a toolchain look in a script, and what they read.
type Commands struct {
	// Builders are programs that make the program.
	Builders []string
	// Local are builders that a project brings along, which a script calls by a path.
	Local []string
	// Sidelines are arguments with which a builder does something else: it tests, or
	// cleans up. Such a command may well fail.
	Sidelines []string
	// Variables are what the programs read from the environment.
	Variables []string
	// Prefixes are how the names of other such variables start.
	Prefixes []string
}

// Reads reports whether the programs read a variable by themselves.
func (c Commands) Reads(variable string) bool {
	return slices.Contains(c.Variables, variable) || hasPrefix(variable, c.Prefixes)
}

func hasPrefix(s string, prefixes []string) bool {
	return slices.ContainsFunc(prefixes, func(p string) bool { return strings.HasPrefix(s, p) })
}

// Missing is a program that the build did not put where the file has it.
type Missing struct {
	// From is its path in the file.
	From string
	// Found is set if the build has put a program of that name elsewhere.
	Found bool
	// Run are the commands of the build as they are written.
	Run []string
	// Env is the environment of the build.
	Env map[string]string
}

// runs reports whether a command of the build has a text in it.
func (m Missing) runs(text string) bool {
	return slices.ContainsFunc(m.Run, func(command string) bool { return strings.Contains(command, text) })
}

// variable is the value of a variable of the build, or its name for a shell.
func (m Missing) variable(name string) string {
	if value, ok := m.Env[name]; ok {
		return value
	}
	return "$" + name
}

// Missing returns sentences, without a full stop, about where the toolchain puts such a
// program and how to have it elsewhere.
func (t Toolchain) Missing(m Missing) []string {
	if t.missing == nil {
		return nil
	}
	return t.missing(m)
}
