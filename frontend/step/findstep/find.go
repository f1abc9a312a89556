package findstep

import (
	"cmp"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/missing"
)

// world is what is known of packages.
type world struct {
	installed, available []apkdb.Package
	// files returns the files of an available package.
	files func(apkdb.Package) ([]string, error)
}

// find returns where a need is. It is false if nothing is known, and also if the need is
// where it belongs: then something else is wrong.
func (w *world) find(n missing.Need) (Answer, bool) {
	switch n.Kind {
	case missing.Library:
		return w.findLibrary(n)
	case missing.Header:
		return w.findHeader(n)
	case missing.CMake:
		return w.findDev(n, func(file string) bool { return isCMakeFile(file, n.Name) })
	case missing.Module:
		return w.findProvider("pc:"+n.Name, n)
	case missing.Command:
		return w.findProvider("cmd:"+n.Name, n)
	}
	return Answer{}, false
}

// findLibrary finds the archive of a library. If no package has it, and one has the shared
// library, there is none.
func (w *world) findLibrary(n missing.Need) (Answer, bool) {
	isArchive := func(file string) bool { return path.Base(file) == n.Archive() }
	if a, ok := w.findInstalled(isArchive); ok {
		return a, a.Folder != "/usr/lib" && a.Folder != "/lib"
	}
	shared := func(name string) bool {
		rest, ok := strings.CutPrefix(name, "so:lib"+n.Name+".so")
		return ok && (rest == "" || rest[0] == '.')
	}
	packages, sure := w.candidates(n, shared, "-static", "-dev")
	a, ok := w.look(packages, isArchive)
	if ok {
		return a, !a.Guess || sure(a.Add[0])
	}
	for _, p := range append(slices.Clone(w.installed), w.available...) {
		if slices.ContainsFunc(p.Provides, func(s string) bool { return shared(nameOf(s)) }) {
			return Answer{Shared: p.Name}, true
		}
	}
	return Answer{}, false
}

// findHeader finds a header.
func (w *world) findHeader(n missing.Need) (Answer, bool) {
	isHeader := func(file string) bool {
		folder, ok := strings.CutSuffix("/"+file, "/"+n.Name)
		return ok && strings.Contains(folder+"/", "/include/") && !strings.HasPrefix(file, "usr/lib/gcc/")
	}
	for _, p := range w.installed {
		i := slices.IndexFunc(p.Files, isHeader)
		if i < 0 {
			continue
		}
		folder := strings.TrimSuffix("/"+p.Files[i], "/"+n.Name)
		return Answer{Owner: p.Name, Folder: folder, Module: moduleOf(p, folder)}, folder != "/usr/include"
	}
	return w.findDev(n, isHeader)
}

// moduleOf returns the module of pkg-config that a package has for a folder: that of its
// name, or the only one.
func moduleOf(p apkdb.Package, folder string) string {
	var modules []string
	for _, s := range p.Provides {
		if m, ok := strings.CutPrefix(nameOf(s), "pc:"); ok {
			modules = append(modules, m)
		}
	}
	if name := path.Base(folder); slices.Contains(modules, name) {
		return name
	}
	if len(modules) == 1 {
		return modules[0]
	}
	return ""
}

// findDev finds a file of a package to compile with. The packages for a static link come
// with it: who compiles with it, links with it next.
func (w *world) findDev(n missing.Need, is func(file string) bool) (Answer, bool) {
	if _, ok := w.findInstalled(is); ok {
		return Answer{}, false
	}
	packages, sure := w.candidates(n, nil, "-dev")
	a, ok := w.look(packages, is)
	if !ok || a.Guess && !sure(a.Add[0]) {
		return Answer{}, false
	}
	return w.withStatic(a), true
}

// findProvider finds the package that provides a name.
func (w *world) findProvider(name string, n missing.Need) (Answer, bool) {
	provides := func(p apkdb.Package) bool {
		return slices.ContainsFunc(p.Provides, func(s string) bool { return nameOf(s) == name })
	}
	if slices.ContainsFunc(w.installed, provides) {
		return Answer{}, false
	}
	var found []apkdb.Package
	for _, p := range w.available {
		if provides(p) {
			found = append(found, p)
		}
	}
	for _, name := range n.Known() {
		if w.index(name) >= 0 {
			return Answer{Add: []string{name}}, true
		}
	}
	if len(found) == 0 {
		return Answer{}, false
	}
	best := slices.MinFunc(found, func(a, b apkdb.Package) int {
		return cmp.Or(rank(a, n)-rank(b, n), len(a.Name)-len(b.Name), cmp.Compare(a.Name, b.Name))
	})
	a := Answer{Add: []string{best.Name}}
	if n.Kind == missing.Module {
		a = w.withStatic(a)
	}
	return a, true
}

// rank is lower for the package that is more likely meant.
func rank(p apkdb.Package, n missing.Need) int {
	if p.Name == n.Name || p.Name == n.Name+"-dev" {
		return 0
	}
	return 1
}

// findInstalled finds a file of an installed package.
func (w *world) findInstalled(is func(file string) bool) (Answer, bool) {
	for _, p := range w.installed {
		if i := slices.IndexFunc(p.Files, is); i >= 0 {
			return Answer{Owner: p.Name, Folder: path.Dir("/" + p.Files[i])}, true
		}
	}
	return Answer{}, false
}

// candidates returns the available packages that may have a need, those that are known to
// have it first. sure reports whether one is more than a name that fits: the table has it, or
// it is of the source package that provides the need's shared library or module.
func (w *world) candidates(n missing.Need, shared func(name string) bool, suffixes ...string) (out []apkdb.Package, sure func(name string) bool) {
	known := map[string]bool{}
	add := func(p apkdb.Package) {
		if !slices.ContainsFunc(out, func(q apkdb.Package) bool { return q.Name == p.Name }) {
			out = append(out, p)
		}
	}
	for _, name := range n.Known() {
		known[name] = true
		if i := w.index(name); i >= 0 {
			add(w.available[i])
		}
	}
	origins := w.origins(n, shared)
	for _, suffix := range suffixes {
		for _, p := range w.available {
			if strings.HasSuffix(p.Name, suffix) && slices.Contains(origins, p.Origin) {
				known[p.Name] = true
				add(p)
			}
		}
	}
	for _, name := range n.Candidates() {
		if i := w.index(name); i >= 0 {
			add(w.available[i])
		}
	}
	out = slices.DeleteFunc(out, func(p apkdb.Package) bool {
		return slices.ContainsFunc(w.installed, func(q apkdb.Package) bool { return q.Name == p.Name })
	})
	return out, func(name string) bool { return known[name] }
}

// origins returns the source packages whose packages provide a need's shared library or
// module.
func (w *world) origins(n missing.Need, shared func(name string) bool) []string {
	var names, out []string
	for _, m := range n.Modules() {
		names = append(names, "pc:"+m)
	}
	for _, p := range w.available {
		if p.Origin != "" && slices.ContainsFunc(p.Provides, func(s string) bool {
			return slices.Contains(names, nameOf(s)) || shared != nil && shared(nameOf(s))
		}) {
			out = append(out, p.Origin)
		}
	}
	return out
}

// look returns the first package that has a file. If none has, and into some it could not
// look, the first of these is a guess.
func (w *world) look(packages []apkdb.Package, is func(file string) bool) (Answer, bool) {
	guess := ""
	for _, p := range packages {
		files, err := w.files(p)
		switch {
		case err != nil:
			guess = cmp.Or(guess, p.Name)
		case slices.ContainsFunc(files, is):
			return Answer{Add: []string{p.Name}}, true
		}
	}
	return Answer{Add: []string{guess}, Guess: true}, guess != ""
}

// withStatic adds the packages for a static link of the same source package: there may be
// one for each of its libraries, and then none is added.
func (w *world) withStatic(a Answer) Answer {
	i := w.index(a.Add[0])
	var static []string
	for _, p := range w.available {
		if i >= 0 && p.Origin != "" && p.Origin == w.available[i].Origin && strings.HasSuffix(p.Name, "-static") && !slices.Contains(static, p.Name) {
			static = append(static, p.Name)
		}
	}
	if len(static) == 1 && !slices.ContainsFunc(w.installed, func(p apkdb.Package) bool { return p.Name == static[0] }) {
		a.Add = append(a.Add, static[0])
	}
	return a
}

// index returns the place of a package among the available ones, or -1.
func (w *world) index(name string) int {
	return slices.IndexFunc(w.available, func(p apkdb.Package) bool { return p.Name == name })
}

// nameOf returns what a package provides without its version.
func nameOf(provided string) string {
	if i := strings.IndexAny(provided, "=<>~"); i >= 0 {
		return provided[:i]
	}
	return provided
}

// isCMakeFile reports whether CMake finds a package by a file.
func isCMakeFile(file, name string) bool {
	base, name := strings.ToLower(path.Base(file)), strings.ToLower(name)
	return base == name+"config.cmake" || base == name+"-config.cmake"
}
