package llb

import (
	"path"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
)

// cacheMount is a directory that persists between builds on one daemon. Its id
// names the base and the platform, so that objects compiled against one libc or
// for one machine are never offered to another. It is shared, not locked:
// parallel builds must not wait for each other, and both apk and compiler caches
// write by rename.
func (g *grapher) cacheMount(dir, purpose string) bk.RunOption {
	id := path.Join(
		g.opt.CacheNamespace,
		"scratch-frontend",
		platforms.FormatAll(g.opt.Platform),
		g.sf.Build.Base.Value,
		purpose,
	)
	return bk.AddMount(dir, bk.Scratch(), bk.AsPersistentCacheDir(id, bk.CacheMountShared))
}
