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

// graph is a resolved plan in which every step has a state.
type graph struct {
	*resolved
	states *llb.Graph
}

// convert makes the state of each step.
func (r *resolved) convert() *graph {
	in := llb.Inputs{Base: r.base.state, BaseDigest: r.base.digest, Contexts: r.contexts, Program: r.program}
	return &graph{resolved: r, states: llb.Convert(r.plan.Steps, in, r.graphOptions())}
}

// result is the result of a target on one platform.
type result struct {
	build *dockerui.BuildResult
	state bk.State
	graph *graph
}

// result builds the target.
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

// imageResult returns the scratch image. All of its binaries are verified and all tests
// have passed before.
func (g *graph) imageResult(ctx context.Context) (*result, error) {
	g, err := g.check(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := g.verifyImage(ctx)
	if err != nil {
		return nil, err
	}
	return g.newResult(g.states.State(g.plan.Image), ref, imageConfig(g.file, g.platform, g.options.Labels, g.epoch)), nil
}

func (g *graph) testResult(ctx context.Context) (*result, error) {
	g, err := g.check(ctx)
	if err != nil {
		return nil, err
	}
	if _, err := g.verifyImage(ctx); err != nil {
		return nil, err
	}
	return g.newResult(bk.Scratch(), nil, emptyConfig(g.platform, g.epoch)), nil
}

// compileResult returns the compile root as an image. A container of it can continue the
// build.
func (g *graph) compileResult(ctx context.Context) (*result, error) {
	compiled := g.states.State(g.plan.Compiled)
	env, err := compiled.Env(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := g.evaluateRef(ctx, compiled)
	if err != nil {
		return nil, err
	}
	res := g.newResult(compiled, ref, compiledConfig(g.base.image, env.ToArray(), g.file, g.platform, g.epoch))
	res.build.BaseImage = g.base.image
	return res, nil
}

func (g *graph) newResult(st bk.State, ref client.Reference, img *dockerspec.DockerOCIImage) *result {
	return &result{build: &dockerui.BuildResult{Reference: ref, Image: img, Epoch: g.epoch}, state: st, graph: g}
}

// check runs everything that can refuse an image: it picks the includes, verifies the
// binaries, checks the places of the image, and runs the tests that the image does not
// wait for. It returns the graph to continue with.
//
// The graph of the image verifies by itself. check reads the reports first, to show
// warnings and to explain a refusal. The reports are no part of the image, so an imported
// cache may not have them. With an imported cache, check therefore tries the image first,
// and reads the reports only if that fails. A build that is all in the cache then runs
// nothing. The cost: if the image is built and not found in the cache, warnings about
// binaries appear only in the output of the verify step.
//
// The includes and the places are checked while the compile runs. A failure on one side
// does not stop the other. So the next build finds the finished compile in the cache, no
// transfer is cut off, and of two errors it is always the same one that the user sees.
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

// checkBinaries reads the reports of the verify steps. It returns the graph to continue
// with.
func (g *graph) checkBinaries(ctx context.Context) (*graph, error) {
	rep, err := g.verifyReport(ctx, g.plan.Reports[0])
	if err == nil && rep.Unseen() {
		// A link may lead from the workdir to the root, or back. Such links are rare.
		// Mounting the root for every build would cost all others a cache miss, since the
		// root changes with every build.
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

// withWholeTree returns the graph of a new plan, in which the first verify step sees the
// whole tree of the compile.
func (g *graph) withWholeTree() (*graph, error) {
	planned, err := g.makePlan(true)
	if err != nil {
		return nil, err
	}
	whole := resolved{planned: planned, base: g.base, contexts: g.contexts}
	return whole.convert(), nil
}

// solve returns a reference for a state of the target platform.
func (p *parsed) solve(ctx context.Context, st bk.State) (client.Reference, error) {
	return p.daemon.solve(ctx, st, bk.Platform(p.platform))
}

func (p *parsed) evaluate(ctx context.Context, states ...bk.State) error {
	return p.daemon.evaluate(ctx, states, bk.Platform(p.platform))
}

// read returns the content of a file in a state.
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
