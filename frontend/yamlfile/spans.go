package yamlfile

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// The YAML library says where a node starts, but not where it ends. The functions here
// read the text of a node from its start to its end. The library has accepted that text,
// so they only look for its end.

// scalarEnd returns the offset behind a scalar that starts at start.
func (s *Source) scalarEnd(n *yaml.Node, start int) int {
	start = s.skipProperties(start)
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		return s.doubleQuotedEnd(start)
	case n.Style&yaml.SingleQuotedStyle != 0:
		return s.singleQuotedEnd(start)
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		return s.textEnd(n.Value, s.lineEnd(start))
	default:
		return s.textEnd(n.Value, start)
	}
}

// skipProperties skips the anchors and tags before the content of a node.
func (s *Source) skipProperties(off int) int {
	for off < len(s.text) && (s.text[off] == '&' || s.text[off] == '!') {
		off = s.skipBlank(s.wordEnd(off), " \t\r\n")
	}
	return off
}

// wordEnd returns the offset behind an anchor, alias or tag.
func (s *Source) wordEnd(off int) int {
	if i := strings.IndexAny(s.text[off:], " \t\r\n,[]{}"); i >= 0 {
		return off + i
	}
	return len(s.text)
}

// skipBlank skips the given characters and comments.
func (s *Source) skipBlank(off int, blank string) int {
	for off < len(s.text) {
		switch {
		case strings.IndexByte(blank, s.text[off]) >= 0:
			off++
		case s.text[off] == '#':
			off = s.lineEnd(off)
		default:
			return off
		}
	}
	return off
}

// lineEnd returns the offset of the end of the line.
func (s *Source) lineEnd(off int) int {
	if i := strings.IndexByte(s.text[off:], '\n'); i >= 0 {
		return len(strings.TrimSuffix(s.text[:off+i], "\r"))
	}
	return len(s.text)
}

func (s *Source) doubleQuotedEnd(off int) int {
	for i := off + 1; i < len(s.text); i++ {
		switch s.text[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return len(s.text)
}

func (s *Source) singleQuotedEnd(off int) int {
	for i := off + 1; i < len(s.text); i++ {
		if s.text[i] != '\'' {
			continue
		}
		if !strings.HasPrefix(s.text[i+1:], "'") {
			return i + 1
		}
		i++ // a doubled quote stands for itself
	}
	return len(s.text)
}

// textEnd returns the offset behind a plain or block scalar. These styles have no
// escapes, and folding and indentation change only white space. So the text has as many
// other bytes as the value.
func (s *Source) textEnd(value string, off int) int {
	left := 0
	for i := range len(value) {
		if !isBlank(value[i]) {
			left++
		}
	}
	for i := off; left > 0 && i < len(s.text); i++ {
		if !isBlank(s.text[i]) {
			left--
			off = i + 1
		}
	}
	return off
}

func isBlank(c byte) bool {
	return c == ' ' || c == '\t' || c == '\n' || c == '\r'
}

// flowEnd returns the offset behind a list or mapping in brackets whose last child ends
// at last.
func (s *Source) flowEnd(last int) int {
	off := s.skipBlank(last, " \t\r\n,:?")
	if off < len(s.text) && (s.text[off] == ']' || s.text[off] == '}') {
		return off + 1
	}
	return last
}
