package frontend

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/llb"
)

// base is what the compile state starts from.
type base struct {
	state bk.State
	// image is its configuration; nil for a base that is no image.
	image *dockerspec.DockerOCIImage
	// digest is its content's; empty for a base that is no image.
	digest digest.Digest
}

// resolveBase finds the base of the compile state: a named context of that name
// if the request has one, else the image, pinned to the digest that the lock has for
// it, or that it has now.
func (b *platformBuilder) resolveBase(ctx context.Context) (base, error) {
	name := b.sf.Build.Base.Value
	var dgst digest.Digest
	nc, err := b.NamedContext(name, dockerui.ContextOpt{
		Platform:      &b.platform,
		ResolveMode:   b.ImageResolveMode.String(),
		CaptureDigest: &dgst,
	})
	if err != nil {
		return base{}, err
	}
	if nc != nil {
		st, img, err := nc.Load(ctx)
		if err != nil {
			return base{}, err
		}
		if img == nil {
			// A folder or a repository says nothing of a platform.
			*st = st.Platform(b.platform)
		}
		return base{state: *st, image: img, digest: dgst}, b.checkLockedBase(dgst)
	}
	return b.resolveImage(ctx, name)
}

func (b *platformBuilder) resolveImage(ctx context.Context, name string) (base, error) {
	named, err := reference.ParseNormalizedNamed(name)
	if err != nil {
		return base{}, err
	}
	if named, err = b.pinned(reference.TagNameOnly(named)); err != nil {
		return base{}, err
	}
	prefix := b.namePrefix()
	resolver := sourceresolver.NewImageMetaResolver(b.GatewayClient())
	ref, dgst, config, err := resolver.ResolveImageConfig(ctx, named.String(), sourceresolver.Opt{
		LogName: fmt.Sprintf("[%sinternal] load metadata for %s", prefix, name),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &b.platform,
			ResolveMode: b.ImageResolveMode.String(),
		},
	})
	if err != nil {
		return base{}, err
	}
	if named, err = reference.ParseNormalizedNamed(ref); err != nil {
		return base{}, fmt.Errorf("resolved to %q: %w", ref, err)
	}
	if dgst != "" {
		if named, err = reference.WithDigest(named, dgst); err != nil {
			return base{}, err
		}
	}
	st, err := bk.Image(named.String(),
		bk.Platform(b.platform),
		b.ImageResolveMode,
		bk.WithCustomNamef("[%sbase] %s", prefix, quote.Line(name)),
		b.src.Location(llb.PBRanges(b.sf.Build.Base.Range)),
	).WithImageConfig(config)
	if err != nil {
		return base{}, err
	}
	var img dockerspec.DockerOCIImage
	if err := json.Unmarshal(config, &img); err != nil {
		return base{}, fmt.Errorf("image config: %w", err)
	}
	return base{state: st, image: &img, digest: dgst}, nil
}
