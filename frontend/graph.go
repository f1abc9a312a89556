package frontend

import (
	"cmp"
	"context"
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/llb"
)

// graph is a resolved plan whose steps are states.
type graph struct {
	*resolved
	states *llb.Graph
}

// convert gives the steps their states.
func (r *resolved) convert() *graph {
	in := llb.Inputs{Base: r.base.state, BaseDigest: r.base.digest, Contexts: r.contexts, Program: r.program}
	return &graph{resolved: r, states: llb.Convert(r.plan.Steps, in, r.graphOptions())}
}

// result is what a target's build of one platform returns.
type result struct {
	build *dockerui.BuildResult
	state bk.State
	graph *graph
}

// result has the target's part of the graph built.
func (g *graph) result(ctx context.Context) (*result, error) {
	switch g.target.Result {
	case plan.CompileResult:
		return g.compileResult(ctx)
	case plan.TestResult:
		return g.testResult(ctx)
	default:
		return g.imageResult(ctx)
	}
}

// imageResult is the scratch image, once all of its binaries are verified and all of its
// tests have passed.
func (g *graph) imageResult(ctx context.Context) (*result, error) {
	g, err := g.check(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := g.shipped(ctx)
	if err != nil {
		return nil, err
	}
	return g.returned(g.states.State(g.plan.Image), ref, imageConfig(g.file, g.platform, g.options.Labels, g.epoch)), nil
}

func (g *graph) testResult(ctx context.Context) (*result, error) {
	g, err := g.check(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := g.shipped(ctx); err != nil {
		return nil, err
	}
	return g.returned(bk.Scratch(), nil, emptyConfig(g.platform, g.epoch)), nil
}

// compileResult is what the build left, as an image in whose container the build could go
// on.
func (g *graph) compileResult(ctx context.Context) (*result, error) {
	compiled := g.states.State(g.plan.Compiled)
	env, err := compiled.Env(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := g.built(ctx, compiled)
	if err != nil {
		return nil, err
	}
	res := g.returned(compiled, ref, compiledConfig(g.base.image, env.ToArray(), g.file, g.platform, g.epoch))
	res.build.BaseImage = g.base.image
	return res, nil
}

func (g *graph) returned(st bk.State, ref client.Reference, img *dockerspec.DockerOCIImage) *result {
	return &result{build: &dockerui.BuildResult{Reference: ref, Image: img, Epoch: g.epoch}, state: st, graph: g}
}

// check has the includes picked, the binaries verified, the places of the image looked at,
// and those tests run that the image does not wait for. It gives the graph to go on with.
//
// The graph of the image verifies by itself. The reports are read before it to warn, and to
// say why something is refused. But they are no part of the image, so an imported cache may
// lack them: with one, the image is tried first, and the reports are read only if that
// fails. A build that is all in the cache then runs nothing. The price: where it is not,
// warnings about the binaries stand in the verify step's output alone.
//
// Includes are picked and places looked at beside the compile. Neither stops the other one
// when it fails: what is compiled by then is there for the next build, no transfer is cut
// off, and of two errors it is always the same that is said.
func (g *graph) check(ctx context.Context) (*graph, error) {
	if len(g.daemon.imports) > 0 && len(g.plan.Tests) == 0 && g.evaluate(ctx, g.states.State(g.plan.Image)) == nil {
		return g, cmp.Or(g.checkPlaces(ctx), g.checkMounts(ctx))
	}
	var eg errgroup.Group
	eg.Go(func() error {
		if err := g.requireIncluded(ctx); err != nil {
			return err
		}
		return g.checkPlaces(ctx)
	})
	verified, err := g.checkBinaries(ctx)
	if err := cmp.Or(err, eg.Wait()); err != nil {
		return nil, err
	}
	if err := verified.checkMounts(ctx); err != nil {
		return nil, err
	}
	var tests []bk.State
	for _, t := range verified.plan.Tests {
		tests = append(tests, verified.states.State(t))
	}
	return verified, verified.evaluate(ctx, tests...)
}

// checkBinaries reads the reports of the verify steps. It gives the graph to go on with.
func (g *graph) checkBinaries(ctx context.Context) (*graph, error) {
	rep, err := g.verifyReport(ctx, g.plan.Reports[0])
	if err == nil && rep.Unseen() {
		// A link may lead from the workdir to the root, or back. Few do, and all others
		// would pay for the root, which changes with every build.
		if g, err = g.withWholeTree(); err == nil {
			rep, err = g.verifyReport(ctx, g.plan.Reports[0])
		}
	}
	if err != nil {
		return nil, err
	}
	if err := g.requireVerified(ctx, rep); err != nil {
		return nil, err
	}
	for _, report := range g.plan.Reports[1:] {
		rep, err := g.verifyReport(ctx, report)
		if err != nil {
			return nil, err
		}
		if err := g.requireVerified(ctx, rep); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// withWholeTree gives the graph of a plan whose first verify step sees the whole tree of the
// compile.
func (g *graph) withWholeTree() (*graph, error) {
	planned, err := g.makePlan(true)
	if err != nil {
		return nil, err
	}
	whole := resolved{planned: planned, base: g.base, contexts: g.contexts}
	return whole.convert(), nil
}

// solve is for states of the target platform.
func (p *parsed) solve(ctx context.Context, st bk.State) (client.Reference, error) {
	return p.daemon.solve(ctx, st, bk.Platform(p.platform))
}

func (p *parsed) evaluate(ctx context.Context, states ...bk.State) error {
	return p.daemon.evaluate(ctx, states, bk.Platform(p.platform))
}

// read gives the content of a file in a tree of the plan.
func (p *parsed) read(ctx context.Context, st bk.State, name string) ([]byte, error) {
	ref, err := p.solve(ctx, st)
	if err != nil {
		return nil, err
	}
	if ref == nil {
		return nil, fmt.Errorf("there is nothing to read %s from", name)
	}
	return dockerui.ReadFile(ctx, ref, name)
}
