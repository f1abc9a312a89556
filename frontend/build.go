package frontend

import (
	"context"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/llb"
)

// Build serves one build request: a client.BuildFunc for gateway clients, which are
// those of a frontend image, or [InProcess].
//
// The result is one image for each requested platform, or the answer to a
// subrequest. An error that is about the Scratchfile carries the lines it is about
// (errdefs.Source).
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	res, err := build(ctx, c, false)
	return res, printableError(err)
}

// Plan has the graph of one build request solved by a client that builds nothing: it
// asks for no report, and reads nothing of what it gets.
func Plan(ctx context.Context, c client.Client) (*client.Result, error) {
	res, err := build(ctx, c, true)
	return res, printableError(err)
}

func build(ctx context.Context, c client.Client, planned bool) (*client.Result, error) {
	bc, src, err := readScratchfile(ctx, c)
	if err != nil {
		return nil, err
	}
	target, err := findTarget(bc.Target)
	if err != nil {
		return nil, err
	}
	b := &builder{Client: bc, src: src, target: target, planned: planned}
	if res, ok, err := bc.HandleSubrequest(ctx, b.subrequests()); ok || err != nil {
		return printableAnswer(res), err
	}
	if b.verifier, err = currentVerifier(c, bc.BuildPlatforms[0]); err != nil {
		return nil, err
	}
	if b.epoch, err = sourceDateEpoch(ctx, bc); err != nil {
		return nil, err
	}
	if target.whole != nil {
		return target.whole(ctx, b)
	}
	if b.lock, err = b.readLock(ctx); err != nil {
		return nil, err
	}
	res, err := bc.Build(ctx, b.buildPlatform)
	if err != nil {
		return nil, err
	}
	if err := b.attestSBOM(ctx, res); err != nil {
		return nil, err
	}
	return res.Finalize()
}

// buildPlatform builds the target for one platform; nil means the worker's own.
func (b *builder) buildPlatform(ctx context.Context, requested *ocispecs.Platform, index int) (*dockerui.BuildResult, error) {
	p := b.platforms()[0]
	if requested != nil {
		p = *requested
	}
	pb, err := b.forPlatform(ctx, p, index == 0)
	if err != nil {
		return nil, err
	}
	pb.id = resultID(requested)
	if err := pb.useLock(); err != nil {
		return nil, err
	}
	if pb.in, err = pb.inputs(ctx); err != nil {
		return nil, err
	}
	graph, err := pb.layOut(false)
	if err != nil {
		return nil, err
	}
	res, err := b.target.result(ctx, pb, graph)
	return res, pb.explain(ctx, graph, err)
}

// explain has each that knows a failure of the daemon say what it means.
func (b *platformBuilder) explain(ctx context.Context, g *llb.Graph, err error) error {
	err = b.explainTest(ctx, b.explainMissing(ctx, b.explainLogin(b.explainMeeting(b.explainMismatch(err)))))
	return b.explainPlatform(b.explainApk(ctx, g, b.explainFetch(ctx, g, err)))
}

// layOut makes the graph, whose first verify step sees all of the build's tree or
// only what it needs most times ([llb.Options].Whole).
func (b *platformBuilder) layOut(whole bool) (*llb.Graph, error) {
	opt := b.options()
	opt.Whole = whole
	g, err := llb.New(b.sf, b.in, opt)
	if err != nil {
		return nil, b.explainUnlocked(err)
	}
	return g, nil
}

// resultID is dockerui's name for a platform of the result: what was requested, or
// the platform that this program runs on.
func resultID(requested *ocispecs.Platform) string {
	p := platforms.DefaultSpec()
	if requested != nil {
		p = *requested
	}
	return platformName(p)
}

// inputs resolves what a graph starts from, all at once: each is a round trip to
// the daemon or, through it, to the client.
func (b *platformBuilder) inputs(ctx context.Context) (llb.Inputs, error) {
	in := llb.Inputs{Verifier: b.verifier}
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() error {
		err := b.loadBase(ctx)
		in.Base = b.base.state
		return err
	})
	eg.Go(func() error {
		main, err := b.mainContext(ctx)
		if err != nil {
			return explain(err, "build context")
		}
		b.context, in.Context = *main, *main
		return nil
	})
	eg.Go(func() (err error) {
		in.Named, err = b.namedContexts(ctx)
		return err
	})
	if err := eg.Wait(); err != nil {
		return llb.Inputs{}, err
	}
	return in, nil
}

// loadBase resolves what the compile state starts from.
func (b *platformBuilder) loadBase(ctx context.Context) error {
	base, err := b.resolveBase(ctx)
	if err != nil {
		err = explain(err, "base %s for %s", b.sf.Build.Base.Value, platforms.FormatAll(b.platform))
		return b.at(err, b.sf.Build.Base.Range)
	}
	b.base = base
	return nil
}
