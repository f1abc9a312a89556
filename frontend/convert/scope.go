package convert

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// An expanded text has the references to args between two marks, which no Dockerfile
// contains: markStart + "NAME" + markEnd, or "NAME:-default" between them.
const (
	markStart = "\x01"
	markEnd   = "\x02"
)

func mark(name string) string { return markStart + name + markEnd }

// marked finds marked references.
var marked = pattern.Compile(markStart + `([^` + markEnd + `]*)` + markEnd)

// plain returns an expanded text as a person would write it.
func plain(text string) string { return marked().ReplaceAllString(text, "$${$1}") }

// hasArgs reports whether an expanded text refers to an arg.
func hasArgs(text string) bool { return strings.Contains(text, markStart) }

// maxMade bounds the text that expanding variables makes: a variable can double itself
// in each line.
const maxMade = 4 << 20

// arg is a build arg of the Scratchfile.
type arg struct {
	name  string
	value *string // expanded
}

// scope has the variables of a stage.
type scope struct {
	c    *converter
	vars map[string]string // expanded
	// env tells the variables that ENV sets from args.
	env map[string]bool
}

// newScope returns the scope of a stage. PATH stays a reference in it.
func (c *converter) newScope() *scope {
	return &scope{c: c, vars: map[string]string{"PATH": mark("PATH")}, env: map[string]bool{}}
}

// newGlobalScope returns the scope of the FROM instructions.
func (c *converter) newGlobalScope() (*scope, error) {
	s := &scope{c: c, vars: map[string]string{}}
	for _, name := range spec.PlatformArgs {
		s.vars[name] = mark(name)
	}
	for i := range c.file.args {
		if err := s.expandAll([]instructions.Command{&c.file.args[i]}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Get and Keys make a scope the environment of BuildKit's lexer.
func (s *scope) Get(name string) (string, bool) {
	v, ok := s.vars[name]
	return v, ok
}

func (s *scope) Keys() []string { return slices.Sorted(maps.Keys(s.vars)) }

// expandAll expands the variables in instructions, in their order. What a script knows is
// the last value of each variable.
func (s *scope) expandAll(commands []instructions.Command) error {
	for _, cmd := range commands {
		if err := s.expandCommand(cmd); err != nil {
			return err
		}
		switch cmd := cmd.(type) {
		case *instructions.ArgCommand:
			s.declare(cmd)
		case *instructions.EnvCommand:
			for _, kv := range cmd.Env {
				s.vars[kv.Key], s.env[kv.Key] = kv.Value, true
			}
		}
	}
	return nil
}

// expandCommand expands the variables in an instruction as BuildKit does.
func (s *scope) expandCommand(cmd instructions.Command) error {
	line := lineOf(cmd)
	var err error
	if ex, ok := cmd.(instructions.SupportsSingleWordExpansion); ok {
		err = ex.Expand(func(word string) (string, error) { return s.expand(line, word) })
	}
	if ex, ok := cmd.(instructions.SupportsSingleWordExpansionRaw); ok && err == nil {
		lex := shell.NewLex('\\') // of a here-document
		lex.SkipProcessQuotes = true
		err = ex.ExpandRaw(func(text string) (string, error) { return s.process(line, lex, text) })
	}
	if err == nil {
		return nil
	}
	if _, ok := err.(*Error); ok {
		return err
	}
	return &Error{Line: line, Text: err.Error()}
}

// expand expands the variables in a word.
func (s *scope) expand(line int, word string) (string, error) {
	return s.process(line, shell.NewLex(s.c.file.escape), word)
}

func (s *scope) process(line int, lex *shell.Lex, text string) (string, error) {
	if !strings.ContainsAny(text, "$'\"\\`") {
		return text, nil
	}
	out, unknown, err := lex.ProcessWord(s.keepModifiers(text), s)
	if err != nil {
		return "", &Error{Line: line, Text: err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		if !strings.Contains(withDefault().ReplaceAllString(text, ""), name) {
			continue
		}
		s.c.note(line, "$%s has no value in this stage, so nothing stands in its place; if the base image sets it, write its value", name)
	}
	if s.c.made += len(out); s.c.made > maxMade {
		return "", &Error{Line: line, Text: fmt.Sprintf("the variables expand to more than %d MiB", maxMade>>20)}
	}
	return out, nil
}

// withDefault finds references with a default.
var withDefault = pattern.Compile(`\$\{\w+:?-[^{}]*\}`)

// modified finds references with a rule for the value, such as ${A:-b}.
var modified = pattern.Compile(`\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-+?]|##?|%%?|//?)[^{}$'"\\` + "`" + `]*)\}`)

// keepModifiers marks the references to args that have a rule, since only the build knows
// the value that it is for.
func (s *scope) keepModifiers(text string) string {
	return modified().ReplaceAllStringFunc(text, func(ref string) string {
		m := modified().FindStringSubmatch(ref)
		if s.vars[m[1]] != mark(m[1]) {
			return ref
		}
		return mark(m[1] + m[2])
	})
}

var (
	// refusedArg finds the args that a Scratchfile can't declare.
	refusedArg = pattern.Compile(`^(PATH|IFS|ENV|BASH_ENV|LD_.*|SOURCE_DATE_EPOCH|BUILDKIT_.*)$|[^A-Za-z0-9_]`)
	// proxyArg finds args that every build has.
	proxyArg = pattern.Compile(`(?i)^(https?|ftp|no|all)_proxy$`)
)

// declare declares the args of an ARG instruction, which is expanded.
func (s *scope) declare(cmd *instructions.ArgCommand) {
	line := lineOf(cmd)
	for _, a := range cmd.Args {
		switch {
		case s.env[a.Key]: // ENV wins over ARG
		case refusedArg().MatchString(a.Key):
			s.c.note(line, "ARG %s is left out: a Scratchfile declares no arg of this name; write its value where it is needed", a.Key)
			if a.Value != nil {
				s.vars[a.Key] = *a.Value
			}
		default:
			s.vars[a.Key] = mark(a.Key)
			if !slices.Contains(spec.PlatformArgs, a.Key) && !proxyArg().MatchString(a.Key) {
				s.c.declareArg(line, a.Key, a.Value)
			}
		}
	}
}

func (c *converter) declareArg(line int, name string, value *string) {
	a := c.findArg(name)
	switch {
	case a == nil:
		c.args = append(c.args, arg{name, value})
	case value == nil || a.value != nil && *a.value == *value:
	case a.value == nil && !hasArgs(*value):
		c.note(line, "ARG %s has a default here and none before; the default holds for the whole file", name)
		a.value = value
	default:
		c.note(line, "ARG %s has another default here; args are declared once for the whole file, with the first default", name)
	}
}

// findArg returns a declared arg, or nil.
func (c *converter) findArg(name string) *arg {
	for i := range c.args {
		if c.args[i].name == name {
			return &c.args[i]
		}
	}
	return nil
}

// defaultOf returns an expanded text with the defaults of args in place of references to
// them, as far as they have one.
func (c *converter) defaultOf(text string) string {
	for range 8 { // a default may refer to other args
		if !hasArgs(text) {
			break
		}
		text = marked().ReplaceAllStringFunc(text, func(ref string) string {
			value, _, err := shell.NewLex('\\').ProcessWord(plain(ref), defaults(c.args))
			if err != nil {
				return ""
			}
			return value
		})
		if len(text) > 4096 {
			return ""
		}
	}
	return text
}

// defaults are args as the environment of BuildKit's lexer.
type defaults []arg

func (d defaults) Get(name string) (string, bool) {
	i := slices.IndexFunc(d, func(a arg) bool { return a.name == name && a.value != nil && len(*a.value) <= 256 })
	if i < 0 {
		return "", false
	}
	return *d[i].value, true
}

// Keys is a method of the environment that the lexer does not call.
func (d defaults) Keys() []string { return nil }

func orDefault(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
