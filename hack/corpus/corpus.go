// Package corpus is a collection of real programs, made by real tools from the
// sources in testdata, with what the verification is expected to say of each.
// Every program is started in an empty root, so that the verdict can be held
// against what happens. The tests of frontend/verify and the table that
// "make corpus" prints are made from this one list.
package corpus

import (
	"fmt"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Case is one program, and what is expected of it.
type Case struct {
	Name  string
	Tools []string            // without them it can't be built
	Build []string            // commands for sh, in a folder with the sources; they make prog
	Edit  func([]byte) []byte // is done to its bytes after that
	Arch  string              // of the platform that it is examined for and run on
	CPU   string              // a feature of the processor without which it does not run

	Refused   []verify.Code // the reasons, in order; with none it is static
	Warned    []verify.Code
	StaticPIE bool
	// Stricter is the number of the rule in docs/verification.md by which the
	// program is refused although the kernel starts it; 0 for all others. It
	// is an expectation too: a case with a rule must be refused, and must run.
	Stricter int

	// Libc is the C library in it, if it is static.
	Libc Libc
	// LooksUp is set if it looks up users or hosts through the C library.
	LooksUp bool
	// Needs are the words for 'include:' that it can't do all its work without.
	Needs []string
}

// Libc is a C library.
type Libc string

const (
	NoLibc Libc = "no C library"
	Glibc  Libc = "glibc"
	Musl   Libc = "musl"
)

// HostArch is the machine that the corpus is made for and on.
const HostArch = "amd64"

// Find gives a case by its name.
func Find(name string) (Case, error) {
	for _, c := range Cases() {
		if c.Name == name {
			return c, nil
		}
	}
	return Case{}, fmt.Errorf("corpus: no program is called %q", name)
}

// refused gives the case with the reasons that it is to be refused for.
func (c Case) refused(codes ...verify.Code) Case {
	c.Refused = codes
	return c
}

// warned gives the case with warnings.
func (c Case) warned(codes ...verify.Code) Case {
	c.Warned = codes
	return c
}

// pie gives the case as a static-PIE.
func (c Case) pie() Case {
	c.StaticPIE = true
	return c
}

// looksUp gives the case as one that looks up users or hosts: with glibc, that
// brings a warning.
func (c Case) looksUp() Case {
	c.LooksUp = true
	if c.Libc == Glibc {
		return c.warned(verify.CodeGlibcNSS)
	}
	return c
}

// needs gives the case with words for 'include:'.
func (c Case) needs(words ...string) Case {
	c.Needs = words
	return c
}

// of gives the case with a C library.
func (c Case) of(libc Libc) Case {
	c.Libc = libc
	return c
}

// but gives another case, and what is different with it.
func (c Case) but(what string) Case {
	c.Name += ", " + what
	return c
}

// edited gives another case whose bytes are changed.
func (c Case) edited(what string, edit func([]byte) []byte) Case {
	c.Edit = edit
	return c.but(what)
}

// byRule gives the case as one that runs and is refused, and the rule for it.
func (c Case) byRule(number int, codes ...verify.Code) Case {
	c.Stricter = number
	return c.refused(codes...)
}

// on gives the case for a platform of another architecture.
func (c Case) on(arch string) Case {
	c.Arch = arch
	return c
}

// with gives the case with a further tool that it takes.
func (c Case) with(tool string) Case {
	c.Tools = append(slices.Clip(c.Tools), tool)
	return c
}

// after gives the case with commands that come first.
func (c Case) after(commands ...string) Case {
	c.Build = append(commands, c.Build...)
	return c
}
