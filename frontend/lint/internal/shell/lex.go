package shell

import "strings"

// kind is what a token is.
type kind int

const (
	end kind = iota
	newline
	operator
	word
)

// token is a word, an operator, the end of a line or the end of the script.
type token struct {
	kind kind
	Span
	op   string // of an operator
	word Word   // of a word
}

// is reports whether the token is one of the operators.
func (t token) is(ops ...string) bool {
	for _, op := range ops {
		if t.kind == operator && t.op == op {
			return true
		}
	}
	return false
}

// keyword returns the text of a word that may be a keyword.
func (t token) keyword() string {
	if t.kind == word && t.word.bare {
		return t.word.Text
	}
	return ""
}

// operators, longer ones before those that they start with.
var operators = []string{"<<-", "<<", "<&", ">&", "<>", ">>", ">|", "&&", "||", ";;", "&", "|", ";", "(", ")", "<", ">"}

// redirections are the operators that a file, a descriptor or a mark follows.
var redirections = []string{"<<-", "<<", "<&", ">&", "<>", ">>", ">|", "<", ">"}

// hereDoc is a document that starts after the current line.
type hereDoc struct {
	mark string
	tabs bool // tabs before its lines don't count
}

// lexer reads tokens. Once it has failed, all that follows is the end.
type lexer struct {
	src      string
	pos      int
	tok      token // the current one
	lastEnd  int   // where the token before the current one ends
	docs     []hereDoc
	dangling []Span
	depth    int
	failed   bool
}

// fail ends the script here, as one that is not understood.
func (l *lexer) fail() {
	l.failed = true
	l.pos = len(l.src)
	l.tok = token{kind: end, Span: Span{l.pos, l.pos}}
}

// next reads the next token.
func (l *lexer) next() {
	l.lastEnd = l.tok.End
	l.skipBlank()
	start := l.pos
	if start >= len(l.src) {
		if len(l.docs) > 0 {
			l.failed = true
		}
		l.tok = token{kind: end, Span: Span{start, start}}
		return
	}
	if l.src[start] == '\n' {
		l.pos++
		l.skipDocs()
		l.tok = token{kind: newline, Span: Span{start, start + 1}}
		return
	}
	if op := l.operator(); op != "" {
		l.pos += len(op)
		l.tok = token{kind: operator, Span: Span{start, l.pos}, op: op}
		return
	}
	w := l.word()
	if l.failed {
		l.fail()
		return
	}
	if isDigits(l.src[start:l.pos]) && l.pos < len(l.src) && strings.IndexByte("<>", l.src[l.pos]) >= 0 {
		// The number of a descriptor, as in 2>&1.
		op := l.operator()
		l.pos += len(op)
		l.tok = token{kind: operator, Span: Span{start, l.pos}, op: op}
		return
	}
	l.tok = token{kind: word, Span: w.Span, word: w}
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// operator returns the operator that comes next, if any.
func (l *lexer) operator() string {
	for _, op := range operators {
		if strings.HasPrefix(l.src[l.pos:], op) {
			return op
		}
	}
	return ""
}

// skipBlank steps over blanks, continued lines and a comment.
func (l *lexer) skipBlank() {
	for l.pos < len(l.src) {
		switch c := l.src[l.pos]; {
		case c == ' ' || c == '\t':
			l.pos++
		case c == '\\' && strings.HasPrefix(l.src[l.pos+1:], "\n"):
			l.pos += 2
		case c == '#':
			l.pos += lineLength(l.src[l.pos:])
		default:
			return
		}
	}
}

// lineLength returns the number of bytes before the next end of a line.
func lineLength(s string) int {
	if i := strings.IndexByte(s, '\n'); i >= 0 {
		return i
	}
	return len(s)
}

// skipDocs steps over the here-documents whose text starts at the current line.
func (l *lexer) skipDocs() {
	for _, doc := range l.docs {
		for closed := false; !closed; {
			if l.pos >= len(l.src) {
				l.failed = true
				return
			}
			n := lineLength(l.src[l.pos:])
			line := l.src[l.pos : l.pos+n]
			if doc.tabs {
				line = strings.TrimLeft(line, "\t")
			}
			closed = line == doc.mark
			l.pos = min(l.pos+n+1, len(l.src))
		}
	}
	l.docs = nil
}
