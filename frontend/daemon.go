package frontend

import (
	"context"
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/apicaps"
	"golang.org/x/sync/errgroup"
)

// daemon solves states.
type daemon struct {
	client client.Client
	caps   apicaps.CapSet
	// imports are the caches that the request names.
	imports []client.CacheOptionsEntry
}

func newDaemon(options *dockerui.Client) daemon {
	c := options.GatewayClient()
	return daemon{client: c, caps: c.BuildOpts().LLBCaps, imports: options.CacheImports}
}

func (d daemon) supports(id apicaps.CapID) bool { return d.caps.Supports(id) == nil }

// solve returns a reference for a state. BuildKit builds it when the reference is read or
// exported.
func (d daemon) solve(ctx context.Context, st bk.State, defaults ...bk.ConstraintsOpt) (client.Reference, error) {
	def, err := st.Marshal(ctx, append(defaults, bk.WithCaps(d.caps))...)
	if err != nil {
		return nil, fmt.Errorf("marshal graph: %w", err)
	}
	if err := requireCapabilities(def, d.caps); err != nil {
		return nil, err
	}
	res, err := d.client.Solve(ctx, client.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: d.imports,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// evaluate builds all states at the same time.
func (d daemon) evaluate(ctx context.Context, states []bk.State, defaults ...bk.ConstraintsOpt) error {
	eg, ctx := errgroup.WithContext(ctx)
	for _, st := range states {
		eg.Go(func() error {
			ref, err := d.solve(ctx, st, defaults...)
			if err != nil {
				return err
			}
			return ref.Evaluate(ctx)
		})
	}
	return eg.Wait()
}
