package yamlfile

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Source is the text of a file with an index of its lines. The byte order mark,
// when there is one, is not part of it: no editor counts it as a column.
type Source struct {
	text  string
	lines []int // offset of the start of each line
	runes []int // number of characters before every stride-th byte
}

// stride is how far apart the entries of Source.runes are. They keep looking for
// a place from costing the length of its line.
const stride = 256

// NewSource checks the bytes of a file: their number, and whether they are text. It
// returns nil after a problem.
func NewSource(p *Problems, f Format, data []byte) *Source {
	if most := f.Size.Most; len(data) > most {
		at := Position{1 + bytes.Count(data[:most], []byte("\n")), 1}
		p.Add(Range{at, at}, f.Size.Fix, "%s has more than %d bytes, which this line passes", f.Noun, most)
		return nil
	}
	s := indexLines(strings.TrimPrefix(string(data), "\ufeff"))
	if !s.checkText(p) {
		return nil
	}
	return s
}

// Lines is how many lines the text has.
func (s *Source) Lines() int { return len(s.lines) }

func indexLines(text string) *Source {
	s := &Source{text: text, lines: []int{0}}
	count := 0
	for i := range len(text) {
		if i%stride == 0 {
			s.runes = append(s.runes, count)
		}
		if isRuneStart(text[i]) {
			count++
		}
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	s.runes = append(s.runes, count) // for an offset at the end
	return s
}

func isRuneStart(c byte) bool { return c&0xc0 != 0x80 }

// checkText refuses what would make lines and columns a matter of opinion, and
// characters that no one can see.
func (s *Source) checkText(p *Problems) bool {
	for i, r := range s.text {
		found, fix := "", `write it as an escape in double quotes, such as "\u2028"`
		switch {
		case ' ' <= r && r < 0x7f: // as almost all are
		case r == utf8.RuneError && isInvalidAt(s.text, i):
			found, fix = fmt.Sprintf("the byte 0x%02x is not UTF-8", s.text[i]), "save the file as UTF-8"
		case r == 0:
			found, fix = "found a NUL byte", "save the file as UTF-8 text"
		case r == '\r' && !strings.HasPrefix(s.text[i+1:], "\n"):
			found, fix = "found a carriage return without a line feed", "end lines with a line feed"
		case r == '\t', r == '\n', r == '\r':
		case quote.IsHidden(r), r == '\ufffe', r == '\uffff':
			found = fmt.Sprintf("found the invisible character %U", r)
		}
		if found != "" {
			_, size := utf8.DecodeRuneInString(s.text[i:])
			p.Add(s.Span(i, i+size), fix, "%s", found)
			return false
		}
	}
	return true
}

func isInvalidAt(text string, i int) bool {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size == 1
}

// Line returns the text of a line without its end. Lines count from 1.
func (s *Source) Line(n int) string {
	start, end := s.lines[n-1], len(s.text)
	if n < len(s.lines) {
		end = s.lines[n] - 1
	}
	return strings.TrimSuffix(s.text[start:end], "\r")
}

// offset returns where a position is in the text; one behind the end of a line
// is taken as the end of that line, one behind the last line as the end of the
// text.
func (s *Source) offset(at Position) int {
	at = Position{max(at.Line, 1), max(at.Column, 1)}
	if at.Line > len(s.lines) {
		return len(s.text)
	}
	start := s.lines[at.Line-1]
	end := start + len(s.Line(at.Line))
	want := s.runesBefore(start) + at.Column - 1
	if want >= s.runesBefore(end) {
		return end
	}
	i := sort.SearchInts(s.runes, want+1) - 1
	off, count := i*stride, s.runes[i]
	for ; off < end; off++ {
		if !isRuneStart(s.text[off]) {
			continue
		}
		if count == want {
			break
		}
		count++
	}
	return off
}

func (s *Source) runesBefore(off int) int {
	i := off / stride
	n := s.runes[i]
	for _, c := range []byte(s.text[i*stride : off]) {
		if isRuneStart(c) {
			n++
		}
	}
	return n
}

func atLineEnd(rest string) bool {
	return rest[0] == '\n' || strings.HasPrefix(rest, "\r\n")
}

// position returns the line and column of an offset.
func (s *Source) position(off int) Position {
	line := sort.SearchInts(s.lines, off+1)
	return Position{line, 1 + s.runesBefore(off) - s.runesBefore(s.lines[line-1])}
}

// Span returns the range between two offsets.
func (s *Source) Span(start, end int) Range {
	return Range{Start: s.position(start), End: s.position(end)}
}
