package frontend

import (
	"context"

	bk "github.com/moby/buildkit/client/llb"
	"golang.org/x/sync/errgroup"
)

// runTests has the image's tests run, all at once. A failed one is the failed
// vertex that BuildKit reports, at the test's line and with its output.
func (b *platformBuilder) runTests(ctx context.Context, tests []bk.State) error {
	eg, ctx := errgroup.WithContext(ctx)
	for _, t := range tests {
		eg.Go(func() error {
			ref, err := b.solve(ctx, t)
			if err != nil {
				return err
			}
			return ref.Evaluate(ctx)
		})
	}
	return eg.Wait()
}
