package apkdb

import (
	"path"
	"strings"
)

// Owners says which package a file of a root came with.
type Owners map[string]Package

// NewOwners makes it of the packages of a root's database.
func NewOwners(packages []Package) Owners {
	out := Owners{}
	for _, p := range packages {
		for _, f := range p.Files {
			out[f] = p
		}
	}
	return out
}

// Of is the package that put a file there. A root may have one of /lib and /usr/lib
// as a link to the other; then a package may name either.
func (o Owners) Of(file string) (Package, bool) {
	file = strings.TrimPrefix(path.Clean("/"+file), "/")
	if p, ok := o[file]; ok {
		return p, true
	}
	other, merged := strings.CutPrefix(file, "usr/")
	if !merged {
		other = "usr/" + file
	}
	p, ok := o[other]
	return p, ok
}
