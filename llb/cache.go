package llb

import (
	"path"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkCache is where apk keeps its downloads. apk gives a file that it writes one
// name in all processes, so that only one of them may write at a time.
func (g *grapher) apkCache() bk.RunOption {
	return g.cache(apkCacheDir, "apk", bk.CacheMountLocked)
}

// cache is a directory that persists between builds on one daemon. Its id names the
// platform and the base, so that what was made for one machine or one release is not
// offered to another. The name of a base may come to mean another image; what is in
// a cache must stand that.
func (g *grapher) cache(dir, purpose string, sharing bk.CacheMountSharingMode) bk.RunOption {
	id := path.Join(
		g.opt.CacheNamespace,
		"scratch-frontend",
		platforms.FormatAll(g.opt.Platform),
		g.sf.Build.Base.Value,
		purpose,
	)
	return bk.AddMount(dir, bk.Scratch(), bk.AsPersistentCacheDir(id, sharing))
}

// buildCache is a cache of the build step. Of what is in it only the project's own
// tools know if it is still good, so that no other project gets it, unless the
// cache is one that tells by itself. It is shared, not locked: parallel builds must
// not wait for each other, and compiler caches write by rename. One that goes by
// times is private: a build that runs beside another gets a folder of its own, since
// what the other one writes is younger than its sources too.
func (g *grapher) buildCache(c spec.Cache) bk.RunOption {
	purpose, sharing := path.Join("project", g.opt.Project, c.Path.Value), bk.CacheMountShared
	if c.Shared {
		purpose = "shared" + c.Path.Value
	}
	if c.ByTime {
		sharing = bk.CacheMountPrivate
	}
	return g.cache(c.Path.Value, purpose, sharing)
}
