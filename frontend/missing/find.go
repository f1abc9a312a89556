package missing

import (
	"bytes"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// Kind is what kind of thing is missing.
type Kind string

// The kinds.
const (
	Library    Kind = "library"    // Name is that of -lNAME: an archive for a static link
	Header     Kind = "header"     // Name is the path that #include names
	Module     Kind = "module"     // Name is what pkg-config calls it
	CMake      Kind = "cmake"      // Name is that of find_package
	Command    Kind = "command"    // Name is a program's
	Repository Kind = "repository" // git is called where there is none
	Emulator   Kind = "emulator"   // a program for another machine is started
)

// Need is a thing that a command did not find.
type Need struct {
	Kind Kind   `json:"kind"`
	Name string `json:"name"`
}

// String names the need as its user knows it.
func (n Need) String() string {
	switch n.Kind {
	case Library:
		return n.Archive()
	case Header:
		return "the header " + n.Name
	case Module:
		return n.Name + ".pc of pkg-config"
	case CMake:
		return "the CMake package " + n.Name
	case Repository:
		return "a repository"
	case Emulator:
		return "an emulator"
	}
	return "the program " + n.Name
}

// Archive is the file that a static link takes for a library.
func (n Need) Archive() string { return "lib" + n.Name + ".a" }

const (
	// MaxOutput is how many bytes of an output are looked at: the last.
	MaxOutput = 64 << 10
	// maxNeeds is how many needs are told. Whoever has these asks again.
	maxNeeds = 4
)

// text is how a program says that it did not find something.
type text struct {
	kind    Kind
	pattern func() *regexp.Regexp // its first group is the name
}

// texts returns texts of one kind. In a pattern, Q stands for the quotes around a name: in
// the C locale, in others, and as TeX has them.
func texts(kind Kind, patterns ...string) []text {
	var out []text
	for _, p := range patterns {
		out = append(out, text{kind, pattern.Compile(strings.ReplaceAll(p, "Q", "['\"`‘’“”]"))})
	}
	return out
}

// failures are what a program says that can't go on.
var failures = slices.Concat(
	texts(Command,
		`exec: Q([^'"/]+)Q: executable file not found in \$PATH`,                 // Go
		`missing (Git) command`,                                                  // Go
		`linker Q(\S+?)Q not found`,                                              // rustc
		`[Ff]ailed to find tool Q(\S+?)Q`,                                        // the crate cc
		`[Ff]ailed to find tool\. Is Q(\S+?)Q installed`,                         // an older one
		`^is Q(\S+)Q not installed\?`,                                            // the crate cmake
		`could not execute process Q([^\s/]+?)(?: |Q).*\(never executed\)`,       // cargo
		`ERROR: Program Q(\S+?)Q not found`,                                      // meson
		`Unknown compiler\(s\): \[\['(\w[^']*)'`,                                 // meson
		`([Pp]kg-config) (?:binary )?for machine .* not found`,                   // meson
		`The (pkg-config) (?:command|script) could not be found`,                 // its crate and its macros
		`CMake was unable to find a build program corresponding to Q(\w[\w ]*)Q`, // CMake
		`(no acceptable C compiler) found`,                                       // autoconf
		`cannot (?:execute|find) Q(cc1plus|cc1|as|ld)Q`,                          // gcc
		`^make(?:\[\d+\])?: ([^\s/:]+): No such file or directory$`,              // make, without a shell
	),
	texts(Library,
		`cannot find -l([^\s:]+)`,        // GNU ld, gold
		`unable to find library -l(\S+)`, // lld
		`library not found: (\S+)`,       // mold
		`(?:attempted static link of|cannot mix -static with) dynamic object \S*/lib([^/\s]+?)\.so\b`, // all but mold
		`could not find native static library Q(\S+?)Q`,                                               // rustc
		`ERROR: C(?:\+\+)? (?:shared or static|static) library Q(\S+?)Q not found`,                    // meson
	),
	texts(Header,
		`(?:fatal error|error): (\S+): No such file or directory$`, // gcc
		`(?:fatal error|error): Q(\S+?)Q file not found`,           // clang
		`include file Q(\S+?)Q not found`,                          // tcc
	),
	texts(Module,
		`^Package Q(\S+?)Q(?:, required by Q\S+Q,)? not found`,                    // pkgconf
		`^Package (\S+) was not found in the pkg-config search path`,              // both
		`^No package Q(\S+?)Q found`,                                              // pkg-config
		`The system library Q(\S+?)Q required by crate Q\S+Q was not found`,       // its crate
		`ERROR: Dependency (?:lookup for )?Q?([^\s'"]+)Q? .*(?:not found|failed)`, // meson
	),
)

// cmakeFailures are what CMake says below a line that begins with "CMake Error". Elsewhere
// it says the same of what it can do without.
var cmakeFailures = slices.Concat(
	texts(CMake,
		`^ +Could NOT find (\w+)`,
		`package configuration file provided by Q(\S+?)Q`,
		`By not providing QFind(\w+)\.cmakeQ`,
	),
	texts(Module, `^ +- ([^\s<>=]+)`), // pkg_check_modules, one of several
	texts(Command, `No CMAKE_(C|CXX)_COMPILER could be found`),
)

// unlisted is what pkg_check_modules says if it does not list the modules again. optional
// is what it said before that, of modules of any kind.
const (
	unlisted = "A required package was not found"
	checking = "-- Checking for module"
)

var optional = texts(Module, `^--   (?:Package|No package) Q(\S+?)Q`)

// passing are what a shell says, whose script may go on: "git describe || echo unknown".
var passing = texts(Command,
	`^[^\s:]+: (?:(?:line )?\d+: )?([^\s:/]+): (?:command )?not found$`, // sh, dash, bash
	`^(?:/usr/bin/)?env: (?:can't execute )?Q([^\s'"/]+?)Q: No such file or directory`,
	`^(?:xargs|time|nice|find): (?:can't execute )?Q?([^\s'"/:]+?)Q?: No such file or directory`,
)

// outside is what git says in a folder that is no repository.
var outside = texts(Repository, `^fatal: not a (git) repository`)

// foreign are what build systems say whose test programs don't start, and what shells and make
// say of a program that the kernel can't run: some then read it as a script.
var foreign = texts(Emulator,
	`^CMake Error: (?i:(try_run))\(\) invoked in cross-compiling mode`,
	`ERROR: Can not run test applications in this (cross) environment`, // meson
	`configure: error: cannot run (\S+) compiled programs`,
	`(?:^|[ /])([^\s:/]+): (?:cannot execute binary file: )?Exec format error$`,
	`^[^\s:]*/([^\s:/]+): (?:line )?\d+: \x7fELF`,
	// In its first lines: not in those of a script, and not in a command of a shell.
	`^[^\s:]*/([^\s:/.]*(?:[^h\s:/.]|[^s\s:/.]h)): (?:line )?[0-3]: [Ss]yntax error: `,
)

// otherNames are what texts have in place of the name of a program.
var otherNames = map[string]string{
	"Git": "git", "C": "cc", "CXX": "c++", "no acceptable C compiler": "cc", "Unix Makefiles": "make", "Ninja": "ninja",
	"Pkg-config": "pkg-config",
}

// escapes are what programs print to color their text.
var escapes = pattern.Compile(`\x1b\[[0-9;]*[A-Za-z]`)

// isPlain reports whether a name is one that is told: one that has anything else is none, or
// could say something else to who reads it.
func isPlain(name string) bool {
	const more = "_.+-/"
	for i, c := range []byte(name) {
		if letter := c|0x20 >= 'a' && c|0x20 <= 'z'; !letter && (c < '0' || c > '9') && (i == 0 && c != '_' || !strings.Contains(more, string(rune(c)))) {
			return false
		}
	}
	return name != "" && len(name) <= 64 && !strings.Contains(name, "..")
}

// Find returns what a command did not find, the first first, by the end of what it
// printed. A program that can't go on says why; what a shell did not find counts only if
// no program says so.
func Find(output []byte) []Need {
	output = output[max(0, len(output)-MaxOutput):]
	lines := bytes.Split(escapes().ReplaceAll(output, nil), []byte("\n"))
	for i := range lines {
		lines[i] = bytes.TrimRight(lines[i], "\r \t")
	}
	for _, find := range []func([][]byte) []Need{
		findFailures,
		func(lines [][]byte) []Need { return findIn(lines, foreign) },
		func(lines [][]byte) []Need { return findIn(lines, passing) },
		func(lines [][]byte) []Need { return findIn(lines, outside) },
	} {
		if found := find(lines); len(found) > 0 {
			return found[:min(len(found), maxNeeds)]
		}
	}
	return nil
}

// findFailures finds what a program can't go on without.
func findFailures(lines [][]byte) []Need {
	var out, checked []Need
	below := false // a line that begins with "CMake Error"
	for _, line := range lines {
		known := failures
		switch {
		case bytes.HasPrefix(line, []byte(checking)):
			checked = nil
		case bytes.HasPrefix(line, []byte("-- ")):
			if n, ok := read(line, optional); ok {
				checked = append(checked, n)
			}
			continue
		case bytes.HasPrefix(line, []byte("CMake Error")):
			below = true
		case len(line) > 0 && line[0] != ' ':
			below = false
		case below && bytes.Contains(line, []byte(unlisted)):
			out = appendNew(out, checked...)
		case below:
			known = cmakeFailures
		}
		if n, ok := read(line, known); ok {
			out = appendNew(out, n)
		}
	}
	return out
}

func findIn(lines [][]byte, known []text) []Need {
	var out []Need
	for _, line := range lines {
		if n, ok := read(line, known); ok {
			out = appendNew(out, n)
		}
	}
	return out
}

func appendNew(to []Need, needs ...Need) []Need {
	for _, n := range needs {
		if !slices.Contains(to, n) {
			to = append(to, n)
		}
	}
	return to
}

// read reads one line.
func read(line []byte, known []text) (Need, bool) {
	for _, t := range known {
		m := t.pattern().FindSubmatch(line)
		if m == nil {
			continue
		}
		name := string(m[1])
		if other, ok := otherNames[name]; ok && t.kind == Command {
			name = other
		}
		if isPlain(name) {
			return Need{t.kind, name}, true
		}
	}
	return Need{}, false
}
