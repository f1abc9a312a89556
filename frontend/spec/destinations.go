package spec

import (
	"path"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// target is a place of the image that something is copied to.
type target struct {
	path  string
	at    Range
	what  string // for people, of what is known to be a file: nothing may go below it
	fixed bool   // without a key that chooses the path
}

// targets are the places of the image that are known from the Scratchfile.
func targets(sf *Scratchfile) []target {
	var targets []target
	for _, b := range sf.Binaries {
		targets = append(targets, target{path: b.To.Value, at: b.Range, what: "the binary"})
	}
	for _, f := range sf.Files {
		targets = append(targets, target{path: f.To.Value, at: f.Range})
	}
	for _, i := range sf.Includes {
		what := "a file of the include"
		if i.IsFolder() {
			what = ""
		}
		for _, p := range i.Paths() {
			targets = append(targets, target{path: p, at: i.Range, what: what, fixed: true})
		}
	}
	return targets
}

// checkDestinations refuses copies that would overwrite each other, and folders of
// the image's configuration where a file is.
func (d *decoder) checkDestinations(sf *Scratchfile) {
	targets := targets(sf)
	byPath := d.checkDuplicates(targets)
	for _, t := range targets {
		above, ok := fileAbove(byPath, path.Dir(t.path))
		if !ok {
			continue
		}
		fix := "choose another destination"
		if t.fixed {
			fix = "choose another destination for the binary"
		}
		d.Add(t.at, fix, "%s lies below %s, which is %s of line %d", t.path, above.path, above.what, above.at.Start.Line)
	}
	d.checkFolder(byPath, "image.workdir", sf.Image.Workdir)
	holds := folders(sf.Binaries)
	for _, v := range sf.Image.Volumes {
		d.checkFolder(byPath, "image.volumes", v)
		if b, ok := holds[v.Value]; ok {
			d.Add(v.Range, "choose a folder without programs, or another destination for the binary",
				"image.volumes: what is mounted at %s hides %s, the binary of line %d", v.Value, b.To.Value, b.Range.Start.Line)
		}
	}
}

// checkFolder refuses a folder of the image's configuration that is a file or lies
// below one. What is in folders is looked at in the build.
func (d *decoder) checkFolder(byPath map[string]target, key string, dir String) {
	above, ok := fileAbove(byPath, dir.Value)
	switch {
	case !ok:
	case above.path == dir.Value:
		d.Add(dir.Range, "choose a folder", "%s: %s is %s of line %d", key, dir.Value, above.what, above.at.Start.Line)
	default:
		d.Add(dir.Range, "choose a folder", "%s: %s lies below %s, which is %s of line %d",
			key, dir.Value, above.path, above.what, above.at.Start.Line)
	}
}

// folders are those that hold binaries, each with the first one.
func folders(binaries []Binary) map[string]Binary {
	holds := map[string]Binary{}
	for _, b := range binaries {
		for dir := path.Dir(b.To.Value); dir != "/" && dir != "."; dir = path.Dir(dir) {
			if _, ok := holds[dir]; ok {
				break // and so are those above it
			}
			holds[dir] = b
		}
	}
	return holds
}

// checkCaches refuses a binary in a cache, which is no part of what the build
// leaves.
func (d *decoder) checkCaches(sf *Scratchfile) {
	for _, b := range sf.Binaries {
		for _, c := range sf.Build.Cache {
			if IsUnder(b.From.Value, c.Path.Value) {
				d.Add(b.From.Range, "copy it out of there at the end of build.run, and name the copy",
					"%s is in the cache %s, which is no part of the result of the build", b.From.Value, c.Path.Value)
			}
		}
	}
}

// checkDuplicates reports targets with the same path, at the one further down in
// the file, and returns the targets by path.
func (d *decoder) checkDuplicates(targets []target) map[string]target {
	byPath := make(map[string]target)
	for _, t := range targets {
		first, ok := byPath[t.path]
		if !ok {
			byPath[t.path] = t
			continue
		}
		second := t
		if yamlfile.ComparePositions(second.at.Start, first.at.Start) < 0 {
			first, second = second, first
		}
		fix := elsewhere
		if second.fixed {
			fix = "choose another destination there, or include it no more"
		}
		d.Add(second.at, fix, "%s is the destination of line %d already",
			t.path, first.at.Start.Line)
	}
	return byPath
}

// fileAbove returns what is known to be a file at a path or above it.
func fileAbove(byPath map[string]target, p string) (target, bool) {
	for ; p != "/" && p != "."; p = path.Dir(p) {
		if t := byPath[p]; t.what != "" {
			return t, true
		}
	}
	return target{}, false
}
