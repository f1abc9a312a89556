package yamlfile

import (
	"slices"
	"strings"
)

// Comment returns the text of the comment lines directly above a key, and of the
// comment behind its value on the same line.
func (s *Source) Comment(e Entry) string {
	var lines []string
	start := e.Key.Range.Start
	above := start.Line - 1
	if strings.TrimSpace(s.Line(start.Line)[:s.Offset(start)-s.lines[start.Line-1]]) != "" {
		above = 0 // the comment is about the first key on the line
	}
	for n := above; n >= 1; n-- {
		text, ok := strings.CutPrefix(strings.TrimSpace(s.Line(n)), "#")
		if !ok {
			break
		}
		lines = append(lines, strings.TrimSpace(text))
	}
	slices.Reverse(lines)
	rest := strings.TrimLeft(s.lineFrom(e.Value.Range.End), " \t:,")
	if text, ok := strings.CutPrefix(rest, "#"); ok {
		lines = append(lines, strings.TrimSpace(text))
	}
	return strings.Join(lines, "\n")
}

// lineFrom returns the text between a position and the end of its line.
func (s *Source) lineFrom(at Position) string {
	off := s.Offset(at)
	return s.text[off:s.lineEnd(off)]
}
