package plan

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const (
	// apkCacheDir is where apk keeps downloads if the directory exists.
	apkCacheDir = "/etc/apk/cache"
	// apkFilesDir is where a step finds the files that it installs.
	apkFilesDir = "/.scratch-frontend/apks"
)

const (
	shell = "/bin/sh"
	// addScript keeps no index: apk takes one that is up to four hours old for new, and
	// any for one that it can't fetch (apk_cache_download in database.c of apk-tools 2.14,
	// is_index_stale and open_repository in that of 3.0). Neither --update-cache nor
	// --force-refresh is an end to both. What apk calls "installed" is an index too, of
	// packages that no repository has.
	addScript = `rm -f ` + apkCacheDir + `/APKINDEX.* ` + apkCacheDir + `/installed; apk add --no-progress "$@" || ` + apktools.OnFailure
	// addLockedScript installs the files after its first argument, so that the root comes
	// to be what it is where the packages, which the first argument lists, are added from
	// a repository. apk pins each file in its list of what is wanted, so the list is put
	// back. Then the packages are added to it, from what is installed by now.
	addLockedScript = `set -f; packages=$1; shift; wanted=$(cat /etc/apk/world) && ` + addOffline + ` "$@" && ` +
		`printf '%s\n' "$wanted" >/etc/apk/world && ` + addOffline + ` --quiet $packages || ` + apktools.OnFailure
	addOffline = "apk add --no-progress --no-cache --no-network --repositories-file /dev/null"
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
		Args:    append([]string{shell, "-c", addScript, "apk"}, in.Packages...),
		Dir:     "/",
		Online:  true,
		Limited: true,
		Root:    p.base(),
		Mounts:  []Mount{p.apkCache()},
	}})
}

// apkCache is where apk keeps its downloads. apk writes a file under one name in all
// processes, so only one process may write at a time.
//
// All projects on one base use it. Only apk of that base writes to it, with no command of
// a Scratchfile beside it, and apk checks the signature of what it finds there with the
// keys of the base.
func (p *planner) apkCache() Mount {
	return Mount{At: apkCacheDir, Cache: &Cache{ID: p.cacheID("apk"), Sharing: Locked}}
}

// cacheID names the platform and the base: what was made for one machine or release is
// not offered to another.
func (p *planner) cacheID(parts ...string) string {
	id := []string{"scratch-frontend", platforms.FormatAll(p.opt.Platform), p.sf.Build.Base.Value}
	if ns := p.opt.CacheNamespace; ns != "" {
		id = append([]string{ns}, id...)
	}
	return joinID(append(id, parts...)...)
}

// joinID joins the parts of an id. A slash in a part is escaped: no part can be written
// so that two ids of different parts are the same.
func joinID(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	return strings.Join(escaped, "/")
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
		Args:    []string{shell, "-c", addLockedScript, "apk", strings.Join(in.Packages, " ")},
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
