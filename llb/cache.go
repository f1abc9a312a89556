package llb

import (
	"net/url"
	"strings"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// apkCache is where apk keeps its downloads. apk gives a file that it writes one
// name in all processes, so that only one of them may write at a time.
//
// All projects on one base use it. Only apk of that very base writes to it, with no
// command of a Scratchfile beside it, and apk checks the signature of what it finds
// there with the keys of the base.
func (g *grapher) apkCache() bk.RunOption {
	return g.cache(apkCacheDir, cacheID("apk"), bk.CacheMountLocked)
}

// buildCache is a cache of the build step. A command can write to it what it likes,
// and what it wrote is in the program of a later build. So it is the project's own,
// unless the Scratchfile gives a name to share it by. It is shared by the builds of the
// project, not locked: parallel builds must not wait for each other, and compiler
// caches write by rename. One that goes by times is private: a build that runs beside
// another gets a folder of its own, since what the other one writes is younger than its
// sources too.
func (g *grapher) buildCache(c spec.Cache) bk.RunOption {
	id, sharing := cacheID("project", g.opt.Project, c.Path.Value), bk.CacheMountShared
	if name := c.Share.Value; name != "" {
		id = cacheID("shared", name, c.Path.Value)
	}
	if c.ByTime {
		sharing = bk.CacheMountPrivate
	}
	return g.cache(c.Path.Value, id, sharing)
}

// cache is a directory that persists between builds on one daemon. Its id names the
// platform and the base, so that what was made for one machine or one release is not
// offered to another. A base is told by its digest too, since its name may come to mean
// another image. A base that is no image has none.
func (g *grapher) cache(dir, id string, sharing bk.CacheMountSharingMode) bk.RunOption {
	id = cacheID("scratch-frontend", platforms.FormatAll(g.opt.Platform), g.sf.Build.Base.Value, g.opt.BaseDigest.String()) + "/" + id
	if ns := g.opt.CacheNamespace; ns != "" {
		id = cacheID(ns) + "/" + id
	}
	return bk.AddMount(dir, bk.Scratch(), bk.AsPersistentCacheDir(id, sharing))
}

// cacheID joins the parts of an id. A slash in a part is escaped: no part can be
// written so that two ids of different parts are the same.
func cacheID(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	return strings.Join(escaped, "/")
}
