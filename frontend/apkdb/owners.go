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
	p, ok := o[o.name(file)]
	return p, ok
}

// Sum is the checksum of a file as its package has put it there, as apk writes it; empty
// if it is not known.
func (o Owners) Sum(file string) string {
	name := o.name(file)
	return o[name].Sums[name]
}

// Forget makes a file one that no package has put there.
func (o Owners) Forget(file string) { delete(o, o.name(file)) }

// name is the path by which a package names a file.
func (o Owners) name(file string) string {
	file = strings.TrimPrefix(path.Clean("/"+file), "/")
	if _, ok := o[file]; ok {
		return file
	}
	if other, merged := strings.CutPrefix(file, "usr/"); merged {
		return other
	}
	return "usr/" + file
}
