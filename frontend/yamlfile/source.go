package yamlfile

import (
	"bytes"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Source is the text of a file with an index of its lines. It has no byte order mark,
// since no editor counts that as a column.
type Source struct {
	text  string
	lines []int // offset of the start of each line
	runes []int // number of characters before every stride-th byte
}

// stride is the distance between the entries of Source.runes. With them, finding a
// place in a long line does not read the whole line.
const stride = 256

// byteOrderMark may start a file.
const byteOrderMark = "\ufeff"

// NewSource checks the number of bytes in a file, and that they are text. It returns
// nil after a problem.
func NewSource(p *Problems, f Format, data []byte) *Source {
	if most := f.Size.Most; f.Size.passedBy(len(data)) {
		at := Position{1 + bytes.Count(data[:most], []byte("\n")), 1}
		p.Add(Range{at, at}, f.Size.Fix, "%s has more than %d bytes, which this line passes", f.Noun, most)
		return nil
	}
	s := IndexSource(data)
	if !s.checkText(p) {
		return nil
	}
	return s
}

// Lines is how many lines the text has.
func (s *Source) Lines() int { return len(s.lines) }

// Text is the whole text.
func (s *Source) Text() string { return s.text }

// IndexSource returns the source of a file that [NewSource] accepts.
func IndexSource(data []byte) *Source {
	text := strings.TrimPrefix(string(data), byteOrderMark)
	s := &Source{text: text, lines: []int{0}}
	count := 0
	for i := range len(text) {
		if i%stride == 0 {
			s.runes = append(s.runes, count)
		}
		if utf8.RuneStart(text[i]) {
			count++
		}
		if text[i] == '\n' {
			s.lines = append(s.lines, i+1)
		}
	}
	s.runes = append(s.runes, count) // for an offset at the end
	return s
}

// checkText refuses bytes that programs count differently as lines and columns, and
// characters that nobody can see.
func (s *Source) checkText(p *Problems) bool {
	for i, r := range s.text {
		found, fix := "", `write it as an escape in double quotes, such as "\u2028"`
		switch {
		case ' ' <= r && r < 0x7f: // the fast path for almost all text
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

// Offset returns the offset of a position in the text. A position behind the end of
// a line is the end of that line. A position behind the last line is the end of the
// text.
func (s *Source) Offset(at Position) int {
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
		if !utf8.RuneStart(s.text[off]) {
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
		if utf8.RuneStart(c) {
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
