package llb

import (
	"path"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sharedCache is a directory that persists between builds on one daemon and is the
// same for all projects. Its id names the base and the platform, so that objects
// compiled against one libc or for one machine are never offered to another. It is
// shared, not locked: parallel builds must not wait for each other, and both apk
// and compiler caches write by rename.
func (g *grapher) sharedCache(dir, purpose string) bk.RunOption {
	id := path.Join(
		g.opt.CacheNamespace,
		"scratch-frontend",
		platforms.FormatAll(g.opt.Platform),
		g.sf.Build.Base.Value,
		purpose,
	)
	return bk.AddMount(dir, bk.Scratch(), bk.AsPersistentCacheDir(id, bk.CacheMountShared))
}

// buildCache is a cache of the build step. Of what is in it only the project's own
// tools know if it is still good, so that no other project gets it, unless the
// cache is one that tells by itself.
func (g *grapher) buildCache(c spec.Cache) bk.RunOption {
	if c.Shared {
		return g.sharedCache(c.Path.Value, "shared"+c.Path.Value)
	}
	return g.sharedCache(c.Path.Value, path.Join("project", g.opt.Project, c.Path.Value))
}
