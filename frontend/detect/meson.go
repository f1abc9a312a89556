package detect

import (
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

var (
	mesonComment = pattern.Compile(`(?m)^([^'#\n]*(?:'[^'\n]*'[^'#\n]*)*)#.*$`)
	mesonProject = pattern.Compile(`\bproject\s*\(\s*'([^']*)'\s*,?\s*(\[[^\]]*\]|'[^']*')?`)
	mesonProgram = pattern.Compile(`\bexecutable\s*\(\s*('[^']*'|[A-Za-z_][A-Za-z0-9_.]*(?:\(\))?)`)
	mesonFolder  = pattern.Compile(`\bsubdir\s*\(\s*'([^']*)'`)
	mesonNeeds   = pattern.Compile(`\bdependency\s*\(\s*'([^']*)'`)
	mesonFinds   = pattern.Compile(`\bfind_library\s*\(\s*'([^']*)'`)
	mesonAssigns = pattern.Compile(`(?m)^\s*([A-Za-z_][A-Za-z0-9_]*)\s*=\s*'([^']*)'\s*$`)
)

// mesonFiles is what the files of a Meson project say.
type mesonFiles struct {
	tree      *tree
	dir, name string
	cxx       bool
	vars      map[string]string
	programs  []string // paths in the folder of the build
	libs      []string
	read      int // files so far
}

func proposeMeson(t *tree, dir, _ string) *proposal {
	m := &mesonFiles{tree: t, dir: dir, vars: map[string]string{}}
	m.file(".", 0)
	if len(m.programs) == 0 {
		return nil
	}
	p := &proposal{toolchain: []string{"c"}, packages: []string{"meson", "samurai"}, name: m.name}
	if m.cxx {
		p.toolchain = []string{"c++"}
	}
	out := p.buildFolder(t, dir, m.programs)
	p.run = []string{"meson setup " + out + " --buildtype=release", "meson compile -C " + out}
	p.link(m.libs)
	return p
}

// file reads the file of a folder of the project.
func (m *mesonFiles) file(folder string, depth int) {
	if m.read++; m.read > maxBuildFiles || depth > maxDepth {
		return
	}
	text := mesonComment().ReplaceAllString(m.tree.text(path.Join(m.dir, folder, "meson.build")), "$1")
	if found := mesonProject().FindStringSubmatch(text); found != nil && depth == 0 {
		m.name = found[1]
		m.cxx = strings.Contains(found[2], "'cpp'")
	}
	for _, found := range mesonAssigns().FindAllStringSubmatch(text, 1000) {
		m.vars[found[1]] = found[2]
	}
	for _, found := range mesonProgram().FindAllStringSubmatch(text, 1000) {
		m.programs = append(m.programs, within(folder, m.value(found[1])))
	}
	for _, list := range [][][]string{mesonNeeds().FindAllStringSubmatch(text, 1000), mesonFinds().FindAllStringSubmatch(text, 1000)} {
		for _, found := range list {
			m.libs = append(m.libs, found[1])
		}
	}
	for _, found := range mesonFolder().FindAllStringSubmatch(text, 1000) {
		m.file(within(folder, found[1]), depth+1)
	}
}

// value returns the text that an expression stands for, as far as it is known.
func (m *mesonFiles) value(expression string) string {
	if text, ok := strings.CutPrefix(expression, "'"); ok {
		return strings.TrimSuffix(text, "'")
	}
	if expression == "meson.project_name()" {
		return m.name
	}
	if value, ok := m.vars[expression]; ok {
		return value
	}
	return "?" // no word, so it is left out
}
