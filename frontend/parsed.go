package frontend

import (
	"context"
	"fmt"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// parsed is a request's Scratchfile for one platform.
type parsed struct {
	*request
	platform ocispecs.Platform
	// written is the Scratchfile as the user wrote it.
	written *spec.Scratchfile
	// file is the Scratchfile after the target has changed it.
	file *spec.Scratchfile
	// shown is the text of the Scratchfile around warnings and errors, and in provenance.
	// Values that look like secrets are masked.
	shown *bk.SourceMap
	// warns is true for the first platform only, so that each warning appears once.
	warns bool
}

// parsePlatform parses the Scratchfile for a platform of the request; nil means the
// worker's own. It also shows the linter's warnings.
func (r *request) parsePlatform(ctx context.Context, requested *ocispecs.Platform, index int) (*parsed, error) {
	p := r.platforms()[0]
	if requested != nil {
		p = *requested
	}
	if !verify.Knows(p) {
		return nil, failure.UnknownPlatform(p)
	}
	sf, err := r.parse(p)
	if err != nil {
		return nil, err
	}
	out := &parsed{request: r, platform: p, written: sf, file: r.target.Apply(sf), shown: r.masked(sf), warns: index == 0}
	if err := out.lint(ctx); err != nil {
		return nil, err
	}
	for _, name := range sf.UndeclaredArgs {
		out.warn(ctx, client.WarnOpts{}, "%s", spec.UndeclaredArg(name))
	}
	return out, nil
}

// PlatformArgs returns the args that need no declaration. They have the names that they
// have in a Dockerfile.
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

// resultID returns dockerui's name for a platform of the result. Without a requested
// platform, that is the platform of this program.
func resultID(requested *ocispecs.Platform) string {
	p := platforms.DefaultSpec()
	if requested != nil {
		p = *requested
	}
	return plan.PlatformName(p)
}

// namePrefix returns the platform for the names of vertices, so that those of several
// platforms differ.
func (p *parsed) namePrefix() string {
	if !p.options.MultiPlatformRequested {
		return ""
	}
	return platforms.FormatAll(p.platform) + " "
}

func (p *parsed) at(err error, ranges ...spec.Range) error {
	return failure.At(err, p.shown, ranges...)
}

// runsOn returns the platform of the base, on which the commands of the build run.
func (p *parsed) runsOn() ocispecs.Platform { return plan.RunsOn(p.file, p.platform) }

// workers returns the platforms that the daemon announces: those whose programs it can run,
// by itself or with an emulator.
func (p *parsed) workers() []ocispecs.Platform {
	var out []ocispecs.Platform
	for _, w := range p.gateway.BuildOpts().Workers {
		out = append(out, w.Platforms...)
	}
	return out
}

// failure returns what explains the failures of the build.
func (p *parsed) failure() *failure.Build {
	return &failure.Build{
		File:       p.file,
		Source:     p.shown,
		Platform:   p.runsOn(),
		Workers:    p.workers(),
		Lock:       p.lockName(),
		Refresh:    p.refresh(),
		Locked:     p.lock != nil,
		ReadFailed: p.daemon.ReadFailed,
		ReadIgnore: p.readIgnore,
	}
}

// warn shows a warning in the progress of the build, once for all platforms.
func (p *parsed) warn(ctx context.Context, opts client.WarnOpts, format string, args ...any) {
	if p.warns {
		p.warnOfPlatform(ctx, opts, format, args...)
	}
}

// warnOfPlatform shows a warning that is about this platform.
func (p *parsed) warnOfPlatform(ctx context.Context, opts client.WarnOpts, format string, args ...any) {
	for i := range opts.Detail {
		opts.Detail[i] = []byte(quote.Text(string(opts.Detail[i])))
	}
	opts.SourceInfo = &pb.SourceInfo{Filename: p.shown.Filename, Language: p.shown.Language, Data: p.shown.Data, Definition: p.shown.Definition.ToPB()}
	p.source.Warn(ctx, quote.Text(fmt.Sprintf(format, args...)), opts)
}
