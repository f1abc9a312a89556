package frontend

import (
	"context"
	"fmt"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"

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
	in := llb.Inputs{Base: r.base.state, Contexts: r.contexts, Program: r.program}
	return &graph{resolved: r, states: llb.Convert(r.plan.Steps, in, r.graphOptions())}
}

// result is what a target's build of one platform returns.
type result struct {
	build *dockerui.BuildResult
	state bk.State
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
	if err := g.check(ctx); err != nil {
		return nil, err
	}
	return g.evaluated(ctx, g.states.State(g.plan.Image), imageConfig(g.file, g.platform, g.options.Labels, g.epoch))
}

func (g *graph) testResult(ctx context.Context) (*result, error) {
	if err := g.check(ctx); err != nil {
		return nil, err
	}
	if err := g.evaluate(ctx, g.states.State(g.plan.Image)); err != nil {
		return nil, err
	}
	return g.evaluated(ctx, bk.Scratch(), emptyConfig(g.platform, g.epoch))
}

// compileResult is what the build left, as an image in whose container the build could
// go on.
func (g *graph) compileResult(ctx context.Context) (*result, error) {
	compiled := g.states.State(g.plan.Compiled)
	env, err := compiled.Env(ctx)
	if err != nil {
		return nil, err
	}
	res, err := g.evaluated(ctx, compiled, compiledConfig(g.base.image, env.ToArray(), g.file, g.platform, g.epoch))
	if err != nil {
		return nil, err
	}
	res.build.BaseImage = g.base.image
	return res, nil
}

// check has the binaries verified, and those tests run that the image does not wait for.
//
// The image verifies by itself. The reports are read before it to warn, and to say why a
// binary is refused. But they are no part of the image, so an imported cache may lack
// them: with one, the image is tried first, and the reports are read only if that fails.
// A build that is all in the cache then runs nothing. The price: where it is not,
// warnings about the binaries stand in the verify step's output alone.
func (g *graph) check(ctx context.Context) error {
	if len(g.daemon.imports) > 0 && len(g.plan.Tests) == 0 && g.evaluate(ctx, g.states.State(g.plan.Image)) == nil {
		return nil
	}
	for _, report := range g.plan.Reports {
		if err := g.requireVerified(ctx, report); err != nil {
			return err
		}
	}
	var tests []bk.State
	for _, t := range g.plan.Tests {
		tests = append(tests, g.states.State(t))
	}
	return g.evaluate(ctx, tests...)
}

// evaluated has a state built here, so that what goes wrong is explained here and not by
// the exporter.
func (g *graph) evaluated(ctx context.Context, st bk.State, img *dockerspec.DockerOCIImage) (*result, error) {
	ref, err := g.solve(ctx, st)
	if err != nil {
		return nil, err
	}
	if ref != nil {
		if err := ref.Evaluate(ctx); err != nil {
			return nil, err
		}
	}
	return &result{build: &dockerui.BuildResult{Reference: ref, Image: img, Epoch: g.epoch}, state: st}, nil
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
