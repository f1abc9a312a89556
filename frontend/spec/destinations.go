package spec

import "strings"

// target is a place of the image that something is copied to.
type target struct {
	path   string
	at     Range
	binary bool
	fixed  bool // without a key that chooses the path
}

// checkDestinations refuses copies that would overwrite each other.
func (d *decoder) checkDestinations(sf *Scratchfile) {
	var targets []target
	for _, b := range sf.Binaries {
		targets = append(targets, target{path: b.To.Value, at: b.Range, binary: true})
	}
	for _, f := range sf.Files {
		targets = append(targets, target{path: f.To.Value, at: f.Range})
	}
	for _, i := range sf.Includes {
		for _, p := range i.Paths() {
			targets = append(targets, target{path: p, at: i.Range, fixed: true})
		}
	}
	byPath := d.checkDuplicates(targets)
	for _, t := range targets {
		if parent, ok := binaryAbove(byPath, t.path); ok {
			fix := "choose another destination"
			if t.fixed {
				fix = "choose another destination for the binary"
			}
			d.add(t.at, fix, "%s lies below %s, which is the binary of line %d",
				t.path, parent.path, parent.at.Start.Line)
		}
	}
}

// checkCaches refuses a binary in a cache, which is no part of what the build
// leaves.
func (d *decoder) checkCaches(sf *Scratchfile) {
	for _, b := range sf.Binaries {
		for _, c := range sf.Build.Cache {
			if IsUnder(b.From.Value, c.Path.Value) {
				d.add(b.From.Range, "copy it out of there at the end of build.run, and name the copy",
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
		if comparePositions(second.at.Start, first.at.Start) < 0 {
			first, second = second, first
		}
		fix := `choose another destination with "to"`
		if second.fixed {
			fix = "choose another destination there, or include it no more"
		}
		d.add(second.at, fix, "%s is the destination of line %d already",
			t.path, first.at.Start.Line)
	}
	return byPath
}

// binaryAbove returns the binary whose path is an ancestor of p.
func binaryAbove(byPath map[string]target, p string) (target, bool) {
	for i := strings.LastIndexByte(p, '/'); i > 0; i = strings.LastIndexByte(p[:i], '/') {
		if t := byPath[p[:i]]; t.binary {
			return t, true
		}
	}
	return target{}, false
}
