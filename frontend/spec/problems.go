package spec

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

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
		fmt.Fprintf(&b, "%s:%d:%d: %s", quote.Line(e.Name), p.Range.Start.Line, p.Range.Start.Column, p.Message)
		if p.Fix != "" {
			b.WriteString("; " + p.Fix)
		}
	}
	if e.Omitted > 0 {
		more := fmt.Sprintf("%d more problems are", e.Omitted)
		if e.Omitted == 1 {
			more = "1 more problem is"
		}
		fmt.Fprintf(&b, "\n%s: %s not shown", quote.Line(e.Name), more)
	}
	return b.String()
}

// problems collects what is wrong while a file is read.
type problems struct {
	list []Problem
	// found is how many there are. Those beyond a multiple of what is shown are
	// only counted.
	found int
	// stopped is set once a limit is passed: the rest of the file is not looked at,
	// and nothing is said of it.
	stopped bool
}

// maxKept is how many problems are kept. The first of them in the file are shown,
// and those are seldom the first to be found.
const maxKept = 20 * maxProblems

// add reports a problem. What it is about may come from anywhere, so that whatever is
// said of it is made printable and short here.
func (p *problems) add(at Range, fix, format string, args ...any) {
	p.found++
	if p.stopped || len(p.list) == maxKept {
		return
	}
	p.list = append(p.list, Problem{Range: at, Message: message(fmt.Sprintf(format, args...)), Fix: message(fix)})
}

// stop reports a limit that the file has passed. It is the last problem.
func (p *problems) stop(at Range, fix, format string, args ...any) {
	if p.stopped {
		return
	}
	if len(p.list) == maxKept {
		p.list = p.list[:maxKept-1]
	}
	p.add(at, fix, format, args...)
	p.stopped, p.found = true, len(p.list)
}

func message(s string) string {
	if len(s) > maxMessage {
		s = strings.ToValidUTF8(s[:maxMessage], "") + "..."
	}
	return quote.Text(s)
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
	omitted := p.found - len(shown)
	if p.stopped {
		omitted = len(p.list) - len(shown)
	}
	return &Errors{Name: name, Problems: shown, Omitted: omitted}
}

func comparePositions(a, b Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}
