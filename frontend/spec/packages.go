package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// packageFields are the keys of an item of build.packages. A string is the value of the
// first.
var packageFields = []field[Package]{
	{key: "name", doc: "the package, and a version if it must have one", form: setText(func(p *Package) *String { return &p.String }, packageConstraint),
		required: `write "name: …" with the name of the package`},
	{key: "for", doc: "where it goes in a build that compiles for another platform", form: as(oneName(sides...), func(d *decoder, v *value, p *Package) {
		if s, ok := d.text(v, oneOfNames("side", "write build or target", sides...)); ok {
			p.For = Side(s.Value)
		}
	})},
}

var sides = []string{string(ForBuild), string(ForTarget)}

// packages decodes build.packages. A package may be there once for each side.
func (d *decoder) packages(v *value) []Package {
	list := decodeList(d, v, func(item *value) (Package, bool) { return decodeShort(d, item, packageFields) })
	return unique(d, v.Path, list, func(p Package) String {
		name := PackageName(p.Value)
		if p.For != "" {
			name += " for " + string(p.For)
		}
		return String{Value: name, Range: p.Range}
	})
}

// side returns where a package goes: where the file says or, by its name, to the machine
// that uses such packages.
func (p Package) side() Side {
	switch {
	case p.For != "":
		return p.For
	case toolchain.IsForTarget(PackageName(p.Value)):
		return ForTarget
	}
	return ForBuild
}

// PackagesFor returns the packages of a side in a build that compiles for another platform.
// In any other build, all are for the machine of the build.
func (b Build) PackagesFor(side Side) []String {
	var out []String
	for _, p := range b.Packages {
		here := p.For == side
		if b.Cross == nil {
			here = side == ForBuild
		}
		if here && !slices.ContainsFunc(out, func(s String) bool { return s.Value == p.Value }) {
			out = append(out, p.String)
		}
	}
	return out
}

// packagePattern matches a constraint of apk: a name, or a virtual name such as pc:glib-2.0,
// and an optional version.
var packagePattern = pattern.Compile(`^((?:[a-z0-9.]+:)?[A-Za-z0-9][A-Za-z0-9._+-]*)(?:(?:=|<|>|<=|>=|~|~=|=~)[0-9][A-Za-z0-9._+-]*)?$`)

// packageConstraint is the rule for an item of build.packages.
func packageConstraint(s string) (string, *complaint) {
	switch {
	case packagePattern().MatchString(s):
		return s, nil
	case strings.HasPrefix(s, "!"):
		return "", complain("remove it", "%s asks for a conflict, not for a package", show(s))
	case strings.HasPrefix(s, "-"):
		return "", complain("write package names only", "%s is an option", show(s))
	case len(strings.Fields(s)) > 1:
		return "", complain("write one list item for each: ["+strings.Join(strings.Fields(s), ", ")+"]",
			"%s is not one package", show(s))
	}
	return "", complain("write name, name=version, name~version or name>=version", "%s is not an apk package", show(s))
}

// PackageName returns an item of build.packages without its version.
func PackageName(constraint string) string {
	if m := packagePattern().FindStringSubmatch(constraint); m != nil {
		return m[1]
	}
	return constraint
}
