// Package corpus is a list of real programs, built by real tools from the sources in
// testdata, with the expected verdict on each. Every program is started in an empty root,
// to compare the verdict with what happens. The tests of frontend/verify and the table of
// "make corpus" use this list.
package corpus

import (
	"fmt"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Case is one program and the expected result.
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
	// Stricter is the number of the rule in docs/verification.md that refuses the program
	// although the kernel starts it; 0 for all other programs. A case with a rule must be
	// refused, and must run.
	Stricter int

	// Libc is the C library that is linked in, if the program is static.
	Libc Libc
	// LooksUp is true for a program that looks up users or hosts with the C library.
	LooksUp bool
	// Needs are the words for 'include:' without which the program can't do all of its
	// work.
	Needs []string
}

// Libc is a C library.
type Libc string

const (
	NoLibc Libc = "no C library"
	Glibc  Libc = "glibc"
	Musl   Libc = "musl"
)

// HostArch is the architecture of the machine that builds and runs the corpus.
const HostArch = "amd64"

// Find returns a case by its name.
func Find(name string) (Case, error) {
	for _, c := range Cases() {
		if c.Name == name {
			return c, nil
		}
	}
	return Case{}, fmt.Errorf("corpus: no program is called %q", name)
}

// refused returns the case with the expected reasons of its refusal.
func (c Case) refused(codes ...verify.Code) Case {
	c.Refused = codes
	return c
}

// warned returns the case with its expected warnings.
func (c Case) warned(codes ...verify.Code) Case {
	c.Warned = codes
	return c
}

// pie returns the case as a static-PIE.
func (c Case) pie() Case {
	c.StaticPIE = true
	return c
}

// looksUp returns the case as a program that looks up users or hosts. With glibc, a
// warning is expected.
func (c Case) looksUp() Case {
	c.LooksUp = true
	if c.Libc == Glibc {
		return c.warned(verify.CodeGlibcNSS)
	}
	return c
}

// needs returns the case with words for 'include:'.
func (c Case) needs(words ...string) Case {
	c.Needs = words
	return c
}

// of returns the case with a C library.
func (c Case) of(libc Libc) Case {
	c.Libc = libc
	return c
}

// but returns another case that differs as described.
func (c Case) but(what string) Case {
	c.Name += ", " + what
	return c
}

// edited returns another case whose bytes are changed after the build.
func (c Case) edited(what string, edit func([]byte) []byte) Case {
	c.Edit = edit
	return c.but(what)
}

// byRule returns the case as a program that runs and is refused by a rule.
func (c Case) byRule(number int, codes ...verify.Code) Case {
	c.Stricter = number
	return c.refused(codes...)
}

// on returns the case for a platform of another architecture.
func (c Case) on(arch string) Case {
	c.Arch = arch
	return c
}

// with returns the case with one more tool that it needs.
func (c Case) with(tool string) Case {
	c.Tools = append(slices.Clip(c.Tools), tool)
	return c
}

// after returns the case with commands before its own.
func (c Case) after(commands ...string) Case {
	c.Build = append(commands, c.Build...)
	return c
}
