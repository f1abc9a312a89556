package picture

import (
	"strings"
	"unicode"

	"golang.org/x/text/width"
)

// maxLines is how many lines of a title a box has.
const maxLines = 3

// columnsOf returns how many columns a character takes.
func columnsOf(r rune) int {
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2
	}
	return 1
}

// textColumns returns how many columns a text takes.
func textColumns(s string) int {
	n := 0
	for _, r := range s {
		n += columnsOf(r)
	}
	return n
}

// textWidth returns how wide a text is, in pixels. The product is rounded, so that all
// machines draw the same.
func textWidth(s string) float64 { return float64(float64(textColumns(s)) * charWidth) }

// wrap breaks a text into lines that fit into a box. It cuts a long text.
func wrap(s string) []string {
	var lines []string
	line, used := "", 0
	flush := func() {
		lines, line, used = append(lines, line), "", 0
	}
	for _, word := range strings.Fields(s) {
		n := textColumns(word)
		if used > 0 && used+1+n <= columns {
			line, used = line+" "+word, used+1+n
			continue
		}
		if used > 0 {
			flush()
		}
		for _, r := range word {
			if used+columnsOf(r) > columns {
				flush()
			}
			line, used = line+string(r), used+columnsOf(r)
		}
	}
	if used > 0 {
		flush()
	}
	if len(lines) <= maxLines {
		return lines
	}
	lines = lines[:maxLines]
	last := []rune(lines[maxLines-1])
	for textColumns(string(last)) > columns-1 {
		last = last[:len(last)-1]
	}
	lines[maxLines-1] = strings.TrimSuffix(string(last), "…") + "…"
	return lines
}
