package sbom

import (
	"cmp"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/lock"
)

// joiner finds the packages that files and modules belong to.
type joiner struct {
	os      OSRelease
	owners  apkdb.Owners
	locked  map[string]lock.File // by the architecture of the install, and the id
	sources []*Package           // what is built here, each in the folder of dirs; the project last
	dirs    []string
	project Package
	byID    map[string]*Package // all but the project
	copies  []copied
	// links has, for each binary, its packages with what was linked of each.
	links []map[*Package][]File
}

// copied is what the image has of a package as it is.
type copied struct {
	from  *Package
	paths []string
}

func newJoiner(b Build) *joiner {
	j := &joiner{os: b.OS, owners: apkdb.NewOwners(b.Installed), locked: map[string]lock.File{}, byID: map[string]*Package{}}
	for _, f := range b.Changed {
		j.owners.Forget(f)
	}
	for _, in := range b.Locked {
		for _, f := range in.Files {
			j.locked[in.Arch+" "+f.ID()] = f
		}
	}
	for _, s := range b.Sources {
		made := j.source(s, Fetched)
		if s.Dir != "" {
			j.sources, j.dirs = append(j.sources, made), append(j.dirs, path.Clean("/"+s.Dir))
		}
	}
	for _, c := range b.Copied {
		j.copies = append(j.copies, copied{j.source(c.Source, Elsewhere), c.Paths})
	}
	j.project = sourcePackage(b.Project, Project)
	j.sources, j.dirs = append(j.sources, &j.project), append(j.dirs, path.Clean("/"+b.Project.Dir))
	return j
}

// source is the package of a source. Of one that is built, files may be copied too.
func (j *joiner) source(s Source, kind Kind) *Package {
	p := sourcePackage(s, kind)
	return j.once(strings.Join([]string{p.Name, p.Version, p.Download, p.SHA256}, "\n"), func() Package { return p })
}

// link notes what a binary was linked of.
func (j *joiner) link(b Binary) {
	links := map[*Package][]File{}
	j.links = append(j.links, links)
	note := func(f File) {
		f.Path = path.Clean("/" + f.Path)
		p := j.of(f)
		if p.Kind == Project || p.Kind == Fetched {
			links[p] = nil
			return
		}
		links[p] = append(links[p], f)
		p.Files = append(p.Files, f)
	}
	for _, o := range b.Objects {
		note(File{Path: o})
	}
	for _, a := range b.Archives {
		if len(a.Members) > 0 { // or else it was looked into, and nothing taken
			note(a)
		}
	}
	for _, m := range b.Modules {
		links[j.once(m.Type+":"+m.Name+"@"+m.Version, func() Package { return modulePackage(m) })] = nil
	}
}

func (j *joiner) once(id string, make func() Package) *Package {
	p := j.byID[id]
	if p == nil {
		made := make()
		p = &made
		j.byID[id] = p
	}
	return p
}

// of is the package of a file.
func (j *joiner) of(f File) *Package {
	if owner, ok := j.owners.Of(f.Path); ok {
		return j.once(owner.ID(), func() Package { return j.installed(owner) })
	}
	return j.builtIn(f)
}

// temporary are the folders in which compilers and linkers keep files for a while, under
// names that are new each time.
var temporary = []string{"/tmp/", "/var/tmp/"}

// builtIn is what a file without an owner is of: the source with the innermost folder
// that it lies in. An archive that lies elsewhere may have come with the base.
func (j *joiner) builtIn(f File) *Package {
	best := -1
	for i, dir := range j.dirs {
		inside := strings.HasPrefix(f.Path, strings.TrimSuffix(dir, "/")+"/")
		if inside && (best < 0 || len(dir) > len(j.dirs[best])) {
			best = i
		}
	}
	kept := !slices.ContainsFunc(temporary, func(dir string) bool { return strings.HasPrefix(f.Path, dir) })
	switch {
	case best >= 0:
		return j.sources[best]
	case kept && (len(f.Members) > 0 || onlyFiles([]File{f}, compilerFiles)):
		return j.once(unowned, func() Package { return Package{Kind: Unowned, Name: unowned} })
	default:
		return &j.project
	}
}

const unowned = "files of no package"

// sorted gives the packages, each whole: all that is linked, and all sources.
func (j *joiner) sorted() []*Package {
	all := slices.Collect(maps.Values(j.byID))
	for _, p := range all {
		p.Files = merged(p.Files)
		if p.Kind != Library {
			continue
		}
		if onlyFiles(p.Files, compilerFiles) {
			p.Kind = Runtime
			p.Purl = "" // it would name the compiler
		}
		if fromGCC(p.Origin) && onlyFiles(p.Files, exceptedFiles) {
			p.Concluded = licence.Parse(gccRuntime)
		}
	}
	if slices.ContainsFunc(j.links, func(l map[*Package][]File) bool { _, ok := l[&j.project]; return ok }) {
		all = append(all, &j.project)
	}
	slices.SortFunc(all, func(a, b *Package) int { return compare(*a, *b) })
	return all
}

// merged sorts files and joins the members of those with one path.
func merged(files []File) []File {
	members := map[string][]string{}
	for _, f := range files {
		members[f.Path] = append(members[f.Path], f.Members...)
	}
	var out []File
	for name, m := range members {
		slices.Sort(m)
		out = append(out, File{Path: name, Members: slices.Compact(m)})
	}
	slices.SortFunc(out, func(a, b File) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

// lockedFile is the file that the lock has for a package. A lock names the architecture of
// packages that are not the base's own.
func (j *joiner) lockedFile(p apkdb.Package) lock.File {
	if f, ok := j.locked[p.Architecture+" "+p.ID()]; ok {
		return f
	}
	return j.locked[" "+p.ID()]
}

// installed describes a package of a root.
func (j *joiner) installed(p apkdb.Package) Package {
	locked := j.lockedFile(p)
	return Package{
		Kind: Library, Name: p.Name, Version: p.Version, Architecture: p.Architecture,
		Origin: p.Origin, Maintainer: p.Maintainer, URL: p.URL,
		Download: locked.URL, SHA256: locked.SHA256,
		Purl:     apkPurl(j.os, p),
		Declared: licence.Parse(p.License),
		apk:      p,
	}
}
