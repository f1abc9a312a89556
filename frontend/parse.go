package frontend

import (
	"context"
	"slices"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// parse reads the Scratchfile for one platform: its strings may depend on the
// platform's args.
func (b *builder) parse(p ocispecs.Platform) (*spec.Scratchfile, error) {
	return spec.Parse(b.src.Filename, b.src.Data, spec.Vars{
		Args:     b.BuildArgs,
		Platform: PlatformArgs(b.BuildPlatforms[0], p),
	})
}

// forPlatform begins the build for one platform.
func (b *builder) forPlatform(ctx context.Context, p ocispecs.Platform, warns bool) (*platformBuilder, error) {
	sf, err := b.parse(p)
	if err != nil {
		return nil, parseError(err, b.src.SourceMap)
	}
	original := *sf
	original.Binaries = slices.Clone(sf.Binaries)
	pb := &platformBuilder{builder: b, platform: p, sf: sf, original: &original, warns: warns}
	if err := pb.lint(ctx); err != nil {
		return nil, err
	}
	for _, name := range sf.UndeclaredArgs {
		pb.warn(ctx, client.WarnOpts{}, "build arg %s is not declared; add it under args: or drop --build-arg %[1]s", name)
	}
	if b.target.prepare != nil {
		b.target.prepare(sf)
	}
	return pb, nil
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
