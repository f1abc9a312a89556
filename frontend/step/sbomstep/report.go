package sbomstep

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/sbom"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Report is the step's answer.
type Report struct {
	// Binaries are the programs of the image, sorted by their paths.
	Binaries []Program `json:"binaries,omitempty"`
	// Packages are what the programs were linked of, in the order of the documents.
	Packages []Package `json:"packages,omitempty"`
	// Refused are the packages that the licences' policy refuses.
	Refused []Refusal `json:"refused,omitempty"`
	// Unknown are the programs that it refuses, since nothing is known of their licences.
	Unknown []Program `json:"unknown,omitempty"`
	// Judged says that there is a policy.
	Judged bool `json:"judged,omitempty"`
}

// Program is a program of the image.
type Program struct {
	// Path is its place in the image.
	Path string `json:"path"`
	// Unrecorded, when set, says why it is not known what the program was linked of.
	Unrecorded string `json:"unrecorded,omitempty"`
}

// Package is a part of programs.
type Package struct {
	Name    string `json:"name"`
	Version string `json:"version,omitempty"`
	Origin  string `json:"origin,omitempty"`
	Licence string `json:"licence,omitempty"`
	// File is one of its files that were linked.
	File string `json:"file,omitempty"`
	// In are the programs that it is in. Sources that no record names have none.
	In []string `json:"in,omitempty"`
	// Relink says that its licence asks that others can link the program anew with a
	// changed copy of the package, and that nothing allows it explicitly.
	Relink bool `json:"relink,omitempty"`
}

func (p Package) isNotLinked() bool { return len(p.In) == 0 }

// Refusal is a package whose licence is refused.
type Refusal struct {
	Package
	// Terms are the licences that are refused; none for a package that names none.
	Terms []string `json:"terms,omitempty"`
	// Patterns are those of licences.deny that refuse it; none if licences.allow lacks it.
	Patterns []string `json:"patterns,omitempty"`
}

// ParseReport reads what the step wrote.
func ParseReport(data []byte) (Report, error) {
	r, err := contract.ParseReport[Report](data)
	if err != nil {
		return r, err
	}
	for _, b := range append(r.Binaries, r.Unknown...) {
		if b.Path == "" {
			return r, errors.New("report has a program without a place")
		}
	}
	if r.refuses() && !r.Judged {
		return r, errors.New("report refuses licences without a policy")
	}
	for _, refusal := range r.Refused {
		if refusal.Name == "" {
			return r, errors.New("report refuses a package without a name")
		}
	}
	return r, nil
}

// newReport says in brief what an inventory has, and what a policy refuses of it.
func newReport(inv *sbom.Inventory, policy *licence.Policy) Report {
	out := Report{Judged: policy != nil}
	if policy == nil {
		policy = &licence.Policy{}
	}
	in := make([][]string, len(inv.Packages))
	for _, b := range inv.Binaries {
		out.Binaries = append(out.Binaries, Program{Path: b.Path, Unrecorded: b.Unrecorded})
		for _, l := range b.Links {
			in[l.Package] = append(in[l.Package], b.Path)
		}
	}
	for i, p := range inv.Packages {
		pkg := Package{
			Name: p.Title(), Version: p.Version, Origin: p.Origin, Licence: p.Licence().String(), In: in[i],
			Relink: len(in[i]) > 0 && asksToRelink(*policy, p),
		}
		if len(p.Files) > 0 {
			pkg.File = p.Files[0].Path
		}
		out.Packages = append(out.Packages, pkg)
		for _, r := range sbom.CheckLicences(*policy, []sbom.Package{p}) {
			out.Refused = append(out.Refused, Refusal{Package: pkg, Terms: r.Terms, Patterns: r.Patterns})
		}
	}
	for _, b := range out.Binaries {
		if b.Unrecorded != "" && len(policy.Allow) > 0 && !policy.Excepts(b.Path) {
			out.Unknown = append(out.Unknown, b)
		}
	}
	return out
}

// asksToRelink reports whether a package is under a licence as the LGPL, and a policy does
// not name it.
func asksToRelink(policy licence.Policy, p sbom.Package) bool {
	lesser := licence.Policy{Deny: []string{"LGPL-*"}, Exceptions: policy.Exceptions}
	return len(policy.Allow) == 0 && len(sbom.CheckLicences(lesser, []sbom.Package{p})) > 0
}

func (r Report) refuses() bool { return len(r.Refused)+len(r.Unknown) > 0 }

// maxRefused is how many refused packages or programs an error speaks of.
const maxRefused = 20

// Err is nil if no licence is refused; otherwise it says for each package what was found
// and what to change.
func (r Report) Err() error {
	var out []error
	for _, refusal := range r.Refused {
		out = append(out, refusal.err())
	}
	for _, b := range r.Unknown {
		out = append(out, &contract.RefusedError{
			Message: fmt.Sprintf("the licenses of %s are not known: %s", quote.Line(b.Path), quote.Line(b.Unrecorded)),
			Remedy:  "write " + quote.String(b.Path) + " under licenses.exceptions if you know them",
		})
	}
	if more := len(out) - maxRefused; more > 0 {
		out = append(out[:maxRefused], contract.Refuse("and %d more", more))
	}
	if len(out) == 0 {
		return nil
	}
	return fmt.Errorf("refused: %w", errors.Join(out...))
}

func (r Refusal) err() error {
	what := quote.Line(strings.TrimSpace(r.Name + " " + r.Version))
	if r.File != "" {
		what += " (" + quote.Line(r.File) + ")"
	}
	if len(r.In) > 0 {
		what += " in " + quote.Line(strings.Join(r.In, ", "))
	}
	rule := "licenses.allow does not have"
	if len(r.Patterns) > 0 {
		rule = "licenses.deny has"
	}
	message := fmt.Sprintf("%s names no license", what)
	if len(r.Terms) > 0 {
		message = fmt.Sprintf("%s is under %s, which %s", what, quote.Line(strings.Join(r.Terms, ", ")), rule)
	}
	return &contract.RefusedError{
		Message: message,
		Remedy:  "build without it; if it may be linked all the same, write " + quote.String(r.packageName()) + " under licenses.exceptions",
	}
}

// packageName is the name by which an exception knows a package.
func (p Package) packageName() string { return strings.TrimSuffix(p.Name, " runtime") }

// Warning is what the user should know of the programs.
type Warning struct {
	// Package is the name of a package; empty if the warning is about a program.
	Package string
	// Message is what was found, and Remedy what to do about it.
	Message, Remedy string
}

// Warnings are the programs of which nothing is known, and the licences that oblige.
func (r Report) Warnings() []Warning {
	var out []Warning
	for _, b := range r.Binaries {
		if b.Unrecorded != "" && !slices.Contains(r.Unknown, b) {
			out = append(out, Warning{
				Message: fmt.Sprintf("what %s was linked of is not known: %s", quote.Line(b.Path), quote.Line(b.Unrecorded)),
				Remedy:  "docs/inside.md has what a build must be like for it to be known",
			})
		}
	}
	for _, p := range r.Packages {
		if p.Relink {
			out = append(out, p.relinkWarning())
		}
	}
	return out
}

func (p Package) relinkWarning() Warning {
	return Warning{
		Package: p.packageName(),
		Message: fmt.Sprintf("%s is linked statically into %s under %s: who gets the program must be able to link it anew with a changed %s",
			quote.Line(p.Name+" "+p.Version), quote.Line(strings.Join(p.In, ", ")), quote.Line(p.Licence), quote.Line(p.Name)),
		Remedy: "offer the source or the objects of the program, and the text of the license; write " + quote.String(p.packageName()) +
			" under licenses.exceptions, or its license under licenses.allow, to say that you do",
	}
}
