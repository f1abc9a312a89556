package lint

import (
	"unicode/utf8"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// places says where the bytes of a string are in the file.
type places struct {
	source       *yamlfile.Source
	whole        spec.Range
	starts, ends []int // offsets in the file, by byte of the string
}

// findPlaces compares a string with its text in the file. The styles of YAML add
// quotes, line breaks and indentation. If the text has an escape, only the place of the
// whole string is known.
func findPlaces(source *yamlfile.Source, value string, whole spec.Range) *places {
	p := &places{source: source, whole: whole}
	text, off := source.Text(), source.Offset(whole.Start)
	if off == len(text) {
		return p
	}
	single := text[off] == '\''
	switch text[off] {
	case '|', '>': // the text starts on the next line
		for off < len(text) && text[off] != '\n' {
			off++
		}
	case '\'', '"':
		off++
	}
	starts, ends := make([]int, len(value)), make([]int, len(value))
	for i := range len(value) {
		b := value[i]
		for !isBlank(b) && off < len(text) && isBlank(text[off]) {
			off++
		}
		starts[i], ends[i] = off, off
		if isBlank(b) {
			continue
		}
		if off == len(text) || text[off] != b {
			return p // an escape
		}
		if !utf8.RuneStart(b) {
			starts[i] = starts[i-1]
		}
		off++
		if single && b == '\'' {
			off++ // a doubled quote stands for one
		}
		ends[i] = off
	}
	p.starts, p.ends = starts, ends
	return p
}

func isBlank(b byte) bool {
	return b == ' ' || b == '\t' || b == '\n' || b == '\r'
}

// rangeOf returns the place of a part of the string.
func (p *places) rangeOf(part span) spec.Range {
	if part.start >= part.end || part.end > len(p.starts) {
		return p.whole
	}
	return p.source.Span(p.starts[part.start], p.ends[part.end-1])
}
