package lint

import (
	"bytes"
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Options say which rules to skip, and whether a warning is an error.
type Options linter.Config

// ReadOptions returns the options of a request (build arg BUILDKIT_DOCKERFILE_CHECK) or,
// without them, those of the "# check=" line of a file. The range is that line.
func ReadOptions(data []byte, request *linter.Config) (Options, spec.Range, error) {
	value, at, err := checkDirective(data)
	if err != nil {
		return Options{}, at, err
	}
	if request != nil {
		return Options(*request), at, nil
	}
	c, err := linter.ParseLintOptions(value)
	if err != nil {
		return Options{}, at, fmt.Errorf("# check=: %w; fix: write for example # check=skip=RootUser,UnusedArg;error=true", err)
	}
	return Options(*c), at, nil
}

// Run returns the linter's warnings about a Scratchfile, without those of skipped rules.
// It ignores the name of a rule that does not exist, as a Dockerfile does: the file may
// be for a newer frontend.
func (o Options) Run(sf *spec.Scratchfile) []Warning {
	if o.SkipAll {
		return nil
	}
	return slices.DeleteFunc(Run(sf), func(w Warning) bool { return slices.Contains(o.SkipRules, w.Rule) })
}

// Violation returns an error about the warnings if warnings are errors. The range is that
// of the first warning.
func (o Options) Violation(warnings []Warning) (spec.Range, error) {
	if !o.ReturnAsError || len(warnings) == 0 {
		return spec.Range{}, nil
	}
	first := warnings[0]
	count := "a lint warning, which this build takes for an error"
	if n := len(warnings); n > 1 {
		count = fmt.Sprintf("%d lint warnings, which this build takes for errors; the first", n)
	}
	return first.Range, fmt.Errorf("%s: %s: %s", count, first.Rule, first.Detail)
}

// editorLine matches the comment that names the schema for editors. It may stand between
// directives.
var editorLine = pattern.Compile(`^#\s*yaml-language-server\s*:`)

// checkDirective finds the "# check=" directive in the first comments of a file, by the
// rules that BuildKit has for a Dockerfile: directives end at the first other line.
func checkDirective(data []byte) (value string, at spec.Range, err error) {
	var p parser.DirectiveParser
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if editorLine().Match(line) || n == 1 && bytes.HasPrefix(line, []byte("#!")) {
			continue
		}
		d, err := p.ParseLine(line)
		if err != nil {
			return "", lineRange(n, line), fmt.Errorf("%w; fix: keep one of the two", err)
		}
		if d == nil {
			break
		}
		if d.Name == "check" {
			first, _, _ := bytes.Cut([]byte(d.Value), []byte(" "))
			value, at = string(first), lineRange(n, line)
		}
	}
	return value, at, nil
}

// lineRange returns the range of a whole line.
func lineRange(n int, line []byte) spec.Range {
	return spec.Range{
		Start: spec.Position{Line: n, Column: 1},
		End:   spec.Position{Line: n, Column: 1 + len(bytes.Runes(line))},
	}
}
