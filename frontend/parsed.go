package frontend

import (
	"context"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// parsed is a request's Scratchfile for one platform.
type parsed struct {
	*request
	platform ocispecs.Platform
	// written is the Scratchfile as it stands in the file.
	written *spec.Scratchfile
	// file is the Scratchfile that the target is about.
	file *spec.Scratchfile
	// warns is false for all platforms but the first, so that a warning about a line is
	// given once.
	warns bool
}

// parsePlatform reads the Scratchfile for a platform of the request; nil means the worker's own.
// What the linter has to say is said.
func (r *request) parsePlatform(ctx context.Context, requested *ocispecs.Platform, index int) (*parsed, error) {
	p := r.platforms()[0]
	if requested != nil {
		p = *requested
	}
	sf, err := r.parse(p)
	if err != nil {
		return nil, err
	}
	out := &parsed{request: r, platform: p, written: sf, file: r.target.Apply(sf), warns: index == 0}
	if err := out.lint(ctx); err != nil {
		return nil, err
	}
	for _, name := range sf.UndeclaredArgs {
		out.warn(ctx, client.WarnOpts{}, "build arg %s is not declared; add it under args: or drop --build-arg %[1]s", name)
	}
	return out, nil
}

// PlatformArgs are the args that need no declaration, named as in a Dockerfile.
func PlatformArgs(build, target ocispecs.Platform) map[string]string {
	return map[string]string{
		"BUILDPLATFORM":  platforms.Format(build),
		"BUILDOS":        build.OS,
		"BUILDARCH":      build.Architecture,
		"BUILDVARIANT":   build.Variant,
		"TARGETPLATFORM": platforms.Format(target),
		"TARGETOS":       target.OS,
		"TARGETARCH":     target.Architecture,
		"TARGETVARIANT":  target.Variant,
	}
}

// platformName is a platform as results and locks name it.
func platformName(p ocispecs.Platform) string { return platforms.FormatAll(platforms.Normalize(p)) }

// resultID is dockerui's name for a platform of the result: what was requested, or the
// platform that this program runs on.
func resultID(requested *ocispecs.Platform) string {
	p := platforms.DefaultSpec()
	if requested != nil {
		p = *requested
	}
	return platformName(p)
}

// namePrefix tells the vertices of several platforms apart.
func (p *parsed) namePrefix() string {
	if !p.options.MultiPlatformRequested {
		return ""
	}
	return platforms.FormatAll(p.platform) + " "
}

func (p *parsed) at(err error, ranges ...spec.Range) error {
	return withSource(err, p.source.SourceMap, ranges...)
}

// planOptions are the parts of the request that shape the plan.
func (p *parsed) planOptions() plan.Options {
	return plan.Options{
		Platform:       p.platform,
		Epoch:          p.epoch,
		Lock:           p.lock,
		Project:        ProjectID(p.gateway.BuildOpts().Opts, p.source.Filename, p.source.Data),
		CacheNamespace: p.options.CacheIDNamespace,
		TestsApart:     !p.daemon.supports(pb.CapPassthroughOp),
	}
}

// planned is the plan of one platform's build.
type planned struct {
	*parsed
	plan *plan.Plan
}

// makePlan lays the build out. The first verify step sees the whole tree of the compile
// only if whole is set; see [plan.Options].
func (p *parsed) makePlan(whole bool) (*planned, error) {
	if err := p.checkLock(); err != nil {
		return nil, err
	}
	opt := p.planOptions()
	opt.Whole = whole
	made, err := plan.New(p.written, p.target, opt)
	if err != nil {
		return nil, err
	}
	return &planned{parsed: p, plan: made}, nil
}
