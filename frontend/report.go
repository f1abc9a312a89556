package frontend

import (
	"context"
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/includestep"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// readReport has the binaries compiled and verified. Only the report's small mount
// is read, so that a cached build pulls neither toolchain nor binary.
func (b *platformBuilder) readReport(ctx context.Context, report bk.State) (*verifystep.Report, error) {
	ref, err := b.solve(ctx, report)
	if err != nil {
		return nil, err
	}
	dt, err := dockerui.ReadFile(ctx, ref, verifystep.ReportFile)
	if err != nil {
		return nil, err
	}
	rep, err := verifystep.ParseReport(dt, len(b.sf.Binaries))
	if err != nil {
		return nil, fmt.Errorf("verify step: %w", err)
	}
	return rep, nil
}

// requireVerified shows a report's warnings, and turns a refusal into an error at
// the binary's line.
func (b *platformBuilder) requireVerified(ctx context.Context, rep *verifystep.Report) error {
	b.remedy(rep)
	var refused []spec.Range
	for i, bin := range rep.Binaries {
		at := b.sf.Binaries[i].Range
		if !bin.OK() {
			refused = append(refused, at)
		}
		for _, w := range bin.Warnings {
			b.warn(ctx, client.WarnOpts{
				Range:  llb.PBRanges(at),
				Detail: [][]byte{[]byte(w.Remedy)},
			}, "%s %s", bin.Path, w.Message)
		}
		for _, h := range bin.Hints {
			if !b.ships(h.Path) {
				b.warn(ctx, client.WarnOpts{Range: llb.PBRanges(at)}, "%s %s", bin.Path, h)
			}
		}
	}
	return b.at(rep.Err(), refused...)
}

// requireIncluded has the includes picked, and turns a refusal into an error at the
// include's line.
func (b *platformBuilder) requireIncluded(ctx context.Context, steps []llb.IncludeStep) error {
	var eg errgroup.Group
	for _, s := range steps {
		eg.Go(func() error { return b.requirePicked(ctx, s) })
	}
	return eg.Wait()
}

func (b *platformBuilder) requirePicked(ctx context.Context, s llb.IncludeStep) error {
	ref, err := b.solve(ctx, s.Report)
	if err != nil {
		return err
	}
	dt, err := dockerui.ReadFile(ctx, ref, includestep.ReportFile)
	if err != nil {
		return err
	}
	rep, err := includestep.ParseReport(dt)
	if err != nil {
		return fmt.Errorf("include step: %w", err)
	}
	return b.at(rep.Err(), s.Range)
}

// ships reports whether something lands at a path of the image, or around it.
func (b *platformBuilder) ships(p string) bool {
	var places []string
	for _, f := range b.original.Files {
		places = append(places, f.To.Value)
	}
	for _, i := range b.original.Includes {
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
func (b *platformBuilder) warn(ctx context.Context, opts client.WarnOpts, format string, args ...any) {
	if b.warns {
		for i := range opts.Detail {
			opts.Detail[i] = []byte(quote.Text(string(opts.Detail[i])))
		}
		b.src.Warn(ctx, quote.Text(fmt.Sprintf(format, args...)), opts)
	}
}
