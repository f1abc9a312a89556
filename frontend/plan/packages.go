package plan

import (
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

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
)

// addScript returns the script that adds its arguments to a root. It deletes cached indexes
// first. apk uses an index for up to four hours, and an index of any age if it can't fetch a
// new one (apk_cache_download in database.c of apk-tools 2.14; is_index_stale and
// open_repository in that of 3.0). Neither --update-cache nor --force-refresh prevents both.
// The file "installed" is an index too, of packages that are in no repository.
func (in Install) addScript() string {
	cache := in.root() + apkCacheDir
	usual := in.root() + apktools.UsualCache
	return `[ ` + usual + ` -ef ` + cache + ` ] || rm -f ` + usual + `/*.apk; ` +
		`rm -f ` + cache + `/APKINDEX.* ` + cache + `/installed; apk add` + in.options() + ` --no-progress "$@" || ` + apktools.OnFailure
}

// addLockedScript returns the script that installs the files that follow its first
// argument. The first argument lists the packages that the user asked for. apk pins each
// installed file in its list of wanted packages (world). The script restores that list and
// then adds the packages from the installed ones. So the root is the same as after an
// installation from a repository.
func (in Install) addLockedScript() string {
	world := in.root() + `/etc/apk/world`
	offline := `apk add` + in.options() + ` --no-progress --no-cache --no-network --repositories-file /dev/null`
	return `rm -f ` + in.root() + apktools.UsualCache + `/*.apk; set -f; packages=$1; shift; wanted=$(cat ` + world + `) && ` + offline + ` "$@" && ` +
		`printf '%s\n' "$wanted" >` + world + ` && ` + offline + ` --quiet $packages || ` + apktools.OnFailure
}

// root returns the path of the root that packages are added to, without a slash at its end.
func (in Install) root() string {
	if in.Arch == "" {
		return ""
	}
	return sysrootDir
}

// options returns the options of apk for a root of another architecture.
func (in Install) options() string {
	if in.Arch == "" {
		return ""
	}
	return " --root " + in.root() + " --arch " + in.Arch + " --no-scripts"
}

// packages returns the base with the packages that run in the compile, or that a build for
// the base's platform compiles with, and with those of the tools for its binaries.
func (p *planner) packages() Ref {
	pkgs := p.sf.Build.PackagesFor(spec.ForBuild)
	if len(pkgs) == 0 {
		return p.base()
	}
	root := p.install(withTools(p.tools, p.written, values(pkgs), ranges(pkgs)))
	if c := p.sf.Build.Cross; c != nil && c.Compiler {
		root = p.compiler(root)
	}
	return root
}

// install adds packages to the base: the files of the lock or, without a lock, what the
// base's repositories have now.
func (p *planner) install(names []string, at []spec.Range) Ref {
	in := newInstall(names, at)
	if p.out.Locked != nil && len(p.out.Locked.Find(in.Packages, in.Arch).Files) == 0 {
		p.out.Installs = append(p.out.Installs, in)
		return p.base()
	}
	return p.add(p.installStep(in))
}

// newInstall sorts the names, since apk ignores their order.
func newInstall(names []string, at []spec.Range) Install {
	return Install{Packages: slices.Sorted(slices.Values(names)), Ranges: at}
}

// installStep returns the step that adds packages to a root.
func (p *planner) installStep(in Install) Step {
	p.out.Installs = append(p.out.Installs, in)
	e := &Exec{Dir: "/", Limited: true, Root: p.base()}
	if in.Arch != "" {
		e.Mounts = []Mount{{At: sysrootDir, From: p.emptySysroot(in.Arch)}}
	}
	if p.out.Locked != nil {
		p.addLocked(e, in, p.out.Locked.Find(in.Packages, in.Arch))
	} else {
		e.Args = append([]string{shell, "-c", in.addScript(), "apk"}, in.Packages...)
		e.Online = true
		e.Mounts = append(e.Mounts, p.apkCache(in))
	}
	return Step{Kind: KindPackages, Title: in.title(), Ranges: in.Ranges, Exec: e}
}

// apkCache returns the cache of apk's downloads. Only one process may write to it at a
// time, because all apk processes use the same names for temporary files.
//
// All projects with the same base share it. That is safe: only the base's own apk writes
// to it, no command of a Scratchfile runs beside it, and apk checks the signatures of
// cached files with the keys of the base.
func (p *planner) apkCache(in Install) Mount {
	platform := p.runsOn()
	if in.Arch != "" {
		platform = p.opt.Platform
	}
	return Mount{At: in.root() + apkCacheDir, Cache: &Cache{ID: p.cacheID(platform, "apk"), Sharing: Locked}}
}

// cacheID returns an id with the platform and the base in it, so that no machine or
// release gets what was made for another.
func (p *planner) cacheID(platform ocispecs.Platform, parts ...string) string {
	id := []string{"scratch-frontend", platforms.FormatAll(platform), p.sf.Build.Base.Value}
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

// addLocked makes a process install the files that the lock has for an addition. Each file is
// a step of its own: all downloads run at the same time, each is cached by its content and
// named in provenance, and a longer list downloads only the new files. apk installs the files
// without network and checks their signatures as usual.
func (p *planner) addLocked(e *Exec, in Install, locked *lock.Install) {
	e.Args = []string{shell, "-c", in.addLockedScript(), "apk", strings.Join(in.Packages, " ")}
	for _, f := range locked.Files {
		at := path.Join(apkFilesDir, f.Filename())
		e.Args = append(e.Args, at)
		e.Mounts = append(e.Mounts, Mount{At: at, From: p.fetchLocked(f, in), ReadOnly: true, Unhashed: true})
	}
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
