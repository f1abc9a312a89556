package lock

import "strings"

// Want is what a Scratchfile needs for one platform.
type Want struct {
	Platform string
	Base     string
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
		lines = append(lines, "- base "+p.Base, "+ base "+want.Base)
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
