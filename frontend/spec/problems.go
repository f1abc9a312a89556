package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// maxProblems bounds a report: a file that is wrong in more places is most
// likely wrong in one way many times.
const maxProblems = 50

// Problem is one thing that is wrong with a Scratchfile.
type Problem struct {
	// Range is the text that the problem is about. It lies inside the file.
	Range Range
	// Message says what was found.
	Message string
	// Fix says what to write instead.
	Fix string
}

// Errors is the error that [Parse] returns: everything that is wrong with one
// Scratchfile, in the order of the text.
type Errors struct {
	// Name is the file's name as the user gave it.
	Name string
	// Problems has at least one element.
	Problems []Problem
	// Omitted counts the problems behind the last one of Problems that are left
	// out, since a report is of use only as long as someone reads it.
	Omitted int
}

// Error puts each problem on a line of its own, as "name:line:col: message; fix".
func (e *Errors) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", e.Name, p.Range.Start.Line, p.Range.Start.Column, p.Message)
		if p.Fix != "" {
			b.WriteString("; " + p.Fix)
		}
	}
	if e.Omitted > 0 {
		fmt.Fprintf(&b, "\n%s: %d more problems are not shown", e.Name, e.Omitted)
	}
	return b.String()
}

// problems collects what is wrong while a file is read.
type problems struct {
	list []Problem
}

func (p *problems) add(at Range, fix, format string, args ...any) {
	p.list = append(p.list, Problem{Range: at, Message: fmt.Sprintf(format, args...), Fix: fix})
}

// errors returns what was collected as an error, or nil.
func (p *problems) errors(name string) error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return comparePositions(a.Range.Start, b.Range.Start)
	})
	shown := p.list[:min(len(p.list), maxProblems)]
	return &Errors{Name: name, Problems: shown, Omitted: len(p.list) - len(shown)}
}

func comparePositions(a, b Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
