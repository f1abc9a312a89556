// Package diagnostic prints what is wrong with a file: for people, as JSON, as SARIF and
// as annotations of GitHub's pull requests.
package diagnostic

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// Severity says how bad a diagnostic is. The values are words of SARIF and of GitHub.
type Severity string

// The severities.
const (
	Error   Severity = "error"
	Warning Severity = "warning"
)

// Rule is what a diagnostic is an instance of.
type Rule struct {
	// Name identifies the rule, in CamelCase.
	Name string
	// Description says in one sentence what a file should be like.
	Description string
	// URL is the address of the rule's documentation. It may be empty.
	URL string
}

// Diagnostic is one thing that is wrong with a file.
type Diagnostic struct {
	Severity Severity
	Rule     Rule
	// Message says what was found and what to write instead.
	Message string
	// Range is the place. It is never zero.
	Range yamlfile.Range
}

// Report is all that is wrong with one file.
type Report struct {
	// File is the name of the file as the user gave it.
	File        string
	Diagnostics []Diagnostic
	// Omitted is the number of further errors, which are left out.
	Omitted int
}

// formats are all formats. The default comes first.
var formats = []struct {
	name  string
	write func(io.Writer, Report) error
}{
	{"text", writeText},
	{"json", writeJSON},
	{"sarif", writeSARIF},
	{"github", writeGitHub},
}

// Formats lists the names of the formats. The default comes first.
func Formats() []string {
	var names []string
	for _, f := range formats {
		names = append(names, f.name)
	}
	return names
}

// Write prints a report in a format.
func Write(w io.Writer, format string, r Report) error {
	for _, f := range formats {
		if f.name == format {
			return f.write(w, r)
		}
	}
	return fmt.Errorf("there is no format %s; the formats are %s", quote.String(format), strings.Join(Formats(), ", "))
}

// writeText prints a line for each diagnostic, as compilers do.
func writeText(w io.Writer, r Report) error {
	var b strings.Builder
	for _, d := range r.Diagnostics {
		rule := ""
		if d.Severity == Warning {
			rule = d.Rule.Name + ": "
		}
		at := d.Range.Start
		fmt.Fprintf(&b, "%s:%d:%d: %s: %s%s\n", quote.Line(r.File), at.Line, at.Column, d.Severity, rule, quote.Text(d.Message))
	}
	if r.Omitted > 0 {
		fmt.Fprintf(&b, "%s: %s\n", quote.Line(r.File), omitted(r.Omitted))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func omitted(n int) string {
	if n == 1 {
		return "1 more error is not shown"
	}
	return fmt.Sprintf("%d more errors are not shown", n)
}

// rules lists the rules of the diagnostics, each once, by name.
func (r Report) rules() []Rule {
	var out []Rule
	for _, d := range r.Diagnostics {
		out = append(out, d.Rule)
	}
	slices.SortFunc(out, func(a, b Rule) int { return strings.Compare(a.Name, b.Name) })
	return slices.CompactFunc(out, func(a, b Rule) bool { return a.Name == b.Name })
}
