// Package frontend is the gateway side of scratch-frontend. It reads the build request,
// parses the Scratchfile (package spec), plans the build (package plan), turns the plan
// into a graph (package llb), has BuildKit solve the graph, and returns the scratch
// image.
//
// [Build] is the whole flow. Each of its phases is a value with a file of its own.
// BuildKit's dockerui package reads every option of a request; no code behind it parses
// one.
package frontend

import (
	"context"

	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/plan"
)

// Build serves one build request. It is a client.BuildFunc for gateway clients: those of
// a frontend image, and those that implement [InProcess].
//
// The result is one image for each requested platform, or the answer to a question about
// the Scratchfile. An error about the Scratchfile carries the lines that it is about
// (errdefs.Source).
func Build(ctx context.Context, c client.Client) (*client.Result, error) {
	res, err := build(ctx, c)
	return res, failure.Printable(err)
}

func build(ctx context.Context, c client.Client) (*client.Result, error) {
	if res, ok, err := answerWithoutFile(c); ok || err != nil {
		return res, err
	}
	file, err := readFile(ctx, c)
	if err != nil {
		return nil, err
	}
	if res, ok, err := file.answer(ctx); ok || err != nil {
		return res, err
	}
	req, err := file.request(ctx)
	if err != nil {
		return nil, err
	}
	if req.target.Result == plan.LockResult {
		return req.makeLock(ctx)
	}
	return req.build(ctx)
}

// build builds the target for each platform.
func (r *request) build(ctx context.Context) (*client.Result, error) {
	var scans scans
	res, err := r.options.Build(ctx, func(ctx context.Context, p *ocispecs.Platform, index int) (*dockerui.BuildResult, error) {
		g, err := r.graph(ctx, p, index)
		if err != nil {
			return nil, err
		}
		out, err := g.result(ctx)
		if err != nil {
			return nil, g.explain(ctx, err)
		}
		scans.add(resultID(p), out.graph.scan(out.state))
		return out.build, nil
	})
	if err != nil {
		return nil, err
	}
	if err := r.attestSBOM(ctx, res, &scans); err != nil {
		return nil, err
	}
	return res.Finalize()
}

// graph makes the graph of one platform. It builds nothing.
func (r *request) graph(ctx context.Context, p *ocispecs.Platform, index int) (*graph, error) {
	parsed, err := r.parsePlatform(ctx, p, index)
	if err != nil {
		return nil, err
	}
	planned, err := parsed.makePlan(seen{})
	if err != nil {
		return nil, err
	}
	resolved, err := planned.resolve(ctx)
	if err != nil {
		return nil, err
	}
	return resolved.convert(), nil
}
