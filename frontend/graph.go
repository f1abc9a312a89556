package frontend

import (
	"context"
	"errors"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
	"github.com/rene2/scratch-frontend/llb"
)

// graph is a resolved plan in which every step has a state.
type graph struct {
	*resolved
	states *llb.Graph
}

// convert makes the state of each step.
func (r *resolved) convert() *graph {
	return &graph{resolved: r, states: r.statesOf(r.plan.Steps)}
}

func (r *resolved) statesOf(steps []plan.Step) *llb.Graph {
	in := llb.Inputs{Base: r.base.state, BaseDigest: r.base.digest, Contexts: r.contexts, Images: r.images, Digests: r.digests, Program: r.program}
	return llb.Convert(steps, in, r.graphOptions())
}

// graphOptions returns how the daemon runs the steps of one platform.
func (p *parsed) graphOptions() llb.Options {
	o := p.options
	return llb.Options{
		Platform:    p.platform,
		NamePrefix:  p.namePrefix(),
		SourceMap:   p.shown,
		IgnoreCache: func(k plan.Kind) bool { return o.IsNoCache(string(k)) },
		Supports:    p.daemon.Supports,
		Network:     o.NetworkMode,
		Proxy:       proxyEnv(o.BuildArgs),
		Limits:      limits(o),
	}
}

// marshal returns the graph of what the target returns.
func (g *graph) marshal(ctx context.Context) (*bk.Definition, error) {
	returned := g.plan.Image
	switch g.target.Result {
	case plan.CompileResult:
		returned = g.plan.Compiled
	case plan.DocumentsResult:
		returned = g.plan.Chosen
	}
	return g.daemon.Marshal(ctx, g.states.State(returned), bk.Platform(g.platform))
}

// solve returns a reference for the tree that has a path of a step's result, and the path
// in the tree.
func (g *graph) solve(ctx context.Context, r plan.Ref) (client.Reference, string, error) {
	st, at := g.states.Find(r)
	ref, err := g.daemon.Solve(ctx, st, bk.Platform(g.platform))
	return ref, at, err
}

// build builds the result of a step.
func (g *graph) build(ctx context.Context, r plan.Ref) (client.Reference, error) {
	return g.daemon.Build(ctx, g.states.State(r), bk.Platform(g.platform))
}

// explain explains a failure of the build.
func (g *graph) explain(ctx context.Context, err error) error {
	b := g.failure()
	b.Step = g.failedStep(ctx, err)
	b.Find = g.find
	if b.Step == nil {
		err = g.atInput(ctx, err)
	}
	return b.Explain(ctx, err)
}

// atInput ties the failure of an input to the lines that name it. The vertices of a build
// context, and of one that stands for an image, are dockerui's, which know no lines.
func (g *graph) atInput(ctx context.Context, err error) error {
	var failed *errdefs.VertexError
	if !errors.As(err, &failed) || len(errdefs.Sources(err)) > 0 {
		return err
	}
	for _, in := range g.inputs() {
		def, marshalErr := g.daemon.Marshal(ctx, in.state, bk.Platform(g.platform))
		if marshalErr != nil {
			continue
		}
		if _, ok := def.Metadata[digest.Digest(failed.Digest)]; ok {
			return g.at(failure.Wrapf(err, "%s", in.name), in.at...)
		}
	}
	return err
}

// input is what a build starts from, with its name for people and the lines that name it.
type input struct {
	name  string
	state bk.State
	at    []spec.Range
}

func (g *graph) inputs() []input {
	var out []input
	for _, c := range g.plan.Contexts {
		out = append(out, input{strings.TrimSpace("build context " + c.Name), g.contexts[c.Name], c.Ranges})
	}
	for _, img := range g.plan.Images {
		out = append(out, input{"image " + img.Ref, g.images[img.Ref], []spec.Range{img.Range}})
	}
	if base := g.file.Build.Base; g.plan.NeedsBase() {
		out = append(out, input{"base " + base.Value, g.base.state, []spec.Range{base.Range}})
	}
	return out
}

// find asks which packages have what a command of the build did not find.
func (g *graph) find(ctx context.Context, failure string, needs []missing.Need) (findstep.Report, error) {
	steps, report := g.plan.Find(failure, needs)
	return readReport(ctx, g.parsed, g.statesOf(steps).State(report), findstep.Command, findstep.ParseReport)
}

// failedStep returns the step of the vertex that failed; nil if no step belongs to it.
func (g *graph) failedStep(ctx context.Context, err error) *plan.Step {
	var failed *errdefs.VertexError
	if !errors.As(err, &failed) {
		return nil
	}
	def, err := g.marshal(ctx)
	if err != nil {
		return nil
	}
	n := llb.StepOf(def, digest.Digest(failed.Digest))
	if n == 0 {
		return nil
	}
	return &g.plan.Steps[n-1]
}
