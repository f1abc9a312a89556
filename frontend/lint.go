package frontend

import (
	"context"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerfile/linter"
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
	sf, err := f.parse(f.platforms()[0])
	res.AddSource(f.masked(sf))
	if at := failure.Problems(err); len(at) > 0 {
		res.Error = buildError(err, at...)
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	opts, at, err := lint.ReadOptions(f.source.Data, f.options.LinterConfig)
	if err != nil {
		res.Error = buildError(err, at)
		return res, nil
	}
	warnings := opts.Run(sf)
	for _, w := range warnings {
		res.Warnings = append(res.Warnings, sublint.Warning{
			RuleName: w.Rule, Description: w.Description, URL: w.URL, Detail: w.Detail, Location: location(w.Range),
		})
	}
	if at, err := opts.Violation(warnings); err != nil {
		res.Error = buildError(err, at)
	}
	return res, nil
}

// masked returns the text of the file, and its name, as they are shown. Values that look like
// secrets are masked: in a file that does not parse, for which sf is nil, by their shape alone.
func (f *buildFile) masked(sf *spec.Scratchfile) *bk.SourceMap {
	shown := *f.source.SourceMap
	shown.Filename = quote.Line(shown.Filename)
	if sf != nil {
		shown.Data = lint.Redact(sf)
	} else {
		shown.Data = lint.RedactText(failure.ShownData(shown.Data))
	}
	return &shown
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
	opts, at, err := lint.ReadOptions(p.source.Data, p.options.LinterConfig)
	if err != nil {
		return p.at(err, at)
	}
	warnings := opts.Run(p.file)
	for _, w := range warnings {
		p.warn(ctx, client.WarnOpts{
			Range: llb.PBRanges(w.Range), URL: w.URL, Detail: [][]byte{[]byte(w.Description)},
		}, "%s", linter.LintFormatShort(w.Rule, w.Detail, w.Range.Start.Line))
	}
	at, err = opts.Violation(warnings)
	return p.at(err, at)
}
