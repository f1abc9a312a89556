package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// call is a command of a build file with its arguments.
type call struct {
	name string
	args []string
}

// cmakeCalls reads the commands of a CMakeLists.txt: their names in lower case, and their
// arguments without quotes. It does not know if a command runs at all.
func cmakeCalls(text string) []call {
	var out []call
	s := &scanner{text: text}
	for !s.done() {
		name := s.word()
		if name == "" {
			s.skip()
			continue
		}
		s.space()
		if !s.take('(') {
			continue
		}
		out = append(out, call{strings.ToLower(name), s.arguments()})
	}
	return out
}

// scanner reads a text from its beginning.
type scanner struct {
	text string
	at   int
}

func (s *scanner) done() bool { return s.at >= len(s.text) }

func (s *scanner) take(c byte) bool {
	if s.done() || s.text[s.at] != c {
		return false
	}
	s.at++
	return true
}

// word reads a name.
func (s *scanner) word() string {
	start := s.at
	for !s.done() && (isAlnum(s.text[s.at]) || s.text[s.at] == '_') {
		s.at++
	}
	return s.text[start:s.at]
}

func isAlnum(c byte) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'
}

func (s *scanner) space() {
	for !s.done() && strings.IndexByte(" \t\n", s.text[s.at]) >= 0 {
		s.at++
	}
}

var bracket = pattern.Compile(`^\[(=*)\[`)

// bracketed reads a text between [[ and ]], or between [=[ and ]=].
func (s *scanner) bracketed() (string, bool) {
	m := bracket().FindStringSubmatch(s.text[s.at:])
	if m == nil {
		return "", false
	}
	body, _, _ := strings.Cut(s.text[s.at+len(m[0]):], "]"+m[1]+"]")
	s.at = min(len(s.text), s.at+2*len(m[0])+len(body))
	return body, true
}

// skip passes a comment, a text, or one byte.
func (s *scanner) skip() {
	if s.take('#') {
		if _, ok := s.bracketed(); ok {
			return
		}
		for !s.done() && s.text[s.at] != '\n' {
			s.at++
		}
		return
	}
	if !s.done() && s.text[s.at] == '"' {
		s.quotedText()
		return
	}
	s.at++
}

// quotedText reads a text in double quotes.
func (s *scanner) quotedText() string {
	s.at++
	start := s.at
	for !s.done() && s.text[s.at] != '"' {
		if s.text[s.at] == '\\' {
			s.at++
		}
		s.at++
	}
	s.at = min(s.at, len(s.text))
	out := s.text[start:s.at]
	s.take('"')
	return out
}

// arguments reads up to the parenthesis that ends a command.
func (s *scanner) arguments() []string {
	var out []string
	for depth := 1; !s.done(); {
		switch c := s.text[s.at]; {
		case c == '(':
			depth++
			s.at++
		case c == ')':
			s.at++
			if depth--; depth == 0 {
				return out
			}
		case c == '#', strings.IndexByte(" \t\n;", c) >= 0:
			s.skip()
		case c == '"':
			out = append(out, s.quotedText())
		default:
			if body, ok := s.bracketed(); ok {
				out = append(out, body)
				continue
			}
			start := s.at
			for s.at++; !s.done() && strings.IndexByte(" \t\n;()#\"", s.text[s.at]) < 0; s.at++ {
			}
			out = append(out, s.text[start:s.at])
		}
	}
	return out
}

// cmakeProject is what the files of a CMake project say.
type cmakeProject struct {
	tree *tree
	// dir is the folder of the project.
	dir  string
	vars map[string]string
	// programs are paths in the folder of the build, by target.
	programs  []string
	targets   map[string]int // index in programs
	languages []string
	libs      []string
	old       bool // it is for a CMake before 3.5
	read      int  // files so far
}

// oldCMake matches the versions before 3.5.
var oldCMake = pattern.Compile(`^([0-2]|3\.[0-4])(\.|$)`)

// maxBuildFiles is how many files of a build system are read.
const maxBuildFiles = 200

func proposeCMake(t *tree, dir, _ string) *proposal {
	c := &cmakeProject{tree: t, dir: dir, vars: map[string]string{}, targets: map[string]int{}}
	c.file(".", 0)
	if len(c.programs) == 0 {
		return nil
	}
	p := &proposal{toolchain: cToolchain(t, dir), packages: []string{"cmake"}, name: c.vars["PROJECT_NAME"]}
	if len(c.languages) == 0 || slices.Contains(c.languages, "CXX") {
		p.toolchain = []string{"c++"}
	}
	out := p.buildFolder(t, dir, c.programs)
	configure := "cmake -S . -B " + out + " -DCMAKE_BUILD_TYPE=Release -DBUILD_TESTING=OFF"
	if c.old {
		// CMake 4 refuses a project that asks for rules from before 3.5.
		configure += " -DCMAKE_POLICY_VERSION_MINIMUM=3.5"
	}
	p.run = []string{configure, "cmake --build " + out + ` -j"$(nproc)"`}
	p.link(c.libs)
	return p
}

// file reads the file of a folder of the project.
func (c *cmakeProject) file(folder string, depth int) {
	if c.read++; c.read > maxBuildFiles || depth > maxDepth {
		return
	}
	for _, call := range cmakeCalls(c.tree.text(path.Join(c.dir, folder, "CMakeLists.txt"))) {
		args := call.args
		for i := range args {
			args[i] = c.expand(args[i])
		}
		if len(args) == 0 {
			continue
		}
		switch call.name {
		case "project":
			c.vars["PROJECT_NAME"], c.vars["CMAKE_PROJECT_NAME"] = args[0], args[0]
			c.languages = append(c.languages, cmakeLanguages(args)...)
		case "cmake_minimum_required":
			c.old = c.old || len(args) > 1 && oldCMake().MatchString(args[1])
		case "set":
			if len(args) > 1 && len(c.vars) < 1000 {
				c.vars[args[0]] = args[1]
			}
		case "add_subdirectory":
			if !slices.Contains(args, excluded) {
				c.file(within(folder, args[0]), depth+1)
			}
		case "add_executable":
			c.program(folder, args)
		case "set_target_properties":
			c.rename(args)
		case "find_package":
			c.libs = append(c.libs, args[0])
		case "pkg_check_modules", "pkg_search_module":
			c.libs = append(c.libs, slices.DeleteFunc(moduleNames(strings.Join(args[1:], " ")), func(s string) bool { return strings.ToUpper(s) == s })...)
		case "target_link_libraries":
			for _, a := range args[1:] {
				c.libs = append(c.libs, linkedLibraries(a)...)
			}
		}
	}
}

func cmakeLanguages(args []string) []string {
	if i := slices.Index(args, "LANGUAGES"); i >= 0 {
		return args[i+1:]
	}
	if len(args) > 1 && (args[1] == "C" || args[1] == "CXX") {
		return args[1:]
	}
	return nil
}

// excluded is what cmake --build does not make.
const excluded = "EXCLUDE_FROM_ALL"

// program adds the program of add_executable.
func (c *cmakeProject) program(folder string, args []string) {
	if slices.Contains(args, "IMPORTED") || slices.Contains(args, excluded) || slices.Contains(args, "ALIAS") || len(c.programs) >= maxEntries {
		return
	}
	at := within(folder, args[0])
	if set := c.vars["CMAKE_RUNTIME_OUTPUT_DIRECTORY"]; set != "" {
		at = within(within(".", set), args[0])
	}
	c.targets[args[0]] = len(c.programs)
	c.programs = append(c.programs, at)
}

// rename follows the properties that name the file of a program.
func (c *cmakeProject) rename(args []string) {
	i, ok := c.targets[args[0]]
	if !ok {
		return
	}
	for n := 1; n+1 < len(args); n++ {
		switch args[n] {
		case "OUTPUT_NAME":
			c.programs[i] = within(path.Dir(c.programs[i]), args[n+1])
		case "RUNTIME_OUTPUT_DIRECTORY":
			c.programs[i] = within(within(".", args[n+1]), path.Base(c.programs[i]))
		}
	}
}

var cmakeVariable = pattern.Compile(`\$\{([A-Za-z0-9_]+)\}`)

// expand replaces variables whose values are known. The folder of the build is ".", since
// programs are relative to it, and is in that of the sources.
func (c *cmakeProject) expand(s string) string {
	s = cmakeVariable().ReplaceAllStringFunc(s, func(v string) string {
		switch name := v[2 : len(v)-1]; name {
		case "CMAKE_BINARY_DIR", "PROJECT_BINARY_DIR":
			return "."
		case "CMAKE_SOURCE_DIR", "PROJECT_SOURCE_DIR":
			return ".."
		default:
			if value, ok := c.vars[name]; ok && len(value) < 200 {
				return value
			}
		}
		return v
	})
	return s[:min(len(s), 1000)]
}
