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
	// apkCacheDir is where apk keeps downloads if the folder exists.
	apkCacheDir = "/etc/apk/cache"
	// apkFilesDir has the package files that a step installs.
	apkFilesDir = "/.scratch-frontend/apks"
)

const (
	shell = "/bin/sh"
	// addScript deletes cached indexes first. apk uses an index for up to four hours, and
	// an index of any age if it can't fetch a new one (apk_cache_download in database.c
	// of apk-tools 2.14; is_index_stale and open_repository in that of 3.0). Neither
	// --update-cache nor --force-refresh prevents both. The file "installed" is an index
	// too, of packages that are in no repository.
	addScript = `rm -f ` + apkCacheDir + `/APKINDEX.* ` + apkCacheDir + `/installed; apk add --no-progress "$@" || ` + apktools.OnFailure
	// addLockedScript installs the files that follow its first argument. The first
	// argument lists the packages that the user asked for. apk pins each installed file
	// in its list of wanted packages (world). The script restores that list and then adds
	// the packages from the installed ones. So the root is the same as after an
	// installation from a repository.
	addLockedScript = `set -f; packages=$1; shift; wanted=$(cat /etc/apk/world) && ` + addOffline + ` "$@" && ` +
		`printf '%s\n' "$wanted" >/etc/apk/world && ` + addOffline + ` --quiet $packages || ` + apktools.OnFailure
	addOffline = "apk add --no-progress --no-cache --no-network --repositories-file /dev/null"
)

// packages returns the base with the packages that the compile needs, and with those of the
// tools for its binaries.
func (p *planner) packages() Ref {
	pkgs := p.sf.Build.Packages
	if len(pkgs) == 0 {
		return p.base()
	}
	return p.install(withTools(p.tools, p.written, values(pkgs), ranges(pkgs)))
}

// install adds packages to the base: the files of the lock or, without a lock, what the
// base's repositories have now. It sorts the names, since apk ignores their order.
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

// apkCache returns the cache of apk's downloads. Only one process may write to it at a
// time, because all apk processes use the same names for temporary files.
//
// All projects with the same base share it. That is safe: only the base's own apk writes
// to it, no command of a Scratchfile runs beside it, and apk checks the signatures of
// cached files with the keys of the base.
func (p *planner) apkCache() Mount {
	return Mount{At: apkCacheDir, Cache: &Cache{ID: p.cacheID("apk"), Sharing: Locked}}
}

// cacheID returns an id with the platform and the base in it, so that no machine or
// release gets what was made for another.
func (p *planner) cacheID(parts ...string) string {
	id := []string{"scratch-frontend", platforms.FormatAll(p.opt.Platform), p.sf.Build.Base.Value}
	if ns := p.opt.CacheNamespace; ns != "" {
		id = append([]string{ns}, id...)
	}
	return joinID(append(id, parts...)...)
}

// joinID joins the parts of an id. It escapes slashes in a part, so different parts
// always give different ids.
func joinID(parts ...string) string {
	escaped := make([]string, len(parts))
	for i, p := range parts {
		escaped[i] = url.PathEscape(p)
	}
	return strings.Join(escaped, "/")
}

// installLocked installs the files that the lock has for an addition. Each file is a step
// of its own: all downloads run at the same time, each is cached by its content and named
// in provenance, and a longer list downloads only the new files. apk installs the files
// without network and checks their signatures as usual.
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
		e.Mounts = append(e.Mounts, Mount{At: at, From: p.fetchLocked(f, in), ReadOnly: true, Unhashed: true})
	}
	return p.add(Step{Kind: KindPackages, Title: in.title(), Ranges: in.Ranges, Exec: e})
}

// fetchLocked downloads one file of the lock.
func (p *planner) fetchLocked(f lock.File, in Install) Ref {
	ref := p.once("apk "+f.URL, Step{
		Kind: KindPackages, Title: "fetch " + f.ID(), Ranges: in.Ranges,
		Source: &Source{HTTP: &HTTP{URL: f.URL, Filename: f.Filename(), SHA256: f.SHA256}},
	})
	ref.Path = path.Join("/", f.Filename())
	return ref
}
