package frontend

import (
	"context"
	"fmt"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/attestations/sbom"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/result"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// attestSBOM has the scanner that the request names look at each platform's
// result. Without one, no result gets an attestation of ours: any would turn a
// plain image into an index.
func (b *builder) attestSBOM(ctx context.Context, rb *dockerui.ResultBuilder) error {
	if b.SBOM == nil {
		return nil
	}
	scanner, err := b.scanner(ctx)
	if err != nil {
		return explain(err, "SBOM scanner %s", b.SBOM.Generator)
	}
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, p ocispecs.Platform) error {
		st, ok := b.results.Load(platforms.FormatAll(platforms.Normalize(p)))
		if !ok {
			return fmt.Errorf("no result for %s to scan", id)
		}
		attestation, err := scanner(ctx, id, st.(bk.State), nil)
		if err != nil {
			return err
		}
		solved, err := result.ConvertAttestation(&attestation, func(st *bk.State) (client.Reference, error) {
			return b.solve(ctx, *st)
		})
		if err != nil {
			return err
		}
		rb.AddAttestation(id, *solved)
		return nil
	})
}

func (b *builder) scanner(ctx context.Context) (sbom.Scanner, error) {
	worker := b.BuildPlatforms[0]
	return sbom.CreateSBOMScanner(ctx, b.GatewayClient(), b.SBOM.Generator, worker, sourceresolver.Opt{
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &worker,
			ResolveMode: b.ImageResolveMode.String(),
		},
	}, b.SBOM.Parameters)
}
