package detect

import (
	"cmp"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// Result is a first Scratchfile, and what its reader has to know.
type Result struct {
	Scratchfile []byte
	// System names the build system.
	System string
	// Notes are the guesses, in the order of the Scratchfile.
	Notes []Note
}

// Note is a guess at a line of the Scratchfile.
type Note struct {
	Line int
	Text string
}

// UnknownError is the error of a project that has no build system that is known here.
type UnknownError struct{}

func (UnknownError) Error() string {
	var names []string
	for _, s := range systems {
		names = append(names, s.files...)
	}
	return "there is no " + strings.Join(names, ", ") + ", and no C or C++ source with a main\n" +
		"fix: name the project's folder; or write the Scratchfile yourself, which takes three lines: # syntax=, build and binary"
}

// system is a build system.
type system struct {
	name string
	// files are those by which a project is known. The first that is there counts.
	files []string
	// propose reads the project in a folder by such a file. It returns nil if there is no
	// program in it.
	propose func(t *tree, dir, file string) *proposal
}

// systems are all build systems. Of several in one folder, the first counts: those of a
// language come before those that often only call them.
var systems = []system{
	{"Cargo", []string{"Cargo.toml"}, proposeCargo},
	{"Go", []string{"go.work", "go.mod"}, proposeGo},
	{"Meson", []string{"meson.build"}, proposeMeson},
	{"CMake", []string{"CMakeLists.txt"}, proposeCMake},
	{"autotools", []string{"configure.ac", "configure.in", "configure"}, proposeAutotools},
	{"make", []string{"GNUmakefile", "makefile", "Makefile"}, proposeMake},
}

// Project looks at a project's folder and writes a first Scratchfile. It runs nothing, and
// reads a bounded number of bytes of regular files in the folder.
func Project(root *os.Root) (*Result, error) {
	t, err := newTree(root)
	if err != nil {
		return nil, err
	}
	p := find(t)
	if p == nil {
		return nil, UnknownError{}
	}
	if p.dir == "." && p.name == "" {
		if at, err := filepath.Abs(root.Name()); err == nil {
			p.name = filepath.Base(at)
		}
	}
	p.finish(t)
	text := p.text()
	return &Result{Scratchfile: text, System: p.system, Notes: notesOf(text)}, nil
}

// find returns the proposal for the project in the folder, or else in one below it.
func find(t *tree) *proposal {
	var found []*proposal
	for _, dir := range projectFolders(t) {
		if p := proposeIn(t, dir); p != nil {
			found = append(found, p)
		}
		if len(found) > 0 && dir == "." {
			break
		}
	}
	if len(found) == 0 {
		return proposeSources(t)
	}
	p := found[0]
	if len(found) > 1 {
		p.guess("sources", "%s has a project too, and a Scratchfile is for one", show(found[1].dir))
	}
	return p
}

// maxNested is how many folders a project is looked for in.
const maxNested = 50

// projectFolders lists the folders to look into: the project's own, and those up to two
// levels below.
func projectFolders(t *tree) []string {
	out := []string{"."}
	for dir := range t.folders {
		if dir != "." && strings.Count(dir, "/") < 2 && isPath(dir) && !isSideline(dir) {
			out = append(out, dir)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(cmp.Compare(depth(a), depth(b)), cmp.Compare(a, b)) })
	return out[:min(len(out), maxNested)]
}

// depth returns how many folders a path is below the project's own.
func depth(dir string) int {
	if dir == "." {
		return 0
	}
	return 1 + strings.Count(dir, "/")
}

// proposeIn returns the proposal of the first build system in a folder that has one.
func proposeIn(t *tree, dir string) *proposal {
	var out *proposal
	var others []string
	for _, s := range systems {
		file, ok := t.first(dir, s.files...)
		if !ok {
			continue
		}
		if out != nil {
			others = append(others, path.Base(file))
			continue
		}
		if out = s.propose(t, dir, file); out != nil {
			out.system, out.dir, out.file = s.name, dir, path.Base(file)
		}
	}
	if out != nil && len(others) > 0 {
		out.guess("run", "%s too says how to build; this takes %s", strings.Join(others, ", "), out.file)
	}
	return out
}

// sidelines matches the names of folders and programs that are not what a project is for.
var sidelines = pattern.Compile(`(?i)^(.*[_-])?(tests?|testing|unittests?|examples?|samples?|demos?|bench(mark)?s?|fuzz(ing|ers?)?|docs?|scripts|hack|contrib|tools)([_-].*)?$`)

// isSideline reports whether a path has such a name in it.
func isSideline(p string) bool {
	return slices.ContainsFunc(strings.Split(p, "/"), sidelines().MatchString)
}

// mainOnes returns the programs that are not sidelines, or else all.
func mainOnes(programs []string) []string {
	main := slices.DeleteFunc(slices.Clone(programs), isSideline)
	if len(main) == 0 {
		return programs
	}
	return main
}

// word matches names that mean themselves in YAML between other words, in a shell, and in
// this package's comments. No other name from a project's files is written.
var word = pattern.Compile(`^[A-Za-z0-9_][A-Za-z0-9_.+-]{0,99}$`)

func isWord(s string) bool { return word().MatchString(s) }

// isPath reports whether a relative path consists of such names.
func isPath(p string) bool {
	return len(p) <= 400 && !slices.ContainsFunc(strings.Split(p, "/"), func(s string) bool { return !isWord(s) })
}

// within returns the path that a file of the project names from a folder. An absolute path
// becomes one that is never written.
func within(dir, name string) string {
	if path.IsAbs(name) || name == "" {
		return "?"
	}
	return path.Join(dir, name)
}

// show returns a name for a comment.
func show(s string) string {
	if isPath(s) {
		return s
	}
	return "a file"
}

// maxPrograms is how many programs a first Scratchfile names.
const maxPrograms = 20

// programs keeps paths that can be written, each once, and says what it leaves out.
func (p *proposal) programs(paths []string) {
	var out []string
	left := 0
	for _, at := range mainOnes(paths) {
		at = path.Clean(at)
		same := func(b string) bool { return path.Base(b) == path.Base(at) }
		if slices.Contains(out, at) {
			continue
		}
		if !isPath(at) || slices.ContainsFunc(out, same) || len(out) == maxPrograms {
			left++
			continue
		}
		out = append(out, at)
	}
	p.binaries = out
	if left > 0 {
		p.guess("binary", "%s left out", count(left, "program is", "programs are"))
	}
}

// buildFolder returns a folder for the build of the project in dir, and keeps the programs
// that are made in it.
func (p *proposal) buildFolder(t *tree, dir string, programs []string) string {
	out := t.unused(dir, "build", "out", "scratch-out")
	var paths []string
	for _, at := range programs {
		paths = append(paths, path.Join(out, at))
	}
	p.programs(paths)
	return out
}

func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
