package yamlfile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Position is a place in a file. Line and Column count from 1; Column counts Unicode
// code points, as YAML does.
type Position struct {
	Line, Column int
}

// Range is a span of a file from Start up to, and not including, End. A value on one
// line has Start.Line == End.Line.
type Range struct {
	Start, End Position
}

// String is a scalar with the place it was written at. A default that was not
// written has the zero Range.
type String struct {
	Value string
	Range Range
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	// Range is the text that the problem is about. It lies inside the file.
	Range Range
	// Message says what was found.
	Message string
	// Fix says what to write instead.
	Fix string
}

// Errors is the error of a file that is wrong: all its problems, in the order of the
// text.
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

// Problems collects what is wrong while a file is read.
type Problems struct {
	list []Problem
	// found is how many there are. Those beyond a multiple of what is shown are
	// only counted.
	found int
	// stopped is set once a limit is passed: the rest of the file is not looked at,
	// and nothing is said of it.
	stopped bool
}

const (
	// MaxProblems bounds a report: a file that is wrong in more places is most
	// likely wrong in one way many times.
	MaxProblems = 50
	// MaxMessage is how many bytes of one message are shown.
	MaxMessage = 2000
	// maxKept is how many problems are kept. The first of them in the file are shown,
	// and those are seldom the first to be found.
	maxKept = 20 * MaxProblems
)

// Found is how many problems there are so far.
func (p *Problems) Found() int { return p.found }

// Stopped reports whether a limit is passed.
func (p *Problems) Stopped() bool { return p.stopped }

// Add reports a problem. What it is about may come from anywhere, so that whatever is
// said of it is made printable and short here.
func (p *Problems) Add(at Range, fix, format string, args ...any) {
	p.found++
	if p.stopped || len(p.list) == maxKept {
		return
	}
	p.list = append(p.list, Problem{Range: at, Message: message(fmt.Sprintf(format, args...)), Fix: message(fix)})
}

// Stop reports a limit that the file has passed. It is the last problem.
func (p *Problems) Stop(at Range, fix, format string, args ...any) {
	if p.stopped {
		return
	}
	if len(p.list) == maxKept {
		p.list = p.list[:maxKept-1]
	}
	p.Add(at, fix, format, args...)
	p.stopped, p.found = true, len(p.list)
}

func message(s string) string {
	if len(s) > MaxMessage {
		s = strings.ToValidUTF8(s[:MaxMessage], "") + "..."
	}
	return quote.Text(s)
}

// Errors returns what was collected as an [*Errors], or nil.
func (p *Problems) Errors(name string) error {
	if len(p.list) == 0 {
		return nil
	}
	slices.SortStableFunc(p.list, func(a, b Problem) int {
		return ComparePositions(a.Range.Start, b.Range.Start)
	})
	shown := p.list[:min(len(p.list), MaxProblems)]
	omitted := p.found - len(shown)
	if p.stopped {
		omitted = len(p.list) - len(shown)
	}
	return &Errors{Name: name, Problems: shown, Omitted: omitted}
}

// ComparePositions compares two positions in the order of the text. Its result is
// that of [cmp.Compare].
func ComparePositions(a, b Position) int {
	return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
}

// CompareRanges compares two ranges by their starts, then by their ends.
func CompareRanges(a, b Range) int {
	return cmp.Or(ComparePositions(a.Start, b.Start), ComparePositions(a.End, b.End))
}
