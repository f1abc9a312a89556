package spec

import "strings"

// target is a place of the image that something is copied to.
type target struct {
	path   string
	at     Range
	binary bool
}

// checkDestinations refuses copies that would overwrite each other.
func (d *decoder) checkDestinations(sf *Scratchfile) {
	var targets []target
	for _, b := range sf.Binaries {
		targets = append(targets, target{b.To.Value, b.Range, true})
	}
	for _, f := range sf.Files {
		targets = append(targets, target{f.To.Value, f.Range, false})
	}
	byPath := d.checkDuplicates(targets)
	for _, t := range targets {
		if parent, ok := binaryAbove(byPath, t.path); ok {
			d.add(t.at, "choose another destination", "%s lies below %s, which is the binary of line %d",
				t.path, parent.path, parent.at.Start.Line)
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
		d.add(second.at, `choose another destination with "to"`, "%s is the destination of line %d already",
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
