package lint

import (
	"strings"
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/lint/internal/shell"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// byteOrderMark may start a file. No column counts it.
const byteOrderMark = "\ufeff"

// cursor walks through the text of a file and knows where it is.
type cursor struct {
	text string
	off  int
	at   spec.Position
}

func newCursor(data []byte) *cursor {
	return &cursor{text: strings.TrimPrefix(string(data), byteOrderMark), at: spec.Position{Line: 1, Column: 1}}
}

// more reports whether there is text left.
func (c *cursor) more() bool { return c.off < len(c.text) }

// next returns the byte at the cursor.
func (c *cursor) next() byte { return c.text[c.off] }

// step goes one byte on.
func (c *cursor) step() {
	switch b := c.next(); {
	case b == '\n':
		c.at = spec.Position{Line: c.at.Line + 1, Column: 1}
	case utf8.RuneStart(b):
		c.at.Column++
	}
	c.off++
}

// places knows where the bytes of a string stand in the file.
type places struct {
	whole  spec.Range
	before []spec.Position // the place of each byte
	after  []spec.Position // the place behind each byte
}

// findPlaces looks a string up in the text of its file. YAML's styles differ in
// quotes and white space only, as long as there are no escapes; with them, the
// string is one place.
func findPlaces(data []byte, s spec.String) *places {
	p := &places{whole: s.Range}
	c := newCursor(data)
	for c.more() && c.at != s.Range.Start {
		c.step()
	}
	if !c.more() {
		return p
	}
	single := false
	switch c.next() {
	case '|', '>': // the text starts on the next line
		for c.more() && c.next() != '\n' {
			c.step()
		}
	case '\'':
		single = true
		c.step()
	case '"':
		c.step()
	}
	before := make([]spec.Position, len(s.Value))
	after := make([]spec.Position, len(s.Value))
	for i := range len(s.Value) {
		b := s.Value[i]
		for !isBlank(b) && c.more() && isBlank(c.next()) {
			c.step()
		}
		before[i], after[i] = c.at, c.at
		if isBlank(b) {
			continue
		}
		if !c.more() || c.next() != b {
			return p // an escape
		}
		if !utf8.RuneStart(b) {
			before[i] = before[i-1]
		}
		c.step()
		if single && b == '\'' {
			c.step() // a doubled quote stands for itself
		}
		after[i] = c.at
	}
	p.before, p.after = before, after
	return p
}

func isBlank(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r'
}

// rangeOf returns the place of a part of the string.
func (p *places) rangeOf(part shell.Span) spec.Range {
	if p.before == nil || part.Start >= part.End || part.End > len(p.before) {
		return p.whole
	}
	return spec.Range{Start: p.before[part.Start], End: p.after[part.End-1]}
}
