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
	// Installs has the sorted packages of each step that adds packages to the base.
	Installs [][]string
}

// Stale returns the differences between the lock and the Scratchfile, one line for
// each: "-" before what only the lock has, "+" before what only the Scratchfile has. A
// lock without differences fits. Stale does not ask if a tag has moved or if there is a
// newer package.
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
	for _, in := range p.Installs {
		if !slices.ContainsFunc(want.Installs, func(packages []string) bool { return slices.Equal(packages, in.Packages) }) {
			lines = append(lines, "- packages "+in.key())
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
