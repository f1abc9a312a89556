package frontend

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/attestations/sbom"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/result"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/llb"
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
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, _ ocispecs.Platform) error {
		found, ok := b.scans.Load(id)
		if !ok {
			return fmt.Errorf("no result for %s to scan", id)
		}
		s := found.(scan)
		var opts []bk.ConstraintsOpt
		if b.IsNoCache("sbom") {
			opts = append(opts, bk.IgnoreCache)
		}
		attestation, err := scanner(ctx, id, s.core, s.extras, opts...)
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

// scan is what an SBOM of one platform's result is made from.
type scan struct {
	core   bk.State
	extras map[string]bk.State
}

// The build args by which a request asks for more to be scanned than the result,
// with the meaning that they have in a Dockerfile.
const (
	argScanStage   = "BUILDKIT_SBOM_SCAN_STAGE"
	argScanContext = "BUILDKIT_SBOM_SCAN_CONTEXT"
)

// scanExtras are the compile root, which has the records of all packages that were
// linked from, and the build context, if the request asks for them.
func (b *platformBuilder) scanExtras(g *llb.Graph) map[string]bk.State {
	extras := map[string]bk.State{}
	if asksFor(b.BuildArgs[argScanStage], "build") {
		extras["build"] = g.Compiled
	}
	if asksFor(b.BuildArgs[argScanContext], "") {
		extras["context"] = b.context
	}
	return extras
}

// asksFor reads a build arg that is a boolean or a list of names.
func asksFor(value, name string) bool {
	if yes, err := strconv.ParseBool(value); err == nil {
		return yes
	}
	return name != "" && slices.Contains(strings.Split(value, ","), name)
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
