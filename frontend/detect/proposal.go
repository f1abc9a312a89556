package detect

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// proposal is what a Scratchfile will say. All names in it are words; see [isWord].
type proposal struct {
	system, file string
	// dir is the folder of the project, and name what its first program may be called.
	dir, name string

	toolchain []string
	packages  []string
	// whole is set if the build of a project in a folder needs what is around it.
	whole    bool
	env      [][2]string
	fetch    []string // lines of shell
	inputs   []string
	run      []string // lines of shell
	binaries []string
	include  []string
	// guesses are comments, by the key that they are about.
	guesses map[string][]string
}

// guess adds a comment to a key. What it shows of a project's files must be words.
func (p *proposal) guess(key, format string, args ...any) {
	if p.guesses == nil {
		p.guesses = map[string][]string{}
	}
	p.guesses[key] = append(p.guesses[key], fmt.Sprintf(format, args...))
}

// finish adds what does not depend on the build system.
func (p *proposal) finish(t *tree) {
	if len(p.binaries) == 0 {
		name := p.name
		if !isWord(name) {
			name = "app"
		}
		p.binaries = []string{name}
		p.guess("binary", "the name of the program, which no file says for sure")
	}
	if len(p.binaries) > 1 {
		// The one with the project's name comes first.
		slices.SortStableFunc(p.binaries, func(a, b string) int { return p.rank(a) - p.rank(b) })
		p.guess("image", "the first program is the one to run")
	}
	if t.hasSuffix(p.dir, ".o", ".a", ".lo") && !strings.Contains(t.text(".dockerignore"), "*.o") && p.system != "Go" {
		p.guess("sources", "there are objects of another build among the sources: name them in .dockerignore, as in **/*.o")
	}
	if t.cut {
		p.guess("run", "the project has more files than were looked at")
	}
	p.addLibraries()
	slices.Sort(p.packages)
	p.packages = slices.Compact(p.packages)
	p.include = append(p.include, string(spec.IncludeNonroot))
}

// rank is the less, the more a program seems to be what the project is for.
func (p *proposal) rank(binary string) int {
	if path.Base(binary) == p.name {
		return 0
	}
	return 1
}

// text returns the Scratchfile.
func (p *proposal) text() []byte {
	w := &writer{}
	w.line("", "# syntax=rene2/scratch-frontend")
	w.line("", "#")
	w.line("", "# scratch init has written this for a project with %s, by its files alone. What it", p.system)
	w.line("", "# guessed has a comment: see that it is right.")
	w.line("", "build:")
	w.comments("  ", p.guesses["toolchain"])
	w.line("  ", "toolchain: %s", one(p.toolchain))
	if len(p.packages) > 0 || len(p.guesses["packages"]) > 0 {
		w.comments("  ", p.guesses["packages"])
		if len(p.packages) > 0 {
			w.line("  ", "packages: %s", list(p.packages))
		}
	}
	w.comments("  ", p.guesses["sources"])
	if p.dir != "." && !p.whole {
		w.line("  ", "sources: [{from: %s, to: .}]", quoted(p.dir))
	}
	if len(p.env) > 0 {
		var pairs []string
		for _, v := range p.env {
			pairs = append(pairs, v[0]+": "+quoted(v[1]))
		}
		w.line("  ", "env: {%s}", strings.Join(pairs, ", "))
	}
	if len(p.fetch) > 0 {
		w.comments("  ", p.guesses["fetch"])
		if len(p.inputs) == 0 {
			w.script("  ", "fetch", p.fetch)
		} else {
			w.line("  ", "fetch:")
			w.script("    ", "run", p.fetch)
			w.line("    ", "inputs: %s", list(p.inputs))
		}
	}
	w.comments("  ", p.guesses["run"])
	w.script("  ", "run", p.run)
	w.comments("", p.guesses["binary"])
	w.line("", "binary: %s", one(p.binaries))
	w.comments("", p.guesses["include"])
	w.line("", "include: %s", list(p.include))
	w.comments("", p.guesses["image"])
	if len(p.binaries) > 1 {
		w.line("", "image: {entrypoint: [%s], user: nonroot}", quoted("/"+path.Base(p.binaries[0])))
	} else {
		w.line("", "image: {user: nonroot}")
	}
	return []byte(w.b.String())
}

// writer writes lines of YAML.
type writer struct{ b strings.Builder }

func (w *writer) line(indent, format string, args ...any) {
	w.b.WriteString(indent + fmt.Sprintf(format, args...) + "\n")
}

// guessMark begins a comment about a guess.
const guessMark = "# guess: "

func (w *writer) comments(indent string, texts []string) {
	for _, text := range texts {
		w.line(indent, "%s%s", guessMark, text)
	}
}

// script writes lines of shell.
func (w *writer) script(indent, key string, lines []string) {
	if len(lines) == 1 && !strings.Contains(lines[0], ": ") && !strings.Contains(lines[0], " #") {
		w.line(indent, "%s: %s", key, lines[0])
		return
	}
	w.line(indent, "%s: |", key)
	for _, line := range lines {
		w.line(indent+"  ", "%s", line)
	}
}

// one returns a value that is alone, or a list of several.
func one(words []string) string {
	if len(words) == 1 {
		return quoted(words[0])
	}
	return list(words)
}

func list(words []string) string {
	var out []string
	for _, w := range words {
		out = append(out, quoted(w))
	}
	return "[" + strings.Join(out, ", ") + "]"
}

// plain matches words and paths of them that no reader of YAML takes for anything else.
var plain = pattern.Compile(`^/?[A-Za-z_][A-Za-z0-9_./+-]*$`)

// constant matches words that some reader of YAML takes for a boolean or for nothing.
var constant = pattern.Compile(`(?i)^(y|n|yes|no|on|off|true|false|null)$`)

func quoted(s string) string {
	if plain().MatchString(s) && !constant().MatchString(s) {
		return s
	}
	return `"` + s + `"`
}

// notesOf finds the guesses in a Scratchfile.
func notesOf(text []byte) []Note {
	var out []Note
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		if rest, ok := strings.CutPrefix(strings.TrimSpace(line), guessMark); ok {
			out = append(out, Note{n, rest})
		}
	}
	return out
}
