package spec

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// scope is the set of args that strings may use.
type scope struct {
	values      map[string]*string // nil for an arg without a value
	later       map[string]bool    // names of args that the file declares somewhere
	used        map[string]bool    // names of args that a string has expanded
	expanded    int                // how many bytes all substitutions have made
	work        int                // what they have cost; see maxExpandWork
	suggestions suggestions
}

func newScope(vars Vars) *scope {
	s := &scope{values: make(map[string]*string), later: make(map[string]bool), used: make(map[string]bool)}
	for _, name := range PlatformArgs {
		// An arg without a value expands to nothing, as in a Dockerfile.
		s.values[name] = new(string)
	}
	for name, v := range vars.Platform {
		s.declare(name, &v)
	}
	return s
}

func (s *scope) declare(name string, v *string) {
	s.values[name] = v
}

// expand replaces $ARG and ${ARG…}. The rules between the braces are those of a Dockerfile.
// Outside of a substitution, only "\$" is special. Quotes and other backslashes stay,
// because YAML has its own rules for them.
func (s *scope) expand(text string) (string, *complaint) {
	if !strings.Contains(text, "$") {
		return text, nil
	}
	var b strings.Builder
	for rest := text; rest != ""; {
		i := strings.IndexByte(rest, '$')
		if i < 0 {
			b.WriteString(rest)
			break
		}
		if i > 0 && rest[i-1] == '\\' {
			b.WriteString(rest[:i-1] + "$")
			rest = rest[i+1:]
			continue
		}
		b.WriteString(rest[:i])
		n, closed := substitutionLength(rest[i:])
		if !closed {
			return "", complain(`add "}", or write \$ for a dollar sign`, "%s is not closed", show(rest[i:]))
		}
		out, bad := s.substitute(rest[i : i+n])
		if bad != nil {
			return "", bad
		}
		b.WriteString(out)
		rest = rest[i+n:]
	}
	return b.String(), nil
}

// substitutionLength returns the length of the substitution at the start of a text, which
// starts with a dollar. It reports whether the brace is closed.
func substitutionLength(text string) (int, bool) {
	if !strings.HasPrefix(text, "${") {
		return nameEnd(text), true
	}
	depth := 0
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] == '\\':
			i++
		case strings.HasPrefix(text[i:], "${"):
			depth++
		case text[i] == '}':
			if depth--; depth == 0 {
				return i + 1, true
			}
		}
	}
	return len(text), false
}

// nameEnd returns the length of a dollar and the name, digits or sign after it.
func nameEnd(text string) int {
	i := 1
	for i < len(text) && (text[i] == '_' || isAlnum(text[i])) {
		i++
	}
	if i == 1 && len(text) > 1 && strings.IndexByte("@*#?-$!", text[1]) >= 0 {
		return 2
	}
	return i
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
}

// substitute expands one substitution. A few lines could cost more than a machine has: args
// can refer to args, ${x//a/b} can repeat its replacement, and a pattern is tried at each
// place of a value. So the cost is counted before the work is done, and nothing is done
// that is over a limit.
func (s *scope) substitute(text string) (string, *complaint) {
	if s.work > maxExpandWork {
		return "", overBudget("cost more to expand than", maxExpandWork, "steps")
	}
	if len(text) > maxSubstitution {
		return "", complain("shorten it", "the substitution %s has more than %d bytes", show(text), maxSubstitution)
	}
	if replacesWithArgs(text) {
		return "", complain("write plain text there, or declare another arg", "the substitution %s has an arg in its pattern or its replacement", show(text))
	}
	s.work += len(text)
	env := &budgetedEnv{scope: s, text: text, pattern: hasPattern(text)}
	out, unknown, err := expandSubstitution(text, env.get)
	if env.bad != nil {
		return "", env.bad
	}
	if bad := s.undeclared(unknown); bad != nil {
		return "", bad
	}
	if err != nil {
		return "", substitutionComplaint(text, err)
	}
	if s.expanded += len(out); s.expanded > maxExpanded {
		s.work = maxExpandWork + 1 // expand nothing from now on
		return "", overBudget("expand to more than", maxExpanded, "bytes")
	}
	return out, nil
}

// overBudget returns the complaint about a limit of all substitutions of a file.
func overBudget(does string, limit int, unit string) *complaint {
	c := complain(passFiles, "the args %s %d %s", does, limit, unit)
	c.stops = true
	return c
}

const passFiles = "pass long texts as files"

// hasPattern reports whether a substitution may look for a pattern in a value.
func hasPattern(text string) bool {
	for inner, name := range braces(text) {
		if name < len(inner) && strings.IndexByte("#%/", inner[name]) >= 0 {
			return true
		}
	}
	return false
}

// braces yields the text after each "${", and the length of the name there.
func braces(text string) iter.Seq2[string, int] {
	return func(yield func(string, int) bool) {
		for {
			_, inner, ok := strings.Cut(text, "${")
			if !ok || !yield(inner, nameEnd("$"+inner)-1) {
				return
			}
			text = inner
		}
	}
}

// undeclared complains about a name that a substitution uses and that is not declared.
func (s *scope) undeclared(unmatched map[string]struct{}) *complaint {
	for _, name := range slices.Sorted(maps.Keys(unmatched)) {
		if _, ok := s.values[name]; ok {
			continue
		}
		if !isIdentifier(name) {
			return complain(`write \$ for a dollar sign`, "$%s is not an arg", name)
		}
		if s.later[name] {
			return complain("move its declaration above this line", "the arg %s is declared further down", name)
		}
		fix := "declare it under args, or write \\$ for a dollar sign"
		if near := s.suggestions.suggest(name, slices.Sorted(maps.Keys(s.values))); near != "" {
			fix = "did you mean " + near + "? Otherwise declare it under args"
		}
		return complain(fix, "the arg %s is not declared", name)
	}
	return nil
}

// replacesWithArgs reports whether ${name/pattern/replacement} has args in the pattern or the
// replacement. With them, a short text could grow without bounds.
func replacesWithArgs(text string) bool {
	for inner, name := range braces(text) {
		n, _ := substitutionLength("${" + inner)
		inner = inner[:n-len("${")]
		if strings.HasPrefix(inner[name:], "/") && strings.Contains(inner, "$") {
			return true
		}
	}
	return false
}

// required matches the error of ${NAME:?message}.
var required = pattern.Compile(`^([A-Za-z_][A-Za-z0-9_]*): `)

// substitutionComplaint returns the complaint for the error of a substitution.
func substitutionComplaint(text string, err error) *complaint {
	message := err.Error()
	if m := required().FindStringSubmatch(message); m != nil {
		return complain("pass --build-arg "+m[1]+"=…, or give the arg a default", "%s", message)
	}
	return complain(`write ${NAME} or ${NAME:-default}, or \$ for a dollar sign`, "%s: %s", show(text), message)
}

// budgetedEnv gives a substitution the values of args, up to the limits.
type budgetedEnv struct {
	scope   *scope
	text    string // the substitution
	pattern bool   // whether it has a pattern
	read    int    // how many bytes of values it has read
	bad     *complaint
}

// get returns the value of an arg. A substitution reads the args of a pattern before the
// value that it searches.
func (e *budgetedEnv) get(name string) (string, bool) {
	v, ok := e.scope.values[name]
	e.scope.used[name] = true
	if !ok || v == nil {
		return "", false
	}
	if e.bad == nil {
		e.bad = e.spend(len(*v))
	}
	if e.bad != nil {
		return "", true
	}
	return *v, true
}

// spend counts the cost of a value.
func (e *budgetedEnv) spend(size int) *complaint {
	e.read += size
	cost := size
	switch {
	case e.pattern && e.read > maxPatternArg:
		return complain(passFiles, "the substitution %s looks for a pattern in more than %d bytes of args", show(e.text), maxPatternArg)
	case e.read > maxArgBytes:
		return complain(passFiles, "the substitution %s reads more than %d bytes of args", show(e.text), maxArgBytes)
	case e.pattern:
		// All values that were read before may be part of the pattern.
		cost *= len(e.text) + e.read - size
	}
	if e.scope.work += cost; e.scope.work > maxExpandWork {
		return overBudget("cost more to expand than", maxExpandWork, "steps")
	}
	return nil
}
