package shell

import "strings"

// wordBuilder collects a word while it is read.
type wordBuilder struct {
	Word
	text strings.Builder
}

// word reads a word, which starts at the current position.
func (l *lexer) word() Word {
	b := &wordBuilder{Word: Word{Span: Span{Start: l.pos}, Static: true, bare: true}}
	for l.pos < len(l.src) && !l.failed {
		c := l.src[l.pos]
		if strings.IndexByte(" \t\n;&|<>()", c) >= 0 {
			break
		}
		switch c {
		case '\\':
			l.noteDangling(b)
			l.escaped(b, "")
		case '\'':
			n := strings.IndexByte(l.src[l.pos+1:], '\'')
			if n < 0 {
				l.failed = true
				break
			}
			b.bare = false
			b.text.WriteString(l.src[l.pos+1 : l.pos+1+n])
			l.pos += n + 2
		case '"':
			l.doubleQuoted(b)
		case '$':
			l.dollar(b)
		case '`':
			l.backticks(b)
		default:
			b.text.WriteByte(c)
			l.pos++
		}
	}
	b.Text, b.End = b.text.String(), l.pos
	return b.Word
}

// noteDangling remembers a backslash that only blanks part from the end of the
// line.
func (l *lexer) noteDangling(b *wordBuilder) {
	at := l.pos + 1
	for at < len(l.src) && (l.src[at] == ' ' || l.src[at] == '\t') {
		at++
	}
	if l.pos == b.Start && at > l.pos+1 && (at == len(l.src) || l.src[at] == '\n') {
		l.dangling = append(l.dangling, Span{l.pos, l.pos + 1})
	}
}

// escaped reads a backslash and what it escapes. With a set, it escapes only
// those characters.
func (l *lexer) escaped(b *wordBuilder, only string) {
	b.bare = false
	if l.pos+1 >= len(l.src) {
		l.failed = true
		return
	}
	c := l.src[l.pos+1]
	l.pos += 2
	if c == '\n' {
		return
	}
	if only != "" && strings.IndexByte(only, c) < 0 {
		b.text.WriteByte('\\')
	}
	b.text.WriteByte(c)
}

func (l *lexer) doubleQuoted(b *wordBuilder) {
	b.bare = false
	l.pos++
	for l.pos < len(l.src) && !l.failed {
		switch c := l.src[l.pos]; c {
		case '"':
			l.pos++
			return
		case '\\':
			l.escaped(b, "$`\"\\")
		case '$':
			l.dollar(b)
		case '`':
			l.backticks(b)
		default:
			b.text.WriteByte(c)
			l.pos++
		}
	}
	l.failed = true
}

// dollar reads an expansion, or a dollar sign that stands for itself.
func (l *lexer) dollar(b *wordBuilder) {
	rest := l.src[l.pos:]
	switch {
	case strings.HasPrefix(rest, "$(("):
		b.dynamic()
		l.arithmetic()
	case strings.HasPrefix(rest, "$("):
		b.dynamic()
		l.substitution(b)
	case strings.HasPrefix(rest, "${"):
		b.dynamic()
		l.parameter(b)
	default:
		n := nameLength(rest[1:])
		if n == 0 && len(rest) > 1 && strings.IndexByte("@*#?-$!0123456789", rest[1]) >= 0 {
			n = 1
		}
		if n == 0 {
			b.bare = false
			b.text.WriteByte('$')
			l.pos++
			return
		}
		b.dynamic()
		b.Vars = append(b.Vars, rest[1:1+n])
		l.pos += 1 + n
	}
}

// dynamic marks a word that only the shell knows in full.
func (b *wordBuilder) dynamic() {
	b.Static, b.bare = false, false
}

// nameLength returns how many bytes of the text's start are a name.
func nameLength(s string) int {
	for i := range len(s) {
		c := s[i]
		letter := c == '_' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (i == 0 || c < '0' || c > '9') {
			return i
		}
	}
	return len(s)
}

// arithmetic steps over $((…)).
func (l *lexer) arithmetic() {
	depth := 0
	for l.pos++; l.pos < len(l.src); l.pos++ {
		switch l.src[l.pos] {
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				l.pos++
				return
			}
		case '\'', '"', '`', '\\', '#':
			l.failed = true
			return
		}
	}
	l.failed = true
}

// substitution reads $(…).
func (l *lexer) substitution(b *wordBuilder) {
	outer, docs, lastEnd := l.tok, l.docs, l.lastEnd
	l.docs = nil
	l.pos += len("$(")
	defer l.nest()()
	l.next()
	list := l.list()
	if !l.tok.is(")") || len(l.docs) > 0 {
		l.failed = true
	}
	if !l.failed {
		l.tok, l.docs, l.lastEnd = outer, docs, lastEnd
	}
	b.Substitutions = append(b.Substitutions, list)
}

// parameter reads ${…}.
func (l *lexer) parameter(b *wordBuilder) {
	l.pos += len("${")
	if n := nameLength(l.src[l.pos:]); n > 0 {
		b.Vars = append(b.Vars, l.src[l.pos:l.pos+n])
		l.pos += n
	}
	defer l.nest()()
	// What it falls back to is part of the word, but not of its plain text.
	inner := &wordBuilder{Word: Word{Span: Span{Start: -1}}}
	for l.pos < len(l.src) && !l.failed {
		switch l.src[l.pos] {
		case '}':
			l.pos++
			b.Vars = append(b.Vars, inner.Vars...)
			b.Substitutions = append(b.Substitutions, inner.Substitutions...)
			return
		case '\\':
			l.escaped(inner, "")
		case '"':
			l.doubleQuoted(inner)
		case '\'':
			l.failed = true // means one thing inside of double quotes and another outside
		case '$':
			l.dollar(inner)
		case '`':
			l.backticks(inner)
		default:
			l.pos++
		}
	}
	l.failed = true
}

// backticks reads `…`. With a backslash inside it counts as not understood.
func (l *lexer) backticks(b *wordBuilder) {
	b.dynamic()
	start := l.pos + 1
	for l.pos = start; l.pos < len(l.src); l.pos++ {
		switch l.src[l.pos] {
		case '\\':
			l.pos++
		case '`':
			b.Substitutions = append(b.Substitutions, parseInner(l.src[start:l.pos], l.depth))
			l.pos++
			return
		}
	}
	l.failed = true
}

// parseInner parses what stands between backticks.
func parseInner(src string, depth int) *List {
	if strings.ContainsAny(src, "\\") {
		return nil
	}
	inner := &lexer{src: src, depth: depth}
	inner.next()
	list := inner.list()
	if inner.failed || inner.tok.kind != end {
		return nil
	}
	return list
}
