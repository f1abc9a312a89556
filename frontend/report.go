package frontend

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/includestep"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// readReport has the binaries compiled and verified. Only the report's small mount is
// read, so that a cached build pulls neither toolchain nor binary.
func (g *graph) readReport(ctx context.Context, report plan.Ref) (*verifystep.Report, error) {
	dt, err := g.read(ctx, g.states.State(report), verifystep.ReportFile)
	if err != nil {
		return nil, err
	}
	rep, err := verifystep.ParseReport(dt, len(g.file.Binaries))
	if err != nil {
		return nil, fmt.Errorf("verify step: %w", err)
	}
	return rep, nil
}

// requireVerified shows a report's warnings, and turns a refusal into an error at
// the binary's line.
func (g *graph) requireVerified(ctx context.Context, rep *verifystep.Report) error {
	g.remedy(rep)
	var refused []spec.Range
	for i, bin := range rep.Binaries {
		at := g.file.Binaries[i].Range
		if !bin.OK() {
			refused = append(refused, at)
		}
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
	return g.at(rep.Err(), refused...)
}

// requireIncluded has the includes picked, and turns a refusal into an error at the
// include's line.
func (g *graph) requireIncluded(ctx context.Context) error {
	var eg errgroup.Group
	for _, s := range g.plan.Includes {
		eg.Go(func() error { return g.requirePicked(ctx, s) })
	}
	return eg.Wait()
}

func (g *graph) requirePicked(ctx context.Context, s plan.IncludeStep) error {
	dt, err := g.read(ctx, g.states.State(s.Report), includestep.ReportFile)
	if err != nil {
		return err
	}
	rep, err := includestep.ParseReport(dt)
	if err != nil {
		return fmt.Errorf("include step: %w", err)
	}
	return g.at(rep.Err(), s.Range)
}

// ships reports whether something lands at a path of the image, or around it.
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

// warn shows a warning beside the build's progress.
func (p *parsed) warn(ctx context.Context, opts client.WarnOpts, format string, args ...any) {
	if p.warns {
		for i := range opts.Detail {
			opts.Detail[i] = []byte(quote.Text(string(opts.Detail[i])))
		}
		p.source.Warn(ctx, quote.Text(fmt.Sprintf(format, args...)), opts)
	}
}
