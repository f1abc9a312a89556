package frontend

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/moby/buildkit/frontend/dockerfile/linter"
	"github.com/moby/buildkit/frontend/gateway/client"
	sublint "github.com/moby/buildkit/frontend/subrequests/lint"

	"github.com/rene2/scratch-frontend/frontend/lint"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// warnings are what the linter has to say of a Scratchfile, less what the request
// skips (build arg BUILDKIT_DOCKERFILE_CHECK).
func (b *builder) warnings(sf *spec.Scratchfile) []lint.Warning {
	if b.LinterConfig != nil && b.LinterConfig.SkipAll {
		return nil
	}
	return slices.DeleteFunc(lint.Run(sf), func(w lint.Warning) bool { return b.skips(w.Rule) })
}

func (b *builder) skips(rule string) bool {
	c := b.LinterConfig
	return c != nil && slices.Contains(c.SkipRules, rule)
}

// lintResults answers docker buildx build --check. A Scratchfile that does not
// parse is an answer too. The file is shown around a warning, so what looks like a
// secret is starred in it.
func (b *builder) lintResults(context.Context) (*sublint.LintResults, error) {
	res := &sublint.LintResults{}
	shown := *b.src.SourceMap
	shown.Filename, shown.Data = quote.Line(shown.Filename), shownData(shown.Data)
	sf, err := b.parse(b.platforms()[0])
	if err == nil {
		shown.Data = lint.Redact(sf)
	}
	res.AddSource(&shown)
	var problems *spec.Errors
	if errors.As(err, &problems) {
		res.Error = &sublint.BuildError{Message: err.Error()}
		for _, p := range problems.Problems {
			res.Error.Location.Ranges = append(res.Error.Location.Ranges, llb.PBRanges(p.Range)...)
		}
		return res, nil
	}
	if err != nil {
		return nil, err
	}
	for _, w := range b.warnings(sf) {
		res.Warnings = append(res.Warnings, sublint.Warning{
			RuleName: w.Rule, Description: w.Description, URL: w.URL, Detail: w.Detail, Location: location(w.Range),
		})
	}
	return res, nil
}

// lint shows the warnings beside the build's progress, or fails if the request
// wants an error of them.
func (b *platformBuilder) lint(ctx context.Context) error {
	warnings := b.builder.warnings(b.sf)
	for _, w := range warnings {
		b.warn(ctx, client.WarnOpts{
			Range: llb.PBRanges(w.Range), URL: w.URL, Detail: [][]byte{[]byte(w.Description)},
		}, "%s", linter.LintFormatShort(w.Rule, w.Detail, w.Range.Start.Line))
	}
	if len(warnings) > 0 && b.LinterConfig != nil && b.LinterConfig.ReturnAsError {
		first := warnings[0]
		count := "1 lint warning"
		if len(warnings) > 1 {
			count = fmt.Sprintf("%d lint warnings", len(warnings))
		}
		return b.at(fmt.Errorf("%s, which this build takes for errors; the first: %s: %s", count, first.Rule, first.Detail), first.Range)
	}
	return nil
}
