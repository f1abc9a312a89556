package lock

import (
	"slices"
	"strings"
)

// Want is what a Scratchfile needs for one platform.
type Want struct {
	Platform string
	// Base is empty for a build that starts from none.
	Base string
	// Images are the references of the images besides the base.
	Images []string
	// Installs are requests of packages, each sorted.
	Installs [][]string
}

// Stale says in which ways the lock and the Scratchfile differ, one line for
// each: "-" before what only the lock has, "+" before what it lacks. No line
// means that the lock fits. Whether a tag has moved or a newer package is there
// is not asked.
func (l *Lock) Stale(want Want) []string {
	p := l.Find(want.Platform)
	if p == nil {
		return []string{"+ platform " + want.Platform}
	}
	var lines []string
	if p.Base != want.Base {
		lines = append(lines, change("-", "base", p.Base)...)
		lines = append(lines, change("+", "base", want.Base)...)
	}
	for _, i := range p.Images {
		if !slices.Contains(want.Images, i.Ref) {
			lines = append(lines, change("-", "image", i.Ref)...)
		}
	}
	for _, ref := range want.Images {
		if p.FindImage(ref) == nil {
			lines = append(lines, change("+", "image", ref)...)
		}
	}
	wanted := &Platform{}
	for _, packages := range want.Installs {
		wanted.Installs = append(wanted.Installs, Install{Packages: packages})
	}
	for _, in := range p.Installs {
		if wanted.Find(in.Packages) == nil {
			lines = append(lines, "- packages "+strings.Join(in.Packages, " "))
		}
	}
	for _, packages := range want.Installs {
		if p.Find(packages) == nil {
			lines = append(lines, "+ packages "+strings.Join(packages, " "))
		}
	}
	return lines
}

// change is the line about a name that is there or missing; none for the empty name.
func change(sign, what, name string) []string {
	if name == "" {
		return nil
	}
	return []string{sign + " " + what + " " + name}
}
