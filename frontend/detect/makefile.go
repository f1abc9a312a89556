package detect

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// makefile is what a Makefile says, as far as that can be read without make.
type makefile struct {
	vars map[string]string
	// fixed are the variables that the file sets whatever the environment says.
	fixed map[string]bool
	rules []*makeRule
	// of has the rules of each target.
	of    map[string][]*makeRule
	phony map[string]bool
}

type makeRule struct {
	targets, needs []string
	recipe         []string
}

// maxRules is how many rules and variables of a Makefile are read, and maxExpanded how long
// the value of a variable is.
const (
	maxRules    = 5000
	maxExpanded = 4000
)

var (
	makeAssigns = pattern.Compile(`^(?:export\s+|override\s+)*([A-Za-z0-9_.]+)\s*(\?|\+|::?|!)?=\s*(.*)$`)
	makeUse     = pattern.Compile(`\$[({]([A-Za-z0-9_.@<^+?*]+)(?::([^=(){}$]*)=([^(){}$]*))?[)}]|\$([@<^])`)
	makeRules   = pattern.Compile(`^([^\s:=#][^:=#]*?)\s*::?(?:$|([^=].*)$)`)
	makeInclude = pattern.Compile(`(?m)^[-s]?include[ \t]+([A-Za-z0-9_./+ -]+)(?:#.*)?$`)
	makeAgain   = pattern.Compile(`\$[({]MAKE[)}].*?(?:-C|--directory[= ])\s*(\S+)|cd\s+(\S+)\s*(?:&&|;)\s*\$[({]MAKE[)}]`)
	outputFlag  = pattern.Compile(`(?:^|\s)-o\s*(\S+)`)
	makeLinks   = pattern.Compile(`\$[({](?:CC|CXX|LD|LINK[A-Za-z.]*)[)}]|\b(?:gcc|g\+\+|cc|c\+\+|clang|clang\+\+)\b`)
)

// readMakefile reads variables and rules. It takes every branch of a condition.
func readMakefile(text string) *makefile {
	m := &makefile{vars: map[string]string{}, fixed: map[string]bool{}, phony: map[string]bool{}, of: map[string][]*makeRule{}}
	var rule *makeRule
	for line := range strings.Lines(strings.ReplaceAll(text, "\\\n", " ")) {
		line = strings.TrimSuffix(line, "\n")
		if recipe, ok := strings.CutPrefix(line, "\t"); ok {
			if rule != nil {
				rule.recipe = append(rule.recipe, recipe)
			}
			continue
		}
		line, _, _ = strings.Cut(line, "#")
		line = strings.TrimSpace(line)
		if found := makeAssigns().FindStringSubmatch(line); found != nil {
			m.assign(found[1], found[2], strings.TrimSpace(found[3]))
			continue
		}
		if found := makeRules().FindStringSubmatch(line); found != nil && len(m.rules) < maxRules {
			rule = m.rule(found[1], found[2])
		}
	}
	return m
}

func (m *makefile) assign(name, operator, value string) {
	if len(m.vars) >= maxRules {
		return
	}
	switch operator {
	case "+":
		value = m.vars[name] + " " + value
	case "?":
		if _, ok := m.vars[name]; ok {
			return
		}
	case "!":
		value = ""
		m.fixed[name] = true
	default:
		m.fixed[name] = true
	}
	m.vars[name] = value[:min(len(value), maxExpanded)]
}

func (m *makefile) rule(targets, needs string) *makeRule {
	needs, recipe, hasRecipe := strings.Cut(needs, ";")
	needs, _, _ = strings.Cut(needs, "|")
	r := &makeRule{targets: strings.Fields(m.expand(targets)), needs: strings.Fields(m.expand(needs))}
	if hasRecipe {
		r.recipe = []string{recipe}
	}
	if slices.Equal(r.targets, []string{".PHONY"}) {
		for _, n := range r.needs {
			m.phony[n] = true
		}
		return r
	}
	m.rules = append(m.rules, r)
	for _, t := range r.targets {
		if have := m.of[t]; len(have) == 0 || have[len(have)-1] != r {
			m.of[t] = append(have, r)
		}
	}
	return r
}

// expand replaces variables. What it does not know becomes nothing.
func (m *makefile) expand(s string) string {
	const maxNesting = 10
	for range maxNesting {
		if !strings.Contains(s, "$") {
			break
		}
		s = makeUse().ReplaceAllStringFunc(s, func(use string) string {
			found := makeUse().FindStringSubmatch(use)
			value := m.vars[found[1]]
			if found[2] != "" || found[3] != "" {
				value = replaceSuffixes(value, found[2], found[3])
			}
			return value
		})
		s = s[:min(len(s), maxExpanded)]
	}
	return s
}

// replaceSuffixes is $(VALUE:OLD=NEW).
func replaceSuffixes(value, old, with string) string {
	var out []string
	for word := range strings.FieldsSeq(value) {
		if rest, ok := strings.CutSuffix(word, strings.TrimPrefix(old, "%")); ok {
			word = rest + strings.TrimPrefix(with, "%")
		}
		out = append(out, word)
	}
	return strings.Join(out, " ")
}

// find returns the rules of a target, those with a recipe first.
func (m *makefile) find(target string) (needs []string, recipe []string, ok bool) {
	for _, r := range m.of[target] {
		needs, recipe = append(needs, r.needs...), append(recipe, r.recipe...)
	}
	return needs, recipe, len(m.of[target]) > 0
}

// goal returns the target that make makes.
func (m *makefile) goal() string {
	if set := strings.TrimSpace(m.expand(m.vars[".DEFAULT_GOAL"])); set != "" {
		return set
	}
	for _, r := range m.rules {
		if len(r.targets) == 0 {
			continue
		}
		// A name that begins with a dot has a meaning of its own, unless it is a path.
		if t := r.targets[0]; !strings.Contains(t, "%") && (t[0] != '.' || strings.Contains(t, "/")) {
			return t
		}
	}
	return ""
}

// makeProject finds programs in the Makefiles of a project.
type makeProject struct {
	tree     *tree
	dir      string
	programs []string
	libs     []string
	// links counts the links. plain counts those that LDFLAGS of the environment reaches,
	// and byCC those that the variable of the compiler reaches.
	links, plain, byCC int
	read               int // files so far
}

func proposeMake(t *tree, dir, file string) *proposal {
	m := &makeProject{tree: t, dir: dir}
	m.file(".", path.Base(file), 0)
	p := &proposal{toolchain: cToolchain(t, dir)}
	if len(m.programs) == 0 && !t.hasSuffix(dir, append([]string{".c"}, cxxSuffixes...)...) {
		return nil
	}
	command := `make -j"$(nproc)"`
	switch {
	case m.plain == m.links: // the toolchain sets LDFLAGS
	case m.byCC == m.links:
		command += ` CC="gcc -static" CXX="g++ -static"`
		p.guess("run", "the Makefile links without LDFLAGS of the environment, so the compiler's name brings -static")
	default:
		p.run = append(p.run, staticCompilers...)
		p.guess("run", "the Makefile calls the compiler by its name, so scripts of these names bring -static")
	}
	p.run = append(p.run, command)
	p.programs(m.programs)
	if len(p.binaries) > 0 {
		p.guess("binary", "what the Makefile makes if no target is named")
	}
	p.link(m.libs)
	return p
}

// staticCompilers puts scripts before the compilers that link statically.
var staticCompilers = []string{
	"mkdir -p /tmp/static",
	"for name in cc gcc c++ g++; do",
	`  printf '#!/bin/sh\nexec /usr/bin/%s -static "$@"\n' "$name" > "/tmp/static/$name"`,
	"done",
	"chmod +x /tmp/static/*",
	`export PATH="/tmp/static:$PATH"`,
}

// file reads the Makefile of a folder of the project.
func (p *makeProject) file(folder, name string, depth int) {
	if p.read++; p.read > maxBuildFiles || depth > maxDepth {
		return
	}
	text := makeInclude().ReplaceAllStringFunc(p.tree.text(path.Join(p.dir, folder, name)), func(line string) string {
		out := ""
		for other := range strings.FieldsSeq(makeInclude().FindStringSubmatch(line)[1]) {
			if p.read++; p.read <= maxBuildFiles {
				out += p.tree.text(path.Join(p.dir, within(folder, other))) + "\n"
			}
		}
		return out
	})
	m := readMakefile(text)
	for _, variable := range m.vars {
		p.libs = append(p.libs, linkedLibraries(variable)...)
	}
	for _, found := range configCall().FindAllStringSubmatch(text, 100) {
		p.libs = append(p.libs, moduleNames(found[1])...)
	}
	p.visit(m, folder, m.goal(), map[string]bool{}, depth)
	slices.Sort(p.libs)
	p.libs = slices.Compact(p.libs)
}

// visit looks at what make makes for a target: the target itself if it is a program, or else
// what it needs.
func (p *makeProject) visit(m *makefile, folder, target string, seen map[string]bool, depth int) {
	if target == "" || seen[target] || len(seen) > maxRules {
		return
	}
	seen[target] = true
	needs, recipe, ok := m.find(target)
	if ok || p.isImplicit(folder, target) {
		if at, links := p.link(m, target, needs, recipe); links {
			p.programs = append(p.programs, within(folder, at))
			return
		}
	}
	for _, line := range recipe {
		if found := makeAgain().FindStringSubmatch(line); found != nil {
			p.enter(folder, m.expand(found[1]+found[2]), depth)
		}
	}
	for _, n := range needs {
		p.visit(m, folder, n, seen, depth)
	}
}

// enter reads the Makefile of a folder that another one calls make in.
func (p *makeProject) enter(folder, other string, depth int) {
	at := within(folder, strings.Trim(other, `"'`))
	if file, ok := p.tree.first(path.Join(p.dir, at), "GNUmakefile", "makefile", "Makefile"); ok {
		p.file(at, path.Base(file), depth+1)
	}
}

// isImplicit reports whether make knows by itself how to make a target of one source.
func (p *makeProject) isImplicit(folder, target string) bool {
	_, ok := p.tree.first(path.Join(p.dir, folder), target+".c", target+".cc", target+".cpp")
	return ok
}

// noPrograms are the suffixes of what a linker or a compiler makes besides programs.
var noPrograms = []string{".o", ".a", ".so", ".lo", ".la", ".h", ".c", ".d", ".s", ".i", ".dll", ".dylib", ".exe"}

// link returns the program that a target's recipe makes, if it makes one, and counts how
// its linker is told to link statically.
func (p *makeProject) link(m *makefile, target string, needs, recipe []string) (string, bool) {
	if slices.Contains(noPrograms, path.Ext(target)) || strings.Contains(target, ".so.") {
		return "", false
	}
	if len(recipe) == 0 {
		if m.phony[target] || !slices.ContainsFunc(needs, func(n string) bool { return path.Ext(n) == ".o" }) && !slices.ContainsFunc(needs, isSource) && len(needs) > 0 {
			return "", false
		}
		// make links by itself: with CC, LDFLAGS and LDLIBS.
		p.count(!m.fixed["LDFLAGS"], true)
		return target, true
	}
	for _, line := range recipe {
		// One level is expanded, for recipes in variables.
		line = p.openRecipe(m, line)
		output := outputFlag().FindStringSubmatch(line)
		if output == nil || !makeLinks().MatchString(line) || strings.Contains(" "+line+" ", " -c ") || strings.Contains(line, "-shared") {
			continue
		}
		at := strings.Trim(output[1], `"'`)
		if at == "$@" || at == "${@}" || at == "$(@)" {
			at = target
		}
		at = m.expand(at)
		if slices.Contains(noPrograms, path.Ext(at)) || at == "" {
			continue
		}
		p.libs = append(p.libs, linkedLibraries(m.expand(line))...)
		uses := strings.Contains(line, "$(LDFLAGS)") || strings.Contains(line, "${LDFLAGS}")
		named := !strings.Contains(line, "$(CC)") && !strings.Contains(line, "$(CXX)") && !strings.Contains(line, "${CC}") && !strings.Contains(line, "${CXX}")
		static := strings.Contains(m.expand(line), "-static")
		p.count(uses && !m.fixed["LDFLAGS"] || static, !named || static)
		return at, true
	}
	return "", false
}

// openRecipe replaces the variables of a line whose values call a compiler.
func (p *makeProject) openRecipe(m *makefile, line string) string {
	return makeUse().ReplaceAllStringFunc(line, func(use string) string {
		found := makeUse().FindStringSubmatch(use)
		if value := m.vars[found[1]]; strings.Contains(value, "$(CC)") || strings.Contains(value, "$(LDFLAGS)") || strings.Contains(value, "$(CXX)") {
			return value
		}
		return use
	})
}

func (p *makeProject) count(plain, byCC bool) {
	p.links++
	if plain {
		p.plain++
	}
	if byCC {
		p.byCC++
	}
}

func isSource(file string) bool {
	return path.Ext(file) == ".c" || slices.Contains(cxxSuffixes, path.Ext(file))
}
