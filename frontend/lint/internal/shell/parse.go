package shell

import (
	"regexp"
	"slices"
)

// maxDepth bounds the nesting of a script.
const maxDepth = 50

// Parse parses a script. It returns false for one that it does not understand.
func Parse(src string) (*Script, bool) {
	l := &lexer{src: src}
	l.next()
	list := l.list()
	if l.failed || l.tok.kind != end {
		return nil, false
	}
	return &Script{List: list, Dangling: l.dangling}, true
}

// nest goes one level down and returns what goes up again. The script ends where
// it is too deep.
func (l *lexer) nest() func() {
	if l.depth++; l.depth > maxDepth {
		l.fail()
	}
	return func() { l.depth-- }
}

// closers are the keywords that end a list.
var closers = []string{"then", "elif", "else", "fi", "do", "done", "esac", "}"}

// list parses commands up to something that ends a list.
func (l *lexer) list() *List {
	list := &List{}
	defer l.nest()()
	for {
		l.skipNewlines()
		if l.tok.kind == end || l.tok.is(")", ";;") || slices.Contains(closers, l.tok.keyword()) {
			return list
		}
		item := l.andOr()
		list.Items = append(list.Items, item)
		switch {
		case l.tok.is("&"):
			item.Background = true
			l.next()
		case l.tok.is(";"), l.tok.kind == newline:
			l.next()
		case l.tok.kind == end, l.tok.is(")", ";;"):
		default:
			// A closer is a plain word unless something ends the command before it,
			// except behind a compound command.
			if !slices.Contains(closers, l.tok.keyword()) {
				l.fail()
			}
		}
	}
}

func (l *lexer) skipNewlines() {
	for l.tok.kind == newline {
		l.next()
	}
}

func (l *lexer) andOr() *AndOr {
	item := &AndOr{Pipelines: []*Pipeline{l.pipeline()}}
	for l.tok.is("&&", "||") {
		item.Ops = append(item.Ops, l.tok.op)
		l.next()
		l.skipNewlines()
		item.Pipelines = append(item.Pipelines, l.pipeline())
	}
	return item
}

func (l *lexer) pipeline() *Pipeline {
	p := &Pipeline{}
	for l.tok.keyword() == "!" {
		p.Negated = !p.Negated
		l.next()
	}
	p.Commands = append(p.Commands, l.command())
	for l.tok.is("|") {
		l.next()
		l.skipNewlines()
		p.Commands = append(p.Commands, l.command())
	}
	return p
}

func (l *lexer) command() *Command {
	c := &Command{Span: Span{Start: l.tok.Start}}
	switch key := l.tok.keyword(); {
	case l.tok.is("("):
		l.next()
		c.Bodies = append(c.Bodies, l.list())
		l.expect(")")
	case key == "{":
		l.next()
		c.Bodies = append(c.Bodies, l.list())
		l.expectKeyword("}")
	case key == "if":
		l.ifClause(c)
	case key == "while", key == "until":
		l.next()
		c.Conditions = append(c.Conditions, l.list())
		l.loopBody(c)
	case key == "for":
		l.forClause(c)
	case key == "case":
		l.caseClause(c)
	case key == "function", key == "[[", key == "select", slices.Contains(closers, key):
		l.fail()
	default:
		l.simple(c)
		c.End = l.lastEnd
		return c
	}
	for l.redirection() {
	}
	c.End = l.lastEnd
	return c
}

// expect steps over an operator that must come here.
func (l *lexer) expect(op string) {
	if !l.tok.is(op) {
		l.fail()
		return
	}
	l.next()
}

// expectKeyword steps over a keyword that must come here.
func (l *lexer) expectKeyword(key string) {
	if l.tok.keyword() != key {
		l.fail()
		return
	}
	l.next()
}

func (l *lexer) ifClause(c *Command) {
	for key := "if"; key == "if" || key == "elif"; key = l.tok.keyword() {
		l.next()
		c.Conditions = append(c.Conditions, l.list())
		l.expectKeyword("then")
		c.Bodies = append(c.Bodies, l.list())
	}
	if l.tok.keyword() == "else" {
		l.next()
		c.Bodies = append(c.Bodies, l.list())
	}
	l.expectKeyword("fi")
}

func (l *lexer) loopBody(c *Command) {
	l.expectKeyword("do")
	c.Bodies = append(c.Bodies, l.list())
	l.expectKeyword("done")
}

func (l *lexer) forClause(c *Command) {
	l.next()
	l.anyWord()
	l.skipNewlines()
	if l.tok.keyword() == "in" {
		for l.next(); l.tok.kind == word; {
			l.next()
		}
	}
	if l.tok.is(";") {
		l.next()
	}
	l.skipNewlines()
	l.loopBody(c)
}

// anyWord steps over a word that must come here.
func (l *lexer) anyWord() {
	if l.tok.kind != word {
		l.fail()
		return
	}
	l.next()
}

func (l *lexer) caseClause(c *Command) {
	c.Bodies = []*List{}
	l.next()
	l.anyWord()
	l.skipNewlines()
	l.expectKeyword("in")
	for l.skipNewlines(); l.tok.kind != end && l.tok.keyword() != "esac"; l.skipNewlines() {
		if l.tok.is("(") {
			l.next()
		}
		for l.anyWord(); l.tok.is("|"); {
			l.next()
			l.anyWord()
		}
		l.expect(")")
		c.Bodies = append(c.Bodies, l.list())
		if !l.tok.is(";;") {
			break
		}
		l.next()
	}
	l.expectKeyword("esac")
	if len(c.Bodies) == 0 {
		c.Bodies = append(c.Bodies, &List{})
	}
}

var assignment = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*=`)

// simple parses a simple command, or the definition of a function.
func (l *lexer) simple(c *Command) {
	for !l.failed {
		switch {
		case l.tok.kind == word:
			if len(c.Words) == 0 && assignment.MatchString(l.src[l.tok.Start:l.tok.End]) {
				c.Assigns = append(c.Assigns, l.tok.word)
			} else {
				c.Words = append(c.Words, l.tok.word)
			}
			l.next()
		case l.tok.is("(") && len(c.Words) == 1 && len(c.Assigns) == 0:
			l.next()
			l.expect(")")
			l.skipNewlines()
			l.function(c)
			return
		case l.redirection():
		case c.Start == l.tok.Start:
			l.fail() // nothing that is a command
		default:
			return
		}
	}
}

// function parses the body of a function.
func (l *lexer) function(c *Command) {
	defer l.nest()()
	body := l.command()
	c.Words = nil
	c.Bodies = []*List{{Items: []*AndOr{{Pipelines: []*Pipeline{{Commands: []*Command{body}}}}}}}
}

// redirection steps over a redirection, if one comes here.
func (l *lexer) redirection() bool {
	if !l.tok.is(redirections...) {
		return false
	}
	op := l.tok.op
	l.next()
	if l.tok.kind != word {
		l.fail()
		return false
	}
	if op == "<<" || op == "<<-" {
		l.docs = append(l.docs, hereDoc{mark: l.tok.word.Text, tabs: op == "<<-"})
	}
	l.next()
	return true
}
