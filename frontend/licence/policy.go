package licence

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

// Refuses gives those terms of a licence that a policy refuses, and the patterns of Deny
// that they are refused by; none if Allow lacks them. Ok is false if it refuses any. A
// package that says nothing of its licence has no terms, and Allow lacks it.
func (p Policy) Refuses(l Licence) (terms, by []string, ok bool) {
	if l.IsZero() {
		return nil, nil, len(p.Allow) == 0
	}
	for _, t := range l.expression.unmet(p.permits) {
		if !slices.Contains(terms, t.String()) {
			terms = append(terms, t.String())
		}
		if pattern := p.deniedBy(t); pattern != "" && !slices.Contains(by, pattern) {
			by = append(by, pattern)
		}
	}
	return terms, by, len(terms) == 0
}

// Excepts reports whether a policy has an exception of a name.
func (p Policy) Excepts(name string) bool {
	return name != "" && slices.ContainsFunc(p.Exceptions, func(pattern string) bool { return Matches(pattern, name) })
}

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
			known = known && slices.ContainsFunc(spdxlicenses.GetExceptions(), func(e string) bool { return Matches(exception, e) })
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
	if named && !Matches(exception, t.exception) {
		return false
	}
	return Matches(current(id), current(t.id)) || Matches(id, t.id)
}

// Matches is for names in which * stands for any characters. Names in SPDX's list are
// equal whatever the case of their letters.
func Matches(pattern, name string) bool {
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
