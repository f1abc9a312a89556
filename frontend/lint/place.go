package lint

import (
	"strings"
	"unicode/utf8"

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

// step moves the cursor over one byte.
func (c *cursor) step() {
	switch b := c.next(); {
	case b == '\n':
		c.at = spec.Position{Line: c.at.Line + 1, Column: 1}
	case utf8.RuneStart(b):
		c.at.Column++
	}
	c.off++
}

// goTo moves the cursor on to a place. It does not move back.
func (c *cursor) goTo(place spec.Position) {
	for c.more() && comparePositions(c.at, place) < 0 {
		c.step()
	}
}

// places knows where the bytes of a string stand in the file.
type places struct {
	whole  spec.Range
	before []spec.Position // the place of each byte
	after  []spec.Position // the place behind each byte
}

// findPlaces compares a string with the text that it was written as. The cursor
// stands at the start of that text. The styles of YAML add quotes, line breaks and
// indentation. An escape stands for something else, so a string with one is known
// as a whole only.
func findPlaces(c cursor, value string, whole spec.Range) *places {
	p := &places{whole: whole}
	if !c.more() || c.at != whole.Start {
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
	before := make([]spec.Position, len(value))
	after := make([]spec.Position, len(value))
	for i := range len(value) {
		b := value[i]
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
			c.step() // a doubled quote stands for one
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
func (p *places) rangeOf(part span) spec.Range {
	if p.before == nil || part.start >= part.end || part.end > len(p.before) {
		return p.whole
	}
	return spec.Range{Start: p.before[part.start], End: p.after[part.end-1]}
}
