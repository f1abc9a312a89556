package lint

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// docs is the page about the rules. It has a section for each rule.
const docs = "https://github.com/rene2/scratch-frontend/blob/main/docs/lint.md"

// Warning is a mistake that a rule has found.
type Warning struct {
	// Rule is the name of the rule, in CamelCase.
	Rule string
	// Description says in one sentence what a Scratchfile should be like.
	Description string
	// URL is the address of the rule's documentation.
	URL string
	// Detail says what was found and what to write instead.
	Detail string
	// Range is the place. It lies inside the file and is never zero.
	Range spec.Range
}

// finding is a warning of one rule.
type finding struct {
	detail string
	rng    spec.Range
}

func newFinding(rng spec.Range, format string, args ...any) finding {
	return finding{fmt.Sprintf(format, args...), rng}
}

// check finds the mistakes that a rule is about.
type check func(*file) []finding

// rule is one kind of mistake that [Run] looks for.
type rule struct {
	name, description string
	check             check
}

func (r rule) url() string { return docs + "#" + strings.ToLower(r.name) }

// rules has all rules, in the order of the documentation.
var rules = []rule{
	{"UnusedArg", "Every arg that is declared should be used", findUnusedArgs},
	{"UnpinnedBase", "The base and other images should name a version", findUnpinnedBase},
	{"LatestTag", "The base and other images should not be whatever is latest", findLatestTag},
	{"VanishingPackage", "A package should not be pinned to one build, which the repository will drop", findVanishingPackages},
	{"UnpinnedGit", "What comes from git should name the commit", findUnpinnedGit},
	{"SecretInEnv", "Secrets should not be written into args, variables or labels", findSecrets},
	{"PipeHidesFailure", "A command whose failure matters should not write into a pipe", perScript(findUncheckedPipes)},
	{"AndHidesFailure", "A command whose failure matters should not stand before && unless the list is the last command", perScript(findUncheckedAnds)},
	{"IgnoredFailure", "The failure of a compiler or build tool should not be ignored", perScript(findIgnoredFailures)},
	{"NeedlessSudo", "The build step runs as root and should not use sudo", perScript(findSudo)},
	{"PackagesInRun", "Packages should be listed in build.packages, since build.run has no network", perScript(findPackagesInRun)},
	{"MissingStaticFlag", "A program for a scratch image should be linked with -static", perScript(findDynamicLinks)},
	{"MissingCABundle", "An image with a TLS library should have CA certificates", findMissingCABundle},
	{"RootUser", "The image should not run its program as root", findRootUser},
	{"EntrypointMissing", "A command should name a program that is in the image", findMissingPrograms},
	{"UnverifiedProgram", "Every program of the image should be verified", findUnverifiedPrograms},
}

// maxFindings is how many warnings a rule may give. A generated file could have
// more of them than a message can hold.
const maxFindings = 50

// Run applies all rules to a file that [spec.Parse] returned. The warnings are
// sorted by their place.
func Run(sf *spec.Scratchfile) []Warning {
	f := newFile(sf)
	var warnings []Warning
	for _, r := range rules {
		for _, found := range limit(r.check(f)) {
			warnings = append(warnings, Warning{
				Rule: r.name, Description: r.description, URL: r.url(),
				Detail: quote.Text(found.detail), Range: found.rng,
			})
		}
	}
	slices.SortStableFunc(warnings, func(a, b Warning) int { return yamlfile.CompareRanges(a.Range, b.Range) })
	return warnings
}

// limit keeps the first findings of a rule. The last of them says how many more
// there are.
func limit(found []finding) []finding {
	more := len(found) - maxFindings
	if more <= 0 {
		return found
	}
	slices.SortStableFunc(found, func(a, b finding) int { return yamlfile.CompareRanges(a.rng, b.rng) })
	found = found[:maxFindings]
	found[maxFindings-1].detail += fmt.Sprintf(" (and %d more of this kind)", more)
	return found
}

// show returns a value of the Scratchfile for a message. It shortens a long value, and
// quotes one with characters that can't be printed. Every value in a detail needs it.
func show(s string) string {
	const limit = 60
	if runes := []rune(s); len(runes) > limit {
		s = string(runes[:limit]) + "…"
	}
	if quote.Line(s) != s {
		return quote.String(s)
	}
	return s
}
