package frontend

import (
	"context"
	"fmt"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/llb"
)

// Build serves one build request: a client.BuildFunc for gateway clients.
//
// The result is one scratch image for each requested platform. An error that is
// about the Scratchfile carries the lines it is about (errdefs.Source).
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	verifier, err := currentVerifier(c)
	if err != nil {
		return nil, err
	}
	bc, src, err := readScratchfile(ctx, c)
	if err != nil {
		return nil, err
	}
	if res, ok, err := bc.HandleSubrequest(ctx, dockerui.RequestHandler{}); ok || err != nil {
		return res, err
	}
	epoch, err := sourceDateEpoch(ctx, bc)
	if err != nil {
		return nil, err
	}
	verifier.Platform = bc.BuildPlatforms[0]
	b := &builder{Client: bc, src: src, verifier: verifier, epoch: epoch}

	res, err := bc.Build(ctx, b.platform)
	if err != nil {
		return nil, err
	}
	return res.Finalize()
}

// platform builds the image for one platform; nil means the worker's own.
func (b *builder) platform(ctx context.Context, requested *ocispecs.Platform, index int) (*dockerui.BuildResult, error) {
	p := b.BuildPlatforms[0]
	if requested != nil {
		p = *requested
	}
	pb, err := b.parse(ctx, p, index == 0)
	if err != nil {
		return nil, err
	}
	base, err := pb.resolveBase(ctx)
	if err != nil {
		return nil, pb.at(err, pb.sf.Build.Base.Range)
	}
	buildContext, err := pb.mainContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("build context: %w", err)
	}
	graph, err := llb.New(pb.sf, llb.Inputs{Base: base, Context: *buildContext, Verifier: b.verifier}, pb.options())
	if err != nil {
		return nil, err
	}
	for _, report := range graph.Reports {
		if err := pb.requireVerified(ctx, report); err != nil {
			return nil, err
		}
	}
	if err := pb.runTests(ctx, graph.Tests); err != nil {
		return nil, err
	}
	ref, err := pb.solve(ctx, graph.Final)
	if err != nil {
		return nil, err
	}
	return &dockerui.BuildResult{
		Reference: ref,
		Image:     imageConfig(pb.sf, p, b.Labels, b.epoch),
		Epoch:     b.epoch,
	}, nil
}
