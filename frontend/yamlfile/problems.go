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

// String is a scalar with its place. A default that is not in the file has the zero
// Range.
type String struct {
	Value string
	Range Range
}

// Problem is one thing that is wrong with a file.
type Problem struct {
	// Range is the text that the problem is about. It is inside the file.
	Range Range
	// Message says what was found.
	Message string
	// Fix says what to write instead.
	Fix string
}

// String returns "message; fix".
func (p Problem) String() string {
	if p.Fix == "" {
		return p.Message
	}
	return p.Message + "; " + p.Fix
}

// Errors is the error of a file with problems.
type Errors struct {
	// Name is the file's name as the user gave it.
	Name string
	// Problems has at least one element. They are in the order of the text.
	Problems []Problem
	// Omitted is the number of later problems that are left out, since nobody reads
	// a very long list.
	Omitted int
}

// Error returns one line for each problem, as "name:line:col: message; fix".
func (e *Errors) Error() string {
	var b strings.Builder
	for i, p := range e.Problems {
		if i > 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "%s:%d:%d: %s", quote.Line(e.Name), p.Range.Start.Line, p.Range.Start.Column, p)
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
	// found is the number of problems. The list has at most maxKept of them.
	found int
	// stopped is set by Stop.
	stopped bool
}

const (
	// MaxProblems is how many problems a report shows. If there are more, most have
	// the same cause.
	MaxProblems = 50
	// MaxMessage is how many bytes of one message are shown.
	MaxMessage = 2000
	// maxKept is how many problems are kept. There are more than are shown, since the
	// first in the file need not be found first.
	maxKept = 20 * MaxProblems
)

// Found returns the number of problems so far.
func (p *Problems) Found() int { return p.found }

// Stopped reports whether Stop was called.
func (p *Problems) Stopped() bool { return p.stopped }

// Add adds a problem. It makes the message short and printable, since it may have text
// from anywhere.
func (p *Problems) Add(at Range, fix, format string, args ...any) {
	p.found++
	if p.stopped || len(p.list) == maxKept {
		return
	}
	p.list = append(p.list, Problem{Range: at, Message: message(fmt.Sprintf(format, args...)), Fix: message(fix)})
}

// Stop adds the last problem, such as a limit that the file has passed. The rest of the
// file is not checked.
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

// Errors returns the problems as an [*Errors], or nil if there are none.
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
