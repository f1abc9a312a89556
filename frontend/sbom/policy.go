package sbom

import "github.com/rene2/scratch-frontend/frontend/licence"

// Refusal is a package that a policy refuses.
type Refusal struct {
	Package Package
	// File is an archive or object of the package that was linked, empty if none is
	// known.
	File string
	// Terms are those of the package's licence that are refused. It has none if
	// the package says nothing of its licence.
	Terms []string
	// Patterns are those of Policy.Deny that refuse the terms. It has none if Allow lacks
	// them.
	Patterns []string
}

// CheckLicences gives what a policy refuses, in the order of packages. The project's own
// code is not held against it, nor is what is copied and not linked.
func CheckLicences(p licence.Policy, packages []Package) []Refusal {
	var out []Refusal
	for _, pkg := range packages {
		if pkg.Kind == Project || pkg.Kind == Elsewhere || p.Excepts(pkg.Name) || p.Excepts(pkg.Origin) {
			continue
		}
		terms, patterns, ok := p.Refuses(pkg.Licence())
		if ok {
			continue
		}
		r := Refusal{Package: pkg, Terms: terms, Patterns: patterns}
		if len(pkg.Files) > 0 {
			r.File = pkg.Files[0].Path
		}
		out = append(out, r)
	}
	return out
}
