package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/llb"
)

// resolved is a plan with the base and the build contexts that it starts from.
type resolved struct {
	*planned
	base base
	// contexts are the build contexts by name. The main one has the empty name.
	contexts map[string]bk.State
}

// base is the image, or other root, that the compile starts from.
type base struct {
	state bk.State
	// image is the configuration of the base; nil if the base is not an image.
	image *dockerspec.DockerOCIImage
	// digest is the digest of the base; empty if the base is not an image.
	digest digest.Digest
}

// resolve resolves the base and all build contexts at the same time, since each one is a
// round trip to the daemon or, through it, to the client.
func (p *planned) resolve(ctx context.Context) (*resolved, error) {
	var found base
	contexts := make([]*bk.State, len(p.plan.Contexts))
	eg, ctx := errgroup.WithContext(ctx)
	eg.Go(func() (err error) {
		found, err = p.resolveBase(ctx, p.plan.Locked)
		return err
	})
	for i, c := range p.plan.Contexts {
		eg.Go(func() (err error) {
			contexts[i], err = p.resolveContext(ctx, c)
			return err
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	out := &resolved{planned: p, base: found, contexts: map[string]bk.State{}}
	for i, c := range p.plan.Contexts {
		out.contexts[c.Name] = *contexts[i]
	}
	return out, nil
}

// resolveContext resolves a build context. The client sends only the paths that the plan
// reads.
func (p *planned) resolveContext(ctx context.Context, c plan.Context) (*bk.State, error) {
	if c.Name == "" {
		st, err := p.options.MainContext(ctx, followPaths(c.Paths)...)
		return st, failure.Wrapf(err, "build context")
	}
	st, err := p.namedContext(ctx, c)
	return st, p.at(failure.Wrapf(err, "build context %s", c.Name), c.Ranges...)
}

func (p *planned) namedContext(ctx context.Context, c plan.Context) (*bk.State, error) {
	nc, err := p.options.NamedContext(c.Name, dockerui.ContextOpt{
		Platform:       &p.platform,
		ResolveMode:    p.options.ImageResolveMode.String(),
		AsyncLocalOpts: func() []bk.LocalOption { return followPaths(c.Paths) },
	})
	if err != nil {
		return nil, err
	}
	if nc == nil {
		return nil, errors.New("the build is not called with it; add --build-context " + c.Name + "=…")
	}
	st, _, err := nc.Load(ctx)
	return st, err
}

// followPaths limits a local source to the given paths. Without paths, the client sends
// everything.
func followPaths(paths []string) []bk.LocalOption {
	if len(paths) == 0 {
		return nil
	}
	return []bk.LocalOption{bk.FollowPaths(paths)}
}

// resolveBase resolves the base. A named context with the base's name replaces the image.
// An image is pinned to the digest of the lock or, without a lock (locked is nil), to the
// digest that its tag has now.
func (p *parsed) resolveBase(ctx context.Context, locked *lock.Platform) (base, error) {
	at := p.file.Build.Base
	found, err := p.findBase(ctx, locked)
	if err != nil {
		return base{}, p.at(failure.Wrapf(err, "base %s for %s", at.Value, platforms.FormatAll(p.platform)), at.Range)
	}
	return found, nil
}

func (p *parsed) findBase(ctx context.Context, locked *lock.Platform) (base, error) {
	var dgst digest.Digest
	nc, err := p.options.NamedContext(p.file.Build.Base.Value, dockerui.ContextOpt{
		Platform:      &p.platform,
		ResolveMode:   p.options.ImageResolveMode.String(),
		CaptureDigest: &dgst,
	})
	if err != nil {
		return base{}, err
	}
	if nc == nil {
		return p.resolveImage(ctx, locked)
	}
	st, img, err := nc.Load(ctx)
	if err != nil {
		return base{}, err
	}
	if img == nil {
		// A folder or a repository has no platform of its own.
		*st = st.Platform(p.platform)
	}
	return base{state: *st, image: img, digest: dgst}, p.checkLockedBase(locked, dgst)
}

func (p *parsed) resolveImage(ctx context.Context, locked *lock.Platform) (base, error) {
	at := p.file.Build.Base
	named, err := reference.ParseNormalizedNamed(at.Value)
	if err != nil {
		return base{}, err
	}
	if named, err = p.pin(reference.TagNameOnly(named), locked); err != nil {
		return base{}, err
	}
	prefix := p.namePrefix()
	resolver := sourceresolver.NewImageMetaResolver(p.daemon.Client)
	ref, dgst, config, err := resolver.ResolveImageConfig(ctx, named.String(), sourceresolver.Opt{
		LogName: fmt.Sprintf("[%sinternal] load metadata for %s", prefix, at.Value),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &p.platform,
			ResolveMode: p.options.ImageResolveMode.String(),
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
		bk.Platform(p.platform),
		p.options.ImageResolveMode,
		bk.WithCustomNamef("[%s%s] %s", prefix, plan.KindBase, quote.Line(at.Value)),
		p.source.Location(llb.PBRanges(at.Range)),
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

// pin adds the digest of the lock to the base's name.
func (p *parsed) pin(named reference.Named, locked *lock.Platform) (reference.Named, error) {
	if locked == nil || locked.Digest == "" {
		return named, p.checkLockedBase(locked, "")
	}
	return reference.WithDigest(named, digest.Digest(locked.Digest))
}

// checkLockedBase compares the digest of a base from a build context with the locked
// digest.
func (p *parsed) checkLockedBase(locked *lock.Platform, got digest.Digest) error {
	if locked == nil || locked.Digest == got.String() {
		return nil
	}
	return p.failure().OtherBase(locked.Digest, got.String())
}
