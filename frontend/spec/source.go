package spec

import (
	"bytes"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// minimum is the shortest useful Scratchfile.
const minimum = `# syntax=rene2/scratch-frontend
build: {packages: [build-base], run: gcc -static main.c -o a.out}
binary: a.out`

// source is the text of a file with an index of its lines. The byte order mark,
// when there is one, is not part of it: no editor counts it as a column.
type source struct {
	text  string
	lines []int // offset of the start of each line
	runes []int // number of characters before every stride-th byte
}

// stride is how far apart the entries of source.runes are. They keep looking for
// a place from costing the length of its line.
const stride = 256

// newSource checks the bytes of a file. It returns nil when there is no point in
// reading on.
func newSource(p *problems, data []byte) *source {
	if len(data) > MaxSize {
		at := Position{1 + bytes.Count(data[:MaxSize], []byte("\n")), 1}
		p.add(Range{at, at}, "move generated or binary data into files of the build context",
			"the file has more than %d bytes, which this line passes", MaxSize)
		return nil
	}
	s := indexLines(strings.TrimPrefix(string(data), "\ufeff"))
	ok := s.checkText(p) && s.checkNotDockerfile(p)
	if !ok {
		return nil
	}
	return s
}

func indexLines(text string) *source {
	s := &source{text: text, lines: []int{0}}
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
func (s *source) checkText(p *problems) bool {
	for i, r := range s.text {
		found, fix := "", `write it as an escape in double quotes, such as "\u2028"`
		switch {
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
			p.add(s.span(i, i+size), fix, "%s", found)
			return false
		}
	}
	return true
}

func isInvalidAt(text string, i int) bool {
	_, size := utf8.DecodeRuneInString(text[i:])
	return size == 1
}

// dockerfileStart matches the first instruction of a Dockerfile. YAML would read
// it as a plain string and complain about something else.
var dockerfileStart = regexp.MustCompile(`^(?i:FROM|ARG)[ \t]+[^:\s]`)

func (s *source) checkNotDockerfile(p *problems) bool {
	for i, start := range s.lines {
		line := s.line(i + 1)
		if trimmed := strings.TrimSpace(line); trimmed == "" || trimmed[0] == '#' {
			continue
		}
		if !dockerfileStart.MatchString(line) {
			return true
		}
		p.add(s.span(start, start+len(line)), "build it with a Dockerfile frontend, or write a Scratchfile:\n"+minimum,
			"this is a Dockerfile, not a Scratchfile")
		return false
	}
	return true
}

// line returns the text of a line without its end. Lines count from 1.
func (s *source) line(n int) string {
	start, end := s.lines[n-1], len(s.text)
	if n < len(s.lines) {
		end = s.lines[n] - 1
	}
	return strings.TrimSuffix(s.text[start:end], "\r")
}

// offset returns where a position is in the text; one behind the end of a line
// is taken as the end of that line, one behind the last line as the end of the
// text.
func (s *source) offset(at Position) int {
	at = Position{max(at.Line, 1), max(at.Column, 1)}
	if at.Line > len(s.lines) {
		return len(s.text)
	}
	start := s.lines[at.Line-1]
	end := start + len(s.line(at.Line))
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

func (s *source) runesBefore(off int) int {
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
func (s *source) position(off int) Position {
	line := sort.SearchInts(s.lines, off+1)
	return Position{line, 1 + s.runesBefore(off) - s.runesBefore(s.lines[line-1])}
}

// span returns the range between two offsets.
func (s *source) span(start, end int) Range {
	return Range{Start: s.position(start), End: s.position(end)}
}
