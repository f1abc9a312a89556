package convert

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/shell"

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
var marked = regexp.MustCompile(markStart + `([^` + markEnd + `]*)` + markEnd)

// plain returns an expanded text as a person would write it.
func plain(text string) string { return marked.ReplaceAllString(text, "$${$1}") }

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

func (c *converter) newScope() *scope {
	return &scope{c: c, vars: map[string]string{}, env: map[string]bool{}}
}

// globalScope is the scope of the FROM instructions.
func (c *converter) globalScope() *scope {
	s := c.newScope()
	for _, name := range spec.PlatformArgs {
		s.vars[name] = mark(name)
	}
	for i := range c.file.args {
		s.declare(&c.file.args[i])
	}
	return s
}

// Get and Keys make a scope the environment of BuildKit's lexer.
func (s *scope) Get(name string) (string, bool) {
	v, ok := s.vars[name]
	return v, ok
}

func (s *scope) Keys() []string { return slices.Sorted(maps.Keys(s.vars)) }

// expandCommand expands the variables in an instruction as BuildKit does.
func (s *scope) expandCommand(cmd instructions.Command) error {
	line := lineOf(cmd)
	var err error
	if ex, ok := cmd.(instructions.SupportsSingleWordExpansion); ok {
		err = ex.Expand(func(word string) (string, error) { return s.expand(line, word) })
	}
	if ex, ok := cmd.(instructions.SupportsSingleWordExpansionRaw); ok && err == nil {
		err = ex.ExpandRaw(func(word string) (string, error) { return s.expandText(line, word) })
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
	lex := shell.NewLex(s.c.file.escape)
	return s.process(line, lex, word)
}

// expandText expands the variables in the text of a here-document.
func (s *scope) expandText(line int, text string) (string, error) {
	lex := shell.NewLex('\\')
	lex.SkipProcessQuotes = true
	return s.process(line, lex, text)
}

func (s *scope) process(line int, lex *shell.Lex, text string) (string, error) {
	if !strings.ContainsAny(text, "$'\"\\`") {
		return text, nil
	}
	text = s.keepModifiers(text)
	out, unknown, err := lex.ProcessWord(text, s)
	if err != nil {
		return "", &Error{Line: line, Text: err.Error()}
	}
	for _, name := range slices.Sorted(maps.Keys(unknown)) {
		s.c.note(line, "$%s has no value in this stage, so nothing stands in its place; if the base image sets it, write its value", name)
	}
	if s.c.made += len(out); s.c.made > maxMade {
		return "", &Error{Line: line, Text: fmt.Sprintf("the variables expand to more than %d MiB", maxMade>>20)}
	}
	return out, nil
}

// modified finds references with a rule for the value, such as ${A:-b}.
var modified = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)((?::?[-+?]|##?|%%?|//?)[^{}$'"\\` + "`" + `]*)\}`)

// keepModifiers marks the references to args that have a rule, since only the build knows
// the value that it is for.
func (s *scope) keepModifiers(text string) string {
	return modified.ReplaceAllStringFunc(text, func(ref string) string {
		m := modified.FindStringSubmatch(ref)
		if s.vars[m[1]] != mark(m[1]) {
			return ref
		}
		return mark(m[1] + m[2])
	})
}

var identifier = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// declare declares the args of an ARG instruction, which is expanded.
func (s *scope) declare(cmd *instructions.ArgCommand) {
	line := lineOf(cmd)
	for _, a := range cmd.Args {
		if s.env[a.Key] {
			continue // ENV wins over ARG
		}
		if reason := notAnArg(a.Key); reason != "" {
			s.c.note(line, "ARG %s is left out: %s", a.Key, reason)
			if a.Value != nil {
				s.vars[a.Key] = *a.Value
			}
			continue
		}
		s.vars[a.Key] = mark(a.Key)
		if !slices.Contains(spec.PlatformArgs, a.Key) && !isProxy(a.Key) {
			s.c.declareArg(line, a.Key, a.Value)
		}
	}
}

func (c *converter) declareArg(line int, name string, value *string) {
	i := slices.IndexFunc(c.args, func(a arg) bool { return a.name == name })
	if i < 0 {
		c.args = append(c.args, arg{name, value})
		return
	}
	switch old := c.args[i].value; {
	case value == nil || old != nil && *old == *value:
	case old == nil && !hasArgs(*value):
		c.note(line, "ARG %s has a default here and none before; the default holds for the whole file", name)
		c.args[i].value = value
	default:
		c.note(line, "ARG %s has another default here; args are declared once for the whole file, with the first default", name)
	}
}

// notAnArg says why a Scratchfile can't declare an arg. It returns "" if it can.
func notAnArg(name string) string {
	switch {
	case !identifier.MatchString(name):
		return "the name of an arg has letters, digits and _ only"
	case name == "PATH" || name == "IFS" || name == "ENV" || name == "BASH_ENV" || strings.HasPrefix(name, "LD_"):
		return "it would let the caller change what the shell runs; set it in build.env"
	case name == "SOURCE_DATE_EPOCH" || strings.HasPrefix(name, "BUILDKIT_"):
		return "it steers the builder, which has it without a declaration"
	}
	return ""
}

// isProxy reports whether an arg is one that every build has.
func isProxy(name string) bool {
	switch strings.ToUpper(name) {
	case "HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY":
		return true
	}
	return false
}

// setEnv sets the variables of an ENV instruction, which is expanded.
func (s *scope) setEnv(cmd *instructions.EnvCommand) {
	for _, kv := range cmd.Env {
		s.vars[kv.Key] = kv.Value
		s.env[kv.Key] = true
	}
}

// defaultOf returns an expanded text with the defaults of args in place of references to
// them, as far as they have one.
func (c *converter) defaultOf(text string) string {
	for range 8 { // a default may refer to other args
		if !hasArgs(text) {
			break
		}
		text = marked.ReplaceAllStringFunc(text, func(ref string) string {
			name := strings.Trim(ref, markStart+markEnd)
			i := slices.IndexFunc(c.args, func(a arg) bool { return a.name == name })
			if i < 0 || c.args[i].value == nil || len(*c.args[i].value) > 256 {
				return ""
			}
			return *c.args[i].value
		})
		if len(text) > 4096 {
			return ""
		}
	}
	return text
}
