package shell

import (
	"iter"
	"path"
)

// Span is a part of the script, as byte offsets.
type Span struct {
	Start, End int
}

// Script is a parsed script.
type Script struct {
	*List
	// Dangling are the backslashes that look as if they continued a line and
	// don't, since a blank stands between them and its end.
	Dangling []Span
}

// List is a sequence of commands that run one after the other: a script, the
// body of a loop, a branch of an if.
type List struct {
	Items []*AndOr
}

// AndOr is one or more pipelines, joined by && and ||.
type AndOr struct {
	Pipelines []*Pipeline
	Ops       []string // between the pipelines
	// Background tells that & ends it: nothing waits for its status.
	Background bool
}

// Pipeline is one or more commands, each reading what the one before it writes.
type Pipeline struct {
	Commands []*Command
	// Negated tells that ! stands before it.
	Negated bool
}

// Span returns the part of the script that the pipeline is.
func (p *Pipeline) Span() Span {
	return Span{p.Commands[0].Start, p.Commands[len(p.Commands)-1].End}
}

// Last returns the command whose status is the pipeline's.
func (p *Pipeline) Last() *Command {
	return p.Commands[len(p.Commands)-1]
}

// Command is a simple command, or a compound one such as if or ( … ).
type Command struct {
	Span
	// Assigns are the words NAME=value before a simple command.
	Assigns []Word
	// Words are the name and the arguments of a simple command.
	Words []Word
	// Conditions are the lists whose status a compound command tests.
	Conditions []*List
	// Bodies are the other lists of a compound command.
	Bodies []*List
}

// Name returns the name of the program that a simple command starts, without its
// directory; nothing if only the shell could tell.
func (c *Command) Name() string {
	if len(c.Words) == 0 || !c.Words[0].Static || c.Words[0].Text == "" {
		return ""
	}
	return path.Base(c.Words[0].Text)
}

// Has reports whether an argument is one of the given texts.
func (c *Command) Has(texts ...string) bool {
	for _, w := range c.Words {
		for _, t := range texts {
			if w.Static && w.Text == t {
				return true
			}
		}
	}
	return false
}

// Word is a word of a command.
type Word struct {
	Span
	// Text is the word without quotes and expansions.
	Text string
	// Static tells that there are no expansions, so that Text is all of it.
	Static bool
	// Vars are the variables that it expands.
	Vars []string
	// Substitutions are its $(…) and `…`; nil for one that is not understood.
	Substitutions []*List

	bare bool // without quotes and expansions, so possibly a keyword
}

// Lists yields the list and all lists inside of it, substitutions aside, and
// whether a condition depends on the status of the list.
func (l *List) Lists() iter.Seq2[*List, bool] {
	return func(yield func(*List, bool) bool) {
		l.walk(false, yield)
	}
}

func (l *List) walk(tested bool, yield func(*List, bool) bool) bool {
	if !yield(l, tested) {
		return false
	}
	for c := range l.own() {
		for _, cond := range c.Conditions {
			if !cond.walk(true, yield) {
				return false
			}
		}
		for _, body := range c.Bodies {
			if !body.walk(tested, yield) {
				return false
			}
		}
	}
	return true
}

// own yields the commands of the list, but not those inside of them.
func (l *List) own() iter.Seq[*Command] {
	return func(yield func(*Command) bool) {
		for _, item := range l.Items {
			for _, p := range item.Pipelines {
				for _, c := range p.Commands {
					if !yield(c) {
						return
					}
				}
			}
		}
	}
}

// Commands yields the simple commands of the list and of all lists inside of it,
// substitutions aside.
func (l *List) Commands() iter.Seq[*Command] {
	return func(yield func(*Command) bool) {
		for list := range l.Lists() {
			for c := range list.own() {
				if c.Simple() && !yield(c) {
					return
				}
			}
		}
	}
}

// Simple reports whether a command is a simple one.
func (c *Command) Simple() bool {
	return len(c.Bodies) == 0
}
