package frontend

import (
	"context"
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/remedy"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// readReport solves a step and reads its report. It reads only the small mount with the
// report, so a cached build pulls neither the toolchain nor the binary.
func readReport[Report any](
	ctx context.Context, p *parsed, folder bk.State, command string, parse func(data []byte) (Report, error),
) (Report, error) {
	var none Report
	dt, err := p.read(ctx, folder, step.ReportFile)
	if err != nil {
		return none, err
	}
	rep, err := parse(dt)
	if err != nil {
		return none, fmt.Errorf("%s step: %w", command, err)
	}
	return rep, nil
}

// verifyReport reads the report of a verify step.
func (g *graph) verifyReport(ctx context.Context, report plan.Ref) (*verifystep.Report, error) {
	return readReport(ctx, g.parsed, g.states.State(report), verifystep.Command, func(dt []byte) (*verifystep.Report, error) {
		return verifystep.ParseReport(dt, len(g.file.Binaries))
	})
}

// requireVerified shows the warnings of a report. It returns an error at the binary's
// line if the report refuses one.
func (g *graph) requireVerified(ctx context.Context, rep *verifystep.Report) error {
	advice := g.advise(rep)
	var refused []spec.Range
	for i, programs := range advice {
		at := g.file.Binaries[i].Range
		if !advice.OK(i) {
			refused = append(refused, at)
		}
		for _, bin := range programs {
			g.warnOf(ctx, bin, at)
		}
	}
	return g.at(advice.Err(), refused...)
}

// warnOf shows the warnings and hints about one program.
func (g *graph) warnOf(ctx context.Context, bin remedy.Report, at spec.Range) {
	for _, w := range bin.Warnings {
		g.warn(ctx, client.WarnOpts{
			Range:  llb.PBRanges(at),
			Detail: [][]byte{[]byte(w.Remedy)},
		}, "%s %s", bin.Path, w.Message)
	}
	for _, h := range bin.Hints {
		if !g.ships(h.Path) {
			g.warn(ctx, client.WarnOpts{Range: llb.PBRanges(at)}, "%s %s", bin.Path, h)
		}
	}
}

// requireIncluded runs the include steps. It returns an error at the include's line if a
// step refuses one.
func (g *graph) requireIncluded(ctx context.Context) error {
	var eg errgroup.Group
	for _, s := range g.plan.Includes {
		eg.Go(func() error { return g.requirePicked(ctx, s) })
	}
	return eg.Wait()
}

func (g *graph) requirePicked(ctx context.Context, s plan.IncludeStep) error {
	rep, err := readReport(ctx, g.parsed, g.states.State(s.Report), includestep.Command, includestep.ParseReport)
	if err != nil {
		return err
	}
	return g.at(rep.Err(), s.Range)
}

// ships reports whether an entry's place in the image is at p, above it or below it.
func (g *graph) ships(p string) bool {
	var places []string
	for _, f := range g.written.Files {
		places = append(places, f.To.Value)
	}
	for _, i := range g.written.Includes {
		places = append(places, i.Paths()...)
	}
	for _, to := range places {
		if spec.IsUnder(p, to) || spec.IsUnder(to, p) {
			return true
		}
	}
	return false
}

// warn shows a warning in the progress of the build.
func (p *parsed) warn(ctx context.Context, opts client.WarnOpts, format string, args ...any) {
	if p.warns {
		for i := range opts.Detail {
			opts.Detail[i] = []byte(quote.Text(string(opts.Detail[i])))
		}
		p.source.Warn(ctx, quote.Text(fmt.Sprintf(format, args...)), opts)
	}
}
