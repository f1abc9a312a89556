package frontend

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"

	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// lintOptions say which rules are left out and whether a warning is an error.
type lintOptions linter.Config

// lintOptions are those of the request (build arg BUILDKIT_DOCKERFILE_CHECK), or
// else those of the file's own "# check=" line. The range of an error is that line.
func (f *buildFile) lintOptions() (lintOptions, spec.Range, error) {
	value, at, err := checkDirective(f.source.Data)
	if err != nil {
		return lintOptions{}, at, err
	}
	if f.options.LinterConfig != nil {
		return lintOptions(*f.options.LinterConfig), at, nil
	}
	c, err := linter.ParseLintOptions(value)
	if err != nil {
		return lintOptions{}, at, fmt.Errorf("# check=: %w; fix: write for example # check=skip=RootUser,UnusedArg;error=true", err)
	}
	return lintOptions(*c), at, nil
}

// run is what the linter has to say of a Scratchfile, less what is not wanted. A rule
// that does not exist is skipped without a word, as in a Dockerfile: the file may be
// for a newer frontend.
func (o lintOptions) run(sf *spec.Scratchfile) []lint.Warning {
	if o.SkipAll {
		return nil
	}
	return slices.DeleteFunc(lint.Run(sf), func(w lint.Warning) bool { return slices.Contains(o.SkipRules, w.Rule) })
}

// violation is what the warnings amount to where each is an error; nil if there is
// none, or if they are not. The range is that of the first.
func (o lintOptions) violation(warnings []lint.Warning) (spec.Range, error) {
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

// editorLine names the schema to editors. It may stand among the directives.
var editorLine = regexp.MustCompile(`^#\s*yaml-language-server\s*:`)

// checkDirective finds "# check=" among the comments that the file starts with, as
// BuildKit does for a Dockerfile: directives end at the first line that is none.
func checkDirective(data []byte) (value string, at spec.Range, err error) {
	var p parser.DirectiveParser
	n := 0
	for line := range bytes.Lines(bytes.TrimPrefix(data, []byte("\ufeff"))) {
		n++
		line = bytes.TrimRight(line, "\r\n")
		if editorLine.Match(line) || n == 1 && bytes.HasPrefix(line, []byte("#!")) {
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

// lineRange is the whole of a line.
func lineRange(n int, line []byte) spec.Range {
	return spec.Range{
		Start: spec.Position{Line: n, Column: 1},
		End:   spec.Position{Line: n, Column: 1 + len(bytes.Runes(line))},
	}
}
