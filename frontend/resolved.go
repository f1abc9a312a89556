package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/containerd/platforms"
	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerui"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// resolved is a plan with the base and the build contexts that it starts from.
type resolved struct {
	*planned
	base base
	// contexts are the build contexts by name. The main one has the empty name.
	contexts map[string]bk.State
	// images are the images besides the base, by their references, and digests are those of
	// them that have one.
	images  map[string]bk.State
	digests map[string]digest.Digest
}

// base is the image, or other root, that a build starts from or copies from.
type base struct {
	state bk.State
	// image is the configuration of the base; nil if the base is not an image.
	image *dockerspec.DockerOCIImage
	// digest is the digest of the base; empty if the base is not an image.
	digest digest.Digest
}

// resolve resolves the base, the images and the build contexts at the same time, since each
// one is a round trip to the daemon or, through it, to the client.
func (p *planned) resolve(ctx context.Context) (*resolved, error) {
	out := &resolved{planned: p, contexts: map[string]bk.State{}, images: map[string]bk.State{}, digests: map[string]digest.Digest{}}
	var mu sync.Mutex
	eg, ctx := errgroup.WithContext(ctx)
	if p.plan.NeedsBase() {
		eg.Go(func() (err error) {
			out.base, err = p.resolveBase(ctx, p.plan.Locked)
			return err
		})
	}
	for _, img := range p.plan.Images {
		eg.Go(func() error {
			found, err := p.resolveImage(ctx, img, p.plan.Locked)
			mu.Lock()
			defer mu.Unlock()
			out.images[img.Ref], out.digests[img.Ref] = found.state, found.digest
			return err
		})
	}
	for _, c := range p.plan.Contexts {
		eg.Go(func() error {
			st, err := p.resolveContext(ctx, c)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			out.contexts[c.Name] = *st
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
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

// wanted is an image of the Scratchfile.
type wanted struct {
	kind plan.Kind
	name string
	at   spec.Range
	// platform is that of the image.
	platform ocispecs.Platform
	// locked is the digest of the lock; nil without a lock. It points to an empty string
	// for something that has no digest.
	locked *string
}

// resolveBase resolves the base.
func (p *parsed) resolveBase(ctx context.Context, locked *lock.Platform) (base, error) {
	at := p.file.Build.Base
	w := wanted{kind: plan.KindBase, name: at.Value, at: at.Range, platform: p.runsOn()}
	if locked != nil {
		w.locked = &locked.Digest
	}
	found, err := p.find(ctx, w)
	return found, p.at(failure.Wrapf(err, "base %s for %s", at.Value, platforms.FormatAll(w.platform)), at.Range)
}

// resolveImage resolves an image besides the base.
func (p *parsed) resolveImage(ctx context.Context, img plan.Image, locked *lock.Platform) (base, error) {
	w := wanted{kind: plan.KindSource, name: img.Ref, at: img.Range, platform: p.platform}
	if locked != nil {
		w.locked = &locked.FindImage(img.Ref).Digest
	}
	found, err := p.find(ctx, w)
	return found, p.at(failure.Wrapf(err, "image %s for %s", img.Ref, platforms.FormatAll(p.platform)), img.Range)
}

// find resolves an image. A named context of its name replaces it. An image is pinned to
// the digest of the lock or, without a lock, to the digest that its tag has now.
func (p *parsed) find(ctx context.Context, w wanted) (base, error) {
	var dgst digest.Digest
	nc, err := p.options.NamedContext(w.name, dockerui.ContextOpt{
		Platform:      &w.platform,
		ResolveMode:   p.options.ImageResolveMode.String(),
		CaptureDigest: &dgst,
	})
	if err != nil {
		return base{}, err
	}
	if nc == nil {
		return p.pull(ctx, w)
	}
	st, img, err := nc.Load(ctx)
	if err != nil {
		return base{}, err
	}
	if img == nil {
		// A folder or a repository has no platform of its own.
		*st = st.Platform(w.platform)
	}
	return base{state: *st, image: img, digest: dgst}, p.checkLocked(w, dgst)
}

// pull resolves an image of a registry.
func (p *parsed) pull(ctx context.Context, w wanted) (base, error) {
	named, err := reference.ParseNormalizedNamed(w.name)
	if err != nil {
		return base{}, err
	}
	if named, err = p.pin(reference.TagNameOnly(named), w); err != nil {
		return base{}, err
	}
	prefix := p.namePrefix()
	resolver := sourceresolver.NewImageMetaResolver(p.daemon.Client)
	ref, dgst, config, err := resolver.ResolveImageConfig(ctx, named.String(), sourceresolver.Opt{
		LogName: fmt.Sprintf("[%sinternal] load metadata for %s", prefix, w.name),
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &w.platform,
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
		bk.Platform(w.platform),
		p.options.ImageResolveMode,
		bk.WithCustomNamef("[%s%s] %s", prefix, quote.Line(string(w.kind)), quote.Line(w.name)),
		p.shown.Location(llb.PBRanges(w.at)),
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

// pin adds the digest of the lock to the name of an image.
func (p *parsed) pin(named reference.Named, w wanted) (reference.Named, error) {
	if w.locked == nil || *w.locked == "" {
		return named, p.checkLocked(w, "")
	}
	return reference.WithDigest(named, digest.Digest(*w.locked))
}

// checkLocked compares the digest of an image from a build context with the locked digest.
func (p *parsed) checkLocked(w wanted, got digest.Digest) error {
	if w.locked == nil || *w.locked == got.String() {
		return nil
	}
	what := "the image " + w.name
	if w.kind == plan.KindBase {
		what = "the base"
	}
	return p.failure().OtherImage(what, *w.locked, got.String(), w.at)
}
