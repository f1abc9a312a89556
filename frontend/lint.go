package frontend

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/gateway/client"
	sublint "github.com/moby/buildkit/frontend/subrequests/lint"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// lintResults answers docker buildx build --check. The errors of a Scratchfile that does
// not parse are an answer too. The answer shows the file around each warning. In a file
// that parses, it masks values that look like secrets.
func (f *buildFile) lintResults(context.Context) (*sublint.LintResults, error) {
	res := &sublint.LintResults{}
	shown := *f.source.SourceMap
	shown.Filename, shown.Data = quote.Line(shown.Filename), failure.ShownData(shown.Data)
	sf, err := f.parse(f.platforms()[0])
	if err == nil {
		shown.Data = lint.Redact(sf)
	}
	res.AddSource(&shown)
	if at := failure.Problems(err); len(at) > 0 {
		res.Error = buildError(err, at...)
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	opts, at, err := f.lintOptions()
	if err != nil {
		res.Error = buildError(err, at)
		return res, nil
	}
	warnings := opts.run(sf)
	for _, w := range warnings {
		res.Warnings = append(res.Warnings, sublint.Warning{
			RuleName: w.Rule, Description: w.Description, URL: w.URL, Detail: w.Detail, Location: location(w.Range),
		})
	}
	if at, err := opts.violation(warnings); err != nil {
		res.Error = buildError(err, at)
	}
	return res, nil
}

// buildError returns an error as part of an answer about the file.
func buildError(err error, at ...spec.Range) *sublint.BuildError {
	out := &sublint.BuildError{Message: err.Error()}
	out.Location.Ranges = llb.PBRanges(at...)
	return out
}

// lint shows the linter's warnings in the progress of the build. It returns an error if
// the request or the file turns warnings into errors.
func (p *parsed) lint(ctx context.Context) error {
	opts, at, err := p.lintOptions()
	if err != nil {
		return p.at(err, at)
	}
	warnings := opts.run(p.file)
	for _, w := range warnings {
		p.warn(ctx, client.WarnOpts{
			Range: llb.PBRanges(w.Range), URL: w.URL, Detail: [][]byte{[]byte(w.Description)},
		}, "%s", linter.LintFormatShort(w.Rule, w.Detail, w.Range.Start.Line))
	}
	at, err = opts.violation(warnings)
	return p.at(err, at)
}

// lintOptions say which rules to skip, and whether a warning is an error.
type lintOptions linter.Config

// lintOptions returns the options of the request (build arg BUILDKIT_DOCKERFILE_CHECK)
// or, without them, those of the "# check=" line of the file. The range is that line.
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

// run returns the linter's warnings about a Scratchfile, without those of skipped rules.
// It ignores the name of a rule that does not exist, as a Dockerfile does: the file may
// be for a newer frontend.
func (o lintOptions) run(sf *spec.Scratchfile) []lint.Warning {
	if o.SkipAll {
		return nil
	}
	return slices.DeleteFunc(lint.Run(sf), func(w lint.Warning) bool { return slices.Contains(o.SkipRules, w.Rule) })
}

// violation returns an error about the warnings if warnings are errors. The range is that
// of the first warning.
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

// editorLine matches the comment that names the schema for editors. It may stand between
// directives.
var editorLine = regexp.MustCompile(`^#\s*yaml-language-server\s*:`)

// checkDirective finds the "# check=" directive in the first comments of a file, by the
// rules that BuildKit has for a Dockerfile: directives end at the first other line.
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

// lineRange returns the range of a whole line.
func lineRange(n int, line []byte) spec.Range {
	return spec.Range{
		Start: spec.Position{Line: n, Column: 1},
		End:   spec.Position{Line: n, Column: 1 + len(bytes.Runes(line))},
	}
}
