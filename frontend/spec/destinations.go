package spec

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// target is a path of the image that something goes to.
type target struct {
	path string
	at   Range
	// what describes a file or a link for people. It is empty if the target may be a
	// folder. Nothing may go below a file or a link.
	what string
	// fill is true for a folder that may get files from several lines.
	fill bool
	// link is true for a symbolic link, which may lead to a folder.
	link bool
	// fixed says how to remove a target whose path no key can change.
	fixed string
}

// targets lists the paths of the image that the Scratchfile names.
func targets(sf *Scratchfile) []target {
	var targets []target
	for _, b := range sf.Binaries {
		targets = append(targets, target{path: b.To.Value, at: b.Range, what: "the binary", fill: b.Into})
	}
	for _, f := range sf.Files {
		what := ""
		if f.Path.Value == "" {
			what = "the file"
		}
		targets = append(targets, target{path: f.To.Value, at: f.Range, what: what, fill: f.Into || f.To.Value == "/"})
	}
	for _, dir := range sf.Dirs {
		targets = append(targets, target{path: dir.Path.Value, at: dir.Range})
	}
	for _, l := range sf.Links {
		targets = append(targets, target{path: l.Path.Value, at: l.Range, what: "the link", link: true})
	}
	return append(targets, fixedTargets(sf)...)
}

// fixedTargets lists the paths of includes and users.
func fixedTargets(sf *Scratchfile) []target {
	var targets []target
	databases := false
	for _, i := range sf.Includes {
		what := "a file of the include"
		if i.IsFolder() {
			what = ""
		}
		for _, p := range i.Paths() {
			targets = append(targets, target{path: p, at: i.Range, what: what, fixed: "remove it from include"})
		}
		databases = databases || i.Name == IncludeNonroot
	}
	if len(sf.Users) > 0 && !databases {
		for _, p := range []string{PasswdFile, GroupFile} {
			targets = append(targets, target{path: p, at: sf.Users[0].Range, what: "a file of users", fixed: "remove users"})
		}
	}
	return targets
}

// checkDestinations refuses targets that would overwrite each other, and folders of the
// image's configuration at the path of a file.
func (d *decoder) checkDestinations(sf *Scratchfile) {
	targets := targets(sf)
	byPath := d.checkDuplicates(targets)
	for _, t := range targets {
		folder := t.path
		if !t.fill {
			folder = parent(t.path)
		}
		above, ok := fileAbove(byPath, folder)
		if !ok {
			continue
		}
		fix := "choose another destination"
		if t.fixed != "" {
			fix = fmt.Sprintf("choose another destination for %s, or %s", above.what, t.fixed)
		}
		if folder == above.path && t.fill {
			d.Add(t.at, fix, "%s is a folder here, and %s of line %d", t.path, above.what, above.at.Start.Line)
			continue
		}
		d.Add(t.at, fix, "%s lies below %s, which is %s of line %d", t.path, above.path, above.what, above.at.Start.Line)
	}
	d.checkFolder(byPath, "image.workdir", sf.Image.Workdir)
	holds := folders(sf.Binaries)
	for _, v := range sf.Image.Volumes {
		d.checkFolder(byPath, "image.volumes", v)
		if b, ok := holds[v.Value]; ok {
			hidden := b.To.Value + ", the binary"
			if b.Into {
				hidden = "the binaries"
			}
			d.Add(v.Range, "choose a folder without programs, or another destination for the binary",
				"image.volumes: what is mounted at %s hides %s of line %d", v.Value, hidden, b.Range.Start.Line)
		}
	}
}

// checkFolder refuses a folder of the image's configuration if a file is at its path or above
// it. The build checks the contents of copied folders.
func (d *decoder) checkFolder(byPath map[string]target, key string, dir String) {
	above, ok := fileAbove(byPath, dir.Value)
	switch {
	case !ok || above.link:
	case above.path == dir.Value:
		d.Add(dir.Range, "choose a folder", "%s: %s is %s of line %d", key, dir.Value, above.what, above.at.Start.Line)
	default:
		d.Add(dir.Range, "choose a folder", "%s: %s lies below %s, which is %s of line %d",
			key, dir.Value, above.path, above.what, above.at.Start.Line)
	}
}

// folders returns the folders that contain binaries, each with its first binary.
func folders(binaries []Binary) map[string]Binary {
	holds := map[string]Binary{}
	for _, b := range binaries {
		dir := b.To.Value
		if !b.Into {
			dir = parent(dir)
		}
		for ; dir != "/"; dir = parent(dir) {
			if _, ok := holds[dir]; ok {
				break // it and the folders above it are known
			}
			holds[dir] = b
		}
	}
	return holds
}

// checkCaches refuses binaries and files from a cache, because a cache is no part of the
// result of the build.
func (d *decoder) checkCaches(sf *Scratchfile) {
	for _, b := range sf.Binaries {
		d.checkCached(b.Place, sf.Build.Cache)
	}
	for _, f := range sf.Files {
		d.checkCached(f.Place, sf.Build.Cache)
	}
}

func (d *decoder) checkCached(p Place, caches []Cache) {
	if p.Build == nil {
		return
	}
	at := p.Path.Value
	if p.Pattern {
		at, _ = patternFolder(at)
	}
	for _, c := range caches {
		if IsUnder(at, c.Path.Value) {
			d.Add(p.Path.Range, "copy it out of there at the end of build.run, and name the copy",
				"%s is in the cache %s, which is no part of the result of the build", p.Path.Value, c.Path.Value)
		}
	}
}

// checkDuplicates reports targets with the same path, at the line of the second one. It
// returns the targets by their paths.
func (d *decoder) checkDuplicates(targets []target) map[string]target {
	byPath := make(map[string]target)
	for _, t := range targets {
		first, ok := byPath[t.path]
		if t.fill {
			continue
		}
		if !ok {
			byPath[t.path] = t
			continue
		}
		second := t
		if yamlfile.ComparePositions(second.at.Start, first.at.Start) < 0 {
			first, second = second, first
		}
		fix := elsewhere
		if second.fixed != "" {
			fix = "choose another destination there, or " + second.fixed
		}
		d.Add(second.at, fix, "%s is the destination of line %d already",
			t.path, first.at.Start.Line)
	}
	return byPath
}

// fileAbove returns the file or link at a path or above it.
func fileAbove(byPath map[string]target, p string) (target, bool) {
	for ; p != "/"; p = parent(p) {
		if t := byPath[p]; t.what != "" {
			return t, true
		}
	}
	return target{}, false
}

// parent returns the folder of a clean, absolute path.
func parent(p string) string {
	if i := strings.LastIndexByte(p, '/'); i > 0 {
		return p[:i]
	}
	return "/"
}
