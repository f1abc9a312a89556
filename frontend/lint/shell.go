package lint

import (
	"path"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// span is a part of a script, as byte offsets.
type span struct {
	start, end int
}

// outline is what the rules see of a script: the commands with their words, and what
// the shell does with their status. The commands of a command substitution are not
// among them; the word with the substitution has them.
type outline struct {
	lists    []list     // the script, and each list inside it
	commands []*command // the simple commands of all lists
}

// list is a sequence of commands: a script, the body of a loop, a branch of an if.
type list struct {
	items []andOr
	// tested is true if the list is the condition of an if or a loop, or in one.
	tested bool
}

// andOr is one or more pipelines, joined by && and ||.
type andOr struct {
	span
	pipelines []pipeline
	ops       []syntax.BinCmdOperator // between the pipelines
	// background is true if & ends it. The shell then ignores its status.
	background bool
}

// pipeline is one or more commands, each of which reads what the one before it
// writes.
type pipeline struct {
	span
	commands []*command
	negated  bool // ! stands before it
}

// last returns the command whose status is the pipeline's.
func (p pipeline) last() *command { return p.commands[len(p.commands)-1] }

// command is a simple command, or a compound one such as if or ( … ).
type command struct {
	span
	// assigns are the words NAME=value before a simple command.
	assigns []word
	// words are the name and the arguments of a simple command.
	words []word
	// harmless is true if all simple commands in it are. See [isHarmless].
	harmless bool
}

// name returns the name of the program that a simple command starts, without its
// folder. It is empty if the name has an expansion.
func (c *command) name() string {
	if len(c.words) == 0 || !c.words[0].static || c.words[0].text == "" {
		return ""
	}
	return path.Base(c.words[0].text)
}

// has reports whether a word of a simple command is one of the texts.
func (c *command) has(texts ...string) bool {
	return slices.ContainsFunc(c.words, func(w word) bool { return w.static && slices.Contains(texts, w.text) })
}

// word is a word of a command.
type word struct {
	// text is the word without quotes and expansions.
	text string
	// static is true if the word has no expansions, so that text is the whole word.
	static bool
	// vars are the variables in the word.
	vars []string
	// substitutions are the scripts of $(…) and `…` in the word.
	substitutions [][]*syntax.Stmt
}

// outliner makes an outline.
type outliner struct {
	outline
	// foreign is true if the script has syntax that is not POSIX shell.
	foreign bool
}

func outlineOf(stmts []*syntax.Stmt) outline {
	o := &outliner{}
	o.addList(stmts, false)
	if o.foreign {
		return outline{}
	}
	return o.outline
}

// addList adds a list and the lists inside it. It reports whether all of its commands
// are harmless.
func (o *outliner) addList(stmts []*syntax.Stmt, tested bool) bool {
	at := len(o.lists)
	o.lists = append(o.lists, list{tested: tested})
	items := make([]andOr, 0, len(stmts))
	harmless := true
	for _, s := range stmts {
		item := o.andOr(s, tested)
		for _, p := range item.pipelines {
			harmless = harmless && !slices.ContainsFunc(p.commands, func(c *command) bool { return !c.harmless })
		}
		items = append(items, item)
	}
	o.lists[at].items = items
	return harmless
}

func (o *outliner) andOr(s *syntax.Stmt, tested bool) andOr {
	stmts, ops := splitChain(s, syntax.AndStmt, syntax.OrStmt)
	item := andOr{pipelines: make([]pipeline, 0, len(stmts)), ops: ops, background: s.Background}
	for _, s := range stmts {
		item.pipelines = append(item.pipelines, o.pipeline(s, tested))
	}
	item.span = span{item.pipelines[0].start, item.pipelines[len(stmts)-1].end}
	return item
}

func (o *outliner) pipeline(s *syntax.Stmt, tested bool) pipeline {
	stmts, _ := splitChain(s, syntax.Pipe)
	p := pipeline{commands: make([]*command, 0, len(stmts)), negated: s.Negated}
	for _, s := range stmts {
		p.commands = append(p.commands, o.command(s, tested))
	}
	p.span = span{p.commands[0].start, p.last().end}
	return p
}

// splitChain returns the statements that some operators join. The parser nests them to
// the left, one level for each operator. A loop instead of a recursion keeps the stack
// small.
func splitChain(s *syntax.Stmt, joining ...syntax.BinCmdOperator) ([]*syntax.Stmt, []syntax.BinCmdOperator) {
	var stmts []*syntax.Stmt
	var ops []syntax.BinCmdOperator
	for {
		binary, ok := s.Cmd.(*syntax.BinaryCmd)
		if !ok || !slices.Contains(joining, binary.Op) {
			break
		}
		stmts, ops = append(stmts, binary.Y), append(ops, binary.Op)
		s = binary.X
	}
	stmts = append(stmts, s)
	slices.Reverse(stmts)
	slices.Reverse(ops)
	return stmts, ops
}

func (o *outliner) command(s *syntax.Stmt, tested bool) *command {
	c := &command{span: spanOf(s)}
	switch cmd := s.Cmd.(type) {
	case nil: // redirections alone
		c.harmless = true
		o.commands = append(o.commands, c)
	case *syntax.CallExpr:
		o.addWords(c, cmd)
		c.harmless = isHarmless(c)
		o.commands = append(o.commands, c)
	case *syntax.Subshell:
		c.harmless = o.addList(cmd.Stmts, tested)
	case *syntax.Block:
		c.harmless = o.addList(cmd.Stmts, tested)
	case *syntax.FuncDecl:
		// The body must be a compound command. The parser also accepts other commands.
		// It then takes what && or | joins to the function for a part of the body.
		switch cmd.Body.Cmd.(type) {
		case *syntax.CallExpr, *syntax.BinaryCmd, *syntax.FuncDecl, nil:
			o.foreign = true
			return c
		}
		c.harmless = o.addList([]*syntax.Stmt{cmd.Body}, tested)
	case *syntax.ForClause:
		c.harmless = o.addList(cmd.Do, tested)
	case *syntax.WhileClause:
		o.addList(cmd.Cond, true)
		c.harmless = o.addList(cmd.Do, tested)
	case *syntax.IfClause:
		c.harmless = true
		for branch := cmd; branch != nil; branch = branch.Else {
			if len(branch.Cond) > 0 { // not an else
				o.addList(branch.Cond, true)
			}
			c.harmless = o.addList(branch.Then, tested) && c.harmless
		}
	case *syntax.CaseClause:
		c.harmless = true
		for _, item := range cmd.Items {
			c.harmless = o.addList(item.Stmts, tested) && c.harmless
		}
	default:
		o.foreign = true
	}
	return c
}

// spanOf returns the place of a command and its redirections, without the text of
// here-documents.
func spanOf(s *syntax.Stmt) span {
	var part span
	add := func(start, end int) {
		if part == (span{}) {
			part = span{start, end}
		}
		part = span{min(part.start, start), max(part.end, end)}
	}
	switch cmd := s.Cmd.(type) {
	case nil:
	case *syntax.FuncDecl:
		add(int(cmd.Pos().Offset()), spanOf(cmd.Body).end)
	default:
		add(int(cmd.Pos().Offset()), int(cmd.End().Offset()))
	}
	for _, r := range s.Redirs {
		add(int(r.Pos().Offset()), int(r.Word.End().Offset()))
	}
	return part
}

// addWords adds the words of a simple command.
func (o *outliner) addWords(c *command, call *syntax.CallExpr) {
	for _, a := range call.Assigns {
		if a.Array != nil || a.Index != nil {
			o.foreign = true
			continue
		}
		w := word{static: true}
		if a.Value != nil {
			w = o.word(a.Value)
		}
		w.text = a.Name.Value + "=" + w.text
		c.assigns = append(c.assigns, w)
	}
	c.words = make([]word, 0, len(call.Args))
	for _, arg := range call.Args {
		c.words = append(c.words, o.word(arg))
	}
	if c.name() == "[[" {
		o.foreign = true // && and | have another meaning in it
	}
}

func (o *outliner) word(w *syntax.Word) word {
	read := word{static: true}
	var text strings.Builder
	o.addParts(&read, &text, w.Parts, false)
	read.text = text.String()
	return read
}

func (o *outliner) addParts(w *word, text *strings.Builder, parts []syntax.WordPart, quoted bool) {
	for _, part := range parts {
		switch part := part.(type) {
		case *syntax.Lit:
			unescape(text, part.Value, quoted)
		case *syntax.SglQuoted:
			text.WriteString(part.Value)
		case *syntax.DblQuoted:
			o.addParts(w, text, part.Parts, true)
		case *syntax.ParamExp:
			w.static = false
			if part.Param != nil {
				w.vars = append(w.vars, part.Param.Value)
			}
			if part.Exp != nil && part.Exp.Word != nil {
				// The default is expanded too, but it is not always a part of the word.
				o.addParts(w, &strings.Builder{}, part.Exp.Word.Parts, quoted)
			}
		case *syntax.CmdSubst:
			w.static = false
			w.substitutions = append(w.substitutions, part.Stmts)
		case *syntax.ArithmExp:
			w.static = false
		default:
			o.foreign = true
		}
	}
}

// unescape writes a literal of the shell without its backslashes. In double quotes, a
// backslash escapes only a few characters.
func unescape(text *strings.Builder, literal string, quoted bool) {
	for i := 0; i < len(literal); i++ {
		if literal[i] == '\\' && i+1 < len(literal) && (!quoted || strings.IndexByte("$`\"\\", literal[i+1]) >= 0) {
			i++
		}
		text.WriteByte(literal[i])
	}
}
