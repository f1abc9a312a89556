package frontend

import (
	"context"
	"errors"
	"maps"
	"slices"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// mainContext is the build context, cut down to what the Scratchfile names.
func (b *platformBuilder) mainContext(ctx context.Context) (*bk.State, error) {
	return b.MainContext(ctx, follow(llb.ContextPaths(b.sf))...)
}

// namedContexts are the other contexts that the Scratchfile names, each cut down
// likewise.
func (b *platformBuilder) namedContexts(ctx context.Context) (map[string]bk.State, error) {
	paths := llb.NamedContexts(b.sf)
	names := slices.Sorted(maps.Keys(paths))
	states := make([]*bk.State, len(names))
	eg, ctx := errgroup.WithContext(ctx)
	for i, name := range names {
		eg.Go(func() (err error) {
			states[i], err = b.namedContext(ctx, name, paths[name])
			return b.atContext(explain(err, "build context %s", name), name)
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	out := map[string]bk.State{}
	for i, name := range names {
		out[name] = *states[i]
	}
	return out, nil
}

func (b *platformBuilder) namedContext(ctx context.Context, name string, paths []string) (*bk.State, error) {
	nc, err := b.NamedContext(name, dockerui.ContextOpt{
		Platform:       &b.platform,
		ResolveMode:    b.ImageResolveMode.String(),
		AsyncLocalOpts: func() []bk.LocalOption { return follow(paths) },
	})
	if err != nil {
		return nil, err
	}
	if nc == nil {
		return nil, errors.New("the build is not called with it; add --build-context " + name + "=…")
	}
	st, _, err := nc.Load(ctx)
	return st, err
}

// atContext ties an error to the lines that name a context.
func (b *platformBuilder) atContext(err error, name string) error {
	var at []spec.Range
	for _, s := range b.sf.Build.Sources {
		if s.Context != nil && s.Context.Name.Value == name {
			at = append(at, s.Range)
		}
	}
	for _, f := range b.sf.Files {
		if f.Context.Value == name {
			at = append(at, f.Range)
		}
	}
	return b.at(err, at...)
}

// follow has only the given paths sent; nil means all.
func follow(paths []string) []bk.LocalOption {
	if paths == nil {
		return nil
	}
	return []bk.LocalOption{bk.FollowPaths(paths)}
}
