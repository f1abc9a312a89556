package spec

import (
	"strings"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// value is a value in the tree that the decoder walks.
type value = yamlfile.Value

// format has the limits of a Scratchfile as a YAML file.
var format = yamlfile.Format{
	Noun:    "the file",
	Size:    yamlfile.Limit{Most: MaxSize, Fix: "move generated or binary data into files of the build context"},
	Values:  yamlfile.Limit{Most: maxValues, Fix: "move data into files of the build context"},
	Items:   yamlfile.Limit{Most: maxItems, Fix: "a folder stands for all that is in it, and a script for many commands"},
	Depth:   maxDepth,
	Explain: explainSyntax,
}

// minimum is the shortest useful Scratchfile.
const minimum = `# syntax=rene2/scratch-frontend
build: {packages: [build-base], run: gcc -static main.c -o a.out}
binary: a.out`

// Vars are the args that a build has before it reads the Scratchfile.
type Vars struct {
	// Args holds the build args that the caller passed, by name.
	Args map[string]string
	// Platform holds the predefined args, such as TARGETARCH, by name. They need no
	// declaration. An arg of [PlatformArgs] that is missing here expands to nothing.
	Platform map[string]string
}

// Parse reads one Scratchfile. The name is for messages only. The error is an [*Errors] with
// all problems that Parse could find.
func Parse(name string, data []byte, vars Vars) (*Scratchfile, error) {
	p := &yamlfile.Problems{}
	sf := parse(p, name, data, vars)
	if err := p.Errors(name); err != nil {
		return nil, err
	}
	return sf, nil
}

func parse(p *yamlfile.Problems, name string, data []byte, vars Vars) *Scratchfile {
	src := yamlfile.NewSource(p, format, data)
	if src == nil || isDockerfile(p, src) {
		return nil
	}
	root := parseMapping(p, src)
	if root == nil {
		return nil
	}
	d := &decoder{Problems: p, src: src, vars: vars, scope: newScope(vars), accounts: map[string]account{"root": {}}}
	sf := d.scratchfile(root)
	sf.Name, sf.Data = name, data
	return sf
}

// parseMapping reads the text as a mapping. It returns nil after a problem.
func parseMapping(p *yamlfile.Problems, src *yamlfile.Source) *value {
	root := yamlfile.Parse(p, format, src)
	switch {
	case root == nil:
		return nil
	case root.Kind == yamlfile.KindNothing:
		p.Add(root.Range, "the shortest useful Scratchfile has three lines:\n"+minimum, "the file has no keys")
		return nil
	case root.Kind != yamlfile.KindMapping:
		p.Add(root.Range, "write a mapping of keys:\n"+minimum, "found %s where the keys of a Scratchfile should be", root.Kind)
		return nil
	}
	return root
}

// dockerfileStart matches the first instruction of a Dockerfile. To YAML, it is a plain
// string, and the problem would be a later line.
var dockerfileStart = pattern.Compile(`^(?i:FROM|ARG)[ \t]+[^:\s]`)

// isDockerfile reports whether a file is a Dockerfile. It reports a problem then.
func isDockerfile(p *yamlfile.Problems, src *yamlfile.Source) bool {
	for n := 1; n <= src.Lines(); n++ {
		line := src.Line(n)
		if trimmed := strings.TrimSpace(line); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if !dockerfileStart().MatchString(line) {
			return false
		}
		start := Position{Line: n, Column: 1}
		at := Range{Start: start, End: Position{Line: n, Column: 1 + utf8.RuneCountInString(line)}}
		p.Add(at, "build it with a Dockerfile frontend, or write a Scratchfile:\n"+minimum,
			"this is a Dockerfile, not a Scratchfile")
		return true
	}
	return false
}
