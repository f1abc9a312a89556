package plan

import (
	"path"
	"slices"

	"github.com/containerd/platforms"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const (
	// apkCacheDir is where apk keeps downloads if the directory exists.
	apkCacheDir = "/etc/apk/cache"
	// apkFilesDir is where a step finds the files that it installs.
	apkFilesDir = "/.scratch-frontend/apks"
)

// packages is the base with the packages that the compile needs.
func (p *planner) packages() Ref {
	pkgs := p.sf.Build.Packages
	if len(pkgs) == 0 {
		return p.base()
	}
	return p.install(values(pkgs), ranges(pkgs))
}

// install adds packages to the base: the files that the lock names, or else what the
// base's repositories have now. The list is sorted, since its order means nothing to
// apk.
func (p *planner) install(names []string, at []spec.Range) Ref {
	in := Install{Packages: slices.Sorted(slices.Values(names)), Ranges: at}
	p.out.Installs = append(p.out.Installs, in)
	if p.out.Locked != nil {
		return p.installLocked(in, p.out.Locked.Find(in.Packages))
	}
	return p.add(Step{Kind: KindPackages, Title: in.title(), Ranges: at, Exec: &Exec{
		Args:    append([]string{"apk", "add", "--no-progress"}, in.Packages...),
		Dir:     "/",
		Online:  true,
		Limited: true,
		Root:    p.base(),
		Mounts:  []Mount{p.apkCache()},
	}})
}

// apkCache is where apk keeps its downloads. apk writes a file under one name in all
// processes, so only one process may write at a time.
func (p *planner) apkCache() Mount {
	return Mount{At: apkCacheDir, Cache: &Cache{ID: p.cacheID("apk"), Sharing: Locked}}
}

// cacheID names the platform and the base: what was made for one machine or release is
// not offered to another. A base's name may come to mean another image; what is in a
// cache must stand that.
func (p *planner) cacheID(purpose string) string {
	return path.Join(
		p.opt.CacheNamespace,
		"scratch-frontend",
		platforms.FormatAll(p.opt.Platform),
		p.sf.Build.Base.Value,
		purpose,
	)
}

// installLocked installs the files that the lock has for a request. Each file is a step
// of its own: all are fetched at once, each is cached by its content and named in
// provenance, and a longer list fetches only what is new in it. apk installs them
// without network, and checks their signatures as ever.
func (p *planner) installLocked(in Install, locked *lock.Install) Ref {
	if len(locked.Files) == 0 {
		return p.base()
	}
	e := &Exec{
		Args:    []string{"apk", "add", "--no-progress", "--no-cache", "--no-network", "--repositories-file", "/dev/null"},
		Dir:     "/",
		Limited: true,
		Root:    p.base(),
	}
	for _, f := range locked.Files {
		at := path.Join(apkFilesDir, f.Filename())
		e.Args = append(e.Args, at)
		e.Mounts = append(e.Mounts, Mount{At: at, From: p.fetchLocked(f, in), ReadOnly: true})
	}
	return p.add(Step{Kind: KindPackages, Title: in.title(), Ranges: in.Ranges, Exec: e})
}

// fetchLocked gives the file itself.
func (p *planner) fetchLocked(f lock.File, in Install) Ref {
	ref := p.once("apk "+f.URL, Step{
		Kind: KindPackages, Title: "fetch " + f.ID(), Ranges: in.Ranges,
		Source: &Source{HTTP: &HTTP{URL: f.URL, Filename: f.Filename(), SHA256: f.SHA256}},
	})
	ref.Path = path.Join("/", f.Filename())
	return ref
}
