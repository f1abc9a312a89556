package lock

import "slices"

// Want is what a Scratchfile needs for one platform.
type Want struct {
	Platform string
	// Build is the platform that the build runs on, if that is another one.
	Build string
	// Base is empty for a build that starts from none.
	Base string
	// Images are the references of the images besides the base.
	Images []string
	// Installs has the sorted packages, without files, of each step that adds packages.
	Installs []Install
}

// Stale returns the differences between the lock and the Scratchfile, one line for
// each: "-" before what only the lock has, "+" before what only the Scratchfile has. A
// lock without differences fits. Stale does not ask if a tag has moved or if there is a
// newer package.
func (l *Lock) Stale(want Want) []string {
	p := l.Find(want.Platform, want.Build)
	if p == nil {
		return []string{"+ platform " + Platform{Name: want.Platform, Build: want.Build}.String()}
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
		if !slices.ContainsFunc(want.Installs, func(w Install) bool { return w.key() == in.key() }) {
			lines = append(lines, "- packages "+in.key())
		}
	}
	for _, in := range want.Installs {
		if p.Find(in.Packages, in.Arch) == nil {
			lines = append(lines, "+ packages "+in.key())
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
