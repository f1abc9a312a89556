package sbom

import (
	"slices"
	"strings"

	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/github/go-spdx/v2/spdxexp/spdxlicenses"
)

// Policy says which licences may be linked.
//
// Allow and Deny have SPDX identifiers, in which * stands for any characters: GPL-*.
// One that names no exception means the licence with any exception too. An empty Allow
// allows all. Exceptions are names of packages, or of their origins, that may be linked
// whatever their licence is.
//
// The GCC runtime library exception lets a program have any licence. So a licence with
// it is allowed, unless Deny names the exception: "GPL-* WITH GCC-exception-*".
type Policy struct {
	Allow      []string `json:"allow,omitempty"`
	Deny       []string `json:"deny,omitempty"`
	Exceptions []string `json:"exceptions,omitempty"`
}

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
// code is not held against it.
func CheckLicences(p Policy, packages []Package) []Refusal {
	var out []Refusal
	for _, pkg := range packages {
		if pkg.Kind == Project || p.excepts(pkg) {
			continue
		}
		licence := pkg.Licence()
		r := Refusal{Package: pkg}
		if len(pkg.Files) > 0 {
			r.File = pkg.Files[0].Path
		}
		if licence.expression == nil {
			if len(p.Allow) > 0 {
				out = append(out, r)
			}
			continue
		}
		for _, t := range licence.expression.unmet(p.permits) {
			if !slices.Contains(r.Terms, t.String()) {
				r.Terms = append(r.Terms, t.String())
			}
			if by := p.deniedBy(t); by != "" && !slices.Contains(r.Patterns, by) {
				r.Patterns = append(r.Patterns, by)
			}
		}
		if len(r.Terms) > 0 {
			out = append(out, r)
		}
	}
	return out
}

// Excepts reports whether a policy has an exception of a name.
func (p Policy) Excepts(name string) bool {
	return name != "" && slices.ContainsFunc(p.Exceptions, func(pattern string) bool { return matches(pattern, name) })
}

func (p Policy) excepts(pkg Package) bool { return p.Excepts(pkg.Name) || p.Excepts(pkg.Origin) }

// permits reports whether a policy lets a licence be linked.
func (p Policy) permits(t term) bool {
	return p.deniedBy(t) == "" &&
		(len(p.Allow) == 0 || t.isRuntime() || slices.ContainsFunc(p.Allow, func(pattern string) bool { return means(pattern, t) }))
}

// deniedBy is the first pattern that refuses a licence; empty if none does.
func (p Policy) deniedBy(t term) string {
	for _, pattern := range p.Deny {
		if _, names := cutException(pattern); (names || !t.isRuntime()) && means(pattern, t) {
			return pattern
		}
	}
	return ""
}

// isRuntime reports whether a licence has the GCC runtime library exception.
func (t term) isRuntime() bool { return strings.HasPrefix(t.exception, "GCC-exception-") }

// Unknown gives the patterns of a policy that mean no licence of SPDX's list: mostly
// misspelt ones, which would allow or deny nothing.
func (p Policy) Unknown() []string {
	lists := slices.Concat(spdxlicenses.GetLicenses(), spdxlicenses.GetDeprecated())
	var out []string
	for _, pattern := range slices.Concat(p.Allow, p.Deny) {
		id, named := cutException(pattern)
		known := strings.HasPrefix(id, refPrefix) ||
			slices.ContainsFunc(lists, func(l string) bool { return means(id, term{id: l}) })
		if _, exception, _ := strings.Cut(pattern, withOperator); named {
			known = known && slices.ContainsFunc(spdxlicenses.GetExceptions(), func(e string) bool { return matches(exception, e) })
		}
		if !known {
			out = append(out, pattern)
		}
	}
	return out
}

const withOperator = " WITH "

// cutException gives a pattern without its exception, and whether it has one.
func cutException(pattern string) (string, bool) {
	id, _, found := strings.Cut(pattern, withOperator)
	return id, found
}

// means reports whether a pattern of a policy is for a licence.
func means(pattern string, t term) bool {
	id, exception, named := strings.Cut(pattern, withOperator)
	if named && !matches(exception, t.exception) {
		return false
	}
	return matches(current(id), current(t.id)) || matches(id, t.id)
}

// matches is for names in which * stands for any characters. Names in SPDX's list are
// equal whatever the case of their letters.
func matches(pattern, name string) bool {
	parts := strings.Split(strings.ToLower(pattern), "*")
	rest, ok := strings.CutPrefix(strings.ToLower(name), parts[0])
	if !ok || len(parts) == 1 {
		return ok && rest == ""
	}
	last := len(parts) - 1
	for _, part := range parts[1:last] {
		i := strings.Index(rest, part)
		if i < 0 {
			return false
		}
		rest = rest[i+len(part):]
	}
	return strings.HasSuffix(rest, parts[last])
}

// current is the name that a licence has now: GPL-2.0 was what is GPL-2.0-only, and
// GPL-2.0+ what is GPL-2.0-or-later.
func current(id string) string {
	name := id + "-only"
	if base, later := strings.CutSuffix(id, "+"); later {
		name = base + "-or-later"
	}
	if ok, found := spdxexp.ActiveLicense(name); ok {
		return found
	}
	return id
}
