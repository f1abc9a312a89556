package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// cxxSuffixes are those of C++ sources.
var cxxSuffixes = []string{".cc", ".cpp", ".cxx", ".C"}

// cToolchain returns the toolchain for the sources in a folder.
func cToolchain(t *tree, dir string) []string {
	if t.hasSuffix(dir, cxxSuffixes...) {
		return []string{"c++"}
	}
	return []string{"c"}
}

// linkedLibraries returns the names behind -l in the arguments of a linker.
func linkedLibraries(args string) []string {
	var out []string
	for field := range strings.FieldsSeq(args) {
		if name, ok := strings.CutPrefix(field, "-l"); ok {
			out = append(out, strings.Trim(name, `"'`))
		}
	}
	return out
}

var (
	versionOperator = pattern.Compile(`\s*(>=|<=|!=|=|<|>)\s*\S+`)
	configCall      = pattern.Compile(`pkg-?conf(?:ig)?\)?((?:\s+[A-Za-z0-9_.+-]+)+)`)
)

// moduleNames returns the names of pkg-config's modules in a list with versions.
func moduleNames(list string) []string {
	list = versionOperator().ReplaceAllString(list, "")
	return slices.DeleteFunc(strings.FieldsFunc(list, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' || r == '\n' }),
		func(s string) bool { return strings.HasPrefix(s, "-") })
}

// mainFunction matches the beginning of a program in C.
var mainFunction = pattern.Compile(`(?m)^\s*(?:static\s+|extern\s+"C"\s+)?(?:int|auto|void)\s+main\s*\(|^main\s*\(`)

// maxSources is how many sources without a build system are compiled.
const maxSources = 200

// proposeSources is for sources without a build system. Each file with a main is a program
// of its own, unless there is just one: it is linked with the other files.
func proposeSources(t *tree) *proposal {
	for _, dir := range []string{".", "src"} {
		var sources, mains []string
		for _, file := range t.below(dir) {
			ext := path.Ext(file)
			if path.Dir(file) != dir || !isPath(file) || ext != ".c" && !slices.Contains(cxxSuffixes, ext) || len(sources) == maxSources {
				continue
			}
			sources = append(sources, file)
			if mainFunction().MatchString(t.text(file)) {
				mains = append(mains, file)
			}
		}
		if len(mains) > 0 {
			return compileSources(sources, mainOnes(mains))
		}
	}
	return nil
}

func compileSources(sources, mains []string) *proposal {
	p := &proposal{system: "no build system", dir: ".", toolchain: []string{"c"}}
	compiler, flags := "gcc", "-O2 -static"
	if slices.ContainsFunc(sources, func(s string) bool { return slices.Contains(cxxSuffixes, path.Ext(s)) }) {
		p.toolchain, compiler = []string{"c++"}, "g++"
	}
	p.run = []string{"mkdir -p out"}
	var programs []string
	for _, main := range mains[:min(len(mains), maxPrograms)] {
		name := strings.TrimSuffix(path.Base(main), path.Ext(main))
		inputs := main
		if len(mains) == 1 {
			inputs = strings.Join(sources, " ")
		}
		programs = append(programs, "out/"+name)
		p.run = append(p.run, strings.Join([]string{compiler, flags, "-o out/" + name, inputs}, " "))
	}
	p.programs(programs)
	p.guess("run", "there is no build system: the compiler may need other flags and libraries")
	return p
}
