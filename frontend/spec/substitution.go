package spec

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// substitution reads the text of a substitution from start to end and expands it. The rules
// are those of a Dockerfile: ${A:-word}, ${A:+word}, ${A:?word}, the same without the colon,
// ${A#pattern}, ${A##pattern}, ${A%pattern}, ${A%%pattern}, ${A/pattern/text} and
// ${A//pattern/text}. A word or pattern may contain substitutions. After a backslash, a
// character has no special meaning.
type substitution struct {
	rest    string // the text that is not read yet
	get     func(name string) (string, bool)
	unknown map[string]struct{} // names without a value
}

// expandSubstitution expands a text. It also returns the names without a value, with an
// error too.
func expandSubstitution(text string, get func(name string) (string, bool)) (string, map[string]struct{}, error) {
	s := &substitution{rest: text, get: get, unknown: map[string]struct{}{}}
	out, err := s.word(end, false)
	return out, s.unknown, err
}

// end follows the last character.
const end rune = -1

var (
	errNotClosed = errors.New("missing '}'")
	errNoSlash   = errors.New("missing '/' in ${}")
	errBadBraces = errors.New("bad substitution")
)

func (s *substitution) peek() rune {
	if s.rest == "" {
		return end
	}
	r, _ := utf8.DecodeRuneInString(s.rest)
	return r
}

func (s *substitution) next() rune {
	if s.rest == "" {
		return end
	}
	r, size := utf8.DecodeRuneInString(s.rest)
	s.rest = s.rest[size:]
	return r
}

// value returns the value of a name. It records a name without a value.
func (s *substitution) value(name string) (string, bool) {
	v, ok := s.get(name)
	if !ok {
		s.unknown[name] = struct{}{}
	}
	return v, ok
}

// word expands a text up to the character that ends it, and reads that character too. For a
// pattern, it keeps backslashes, because compilePattern reads them.
func (s *substitution) word(stop rune, keepBackslash bool) (string, error) {
	var out strings.Builder
	for s.rest != "" {
		switch s.peek() {
		case stop:
			s.next()
			return out.String(), nil
		case '$':
			v, err := s.dollar()
			if err != nil {
				return "", err
			}
			out.WriteString(v)
		case '\\':
			s.next()
			if keepBackslash {
				out.WriteByte('\\')
			}
			if s.rest != "" {
				out.WriteRune(s.next())
			}
		default:
			out.WriteRune(s.next())
		}
	}
	if stop != end {
		return "", errNotClosed
	}
	return out.String(), nil
}

// inBraces is [substitution.word] up to the closing brace.
func (s *substitution) inBraces(keepBackslash bool) (string, error) {
	out, err := s.word('}', keepBackslash)
	if err != nil && s.rest == "" {
		return "", errNotClosed // this is the first thing to correct
	}
	return out, err
}

// dollar expands a dollar and what belongs to it.
func (s *substitution) dollar() (string, error) {
	s.next()
	if s.peek() == '{' {
		s.next()
		return s.braces()
	}
	name := s.name()
	if name == "" {
		return "$", nil
	}
	v, _ := s.value(name)
	return v, nil
}

// name reads a name: letters, digits and underscores, or only digits, or a sign that is a
// variable of a shell.
func (s *substitution) name() string {
	isPart := func(r rune) bool { return r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r) }
	first := s.peek()
	switch {
	case first != end && strings.ContainsRune("@*#?-$!", first):
		s.next()
		return string(first)
	case unicode.IsDigit(first):
		isPart = unicode.IsDigit
	}
	length := strings.IndexFunc(s.rest, func(r rune) bool { return !isPart(r) })
	if length < 0 {
		length = len(s.rest)
	}
	name := s.rest[:length]
	s.rest = s.rest[length:]
	return name
}

// braces expands the text after "${".
func (s *substitution) braces() (string, error) {
	switch s.peek() {
	case end:
		return "", errNotClosed
	case '{', '}', ':':
		return "", errBadBraces
	}
	name := s.name()
	switch op := s.next(); op {
	case '}':
		v, _ := s.value(name)
		return v, nil
	case '-', '+', '?':
		return s.choose(name, op, false)
	case ':':
		return s.choose(name, s.next(), true)
	case '#', '%':
		return s.trim(name, op)
	case '/':
		return s.replace(name)
	default:
		return "", unsupported(string(op))
	}
}

func unsupported(op string) error {
	return fmt.Errorf("unsupported modifier (%s) in substitution", op)
}

// choose expands ${A-word}, ${A+word} and ${A?word}. With a colon before the sign, an
// empty value counts as none.
func (s *substitution) choose(name string, op rune, colon bool) (string, error) {
	if op == '#' || op == '%' {
		return "", unsupported(":" + string(op))
	}
	word, err := s.inBraces(false)
	if err != nil {
		return "", err
	}
	v, ok := s.value(name)
	has := ok && !(colon && v == "")
	switch {
	case op == '-' && has, op == '?' && has:
		return v, nil
	case op == '-', op == '+' && has:
		return word, nil
	case op == '+':
		return "", nil
	case op != '?':
		return "", unsupported(":" + string(op))
	case word != "":
		return "", fmt.Errorf("%s: %s", name, word)
	case ok:
		return "", fmt.Errorf("%s: is not allowed to be empty", name)
	}
	return "", fmt.Errorf("%s: is not allowed to be unset", name)
}

// trim expands ${A#pattern}, which drops the shortest start that matches, and ${A%pattern},
// which drops the shortest end. A double sign drops the longest.
func (s *substitution) trim(name string, op rune) (string, error) {
	pattern, err := s.inBraces(true)
	if err != nil {
		return "", err
	}
	v, _ := s.value(name)
	pattern, longest := strings.CutPrefix(pattern, string(op))
	if op == '#' {
		re, err := compilePattern(pattern, "^", longest, "")
		if err != nil {
			return "", err
		}
		return v[len(re.FindString(v)):], nil
	}
	// For the shortest end, the text before it is as long as possible.
	re, err := compilePattern(pattern, "(?s:^(.*"+lazy(longest)+"))", longest, `\z`)
	if err != nil {
		return "", err
	}
	if kept := re.FindStringSubmatch(v); kept != nil {
		return kept[1], nil
	}
	return v, nil
}

func lazy(is bool) string {
	if is {
		return "?"
	}
	return ""
}

// replace expands ${A/pattern/text}, and ${A//pattern/text}, which replaces all matches.
func (s *substitution) replace(name string) (string, error) {
	all := s.peek() == '/'
	if all {
		s.next()
	}
	pattern, err := s.word('/', true)
	if err != nil {
		if s.rest == "" {
			err = errNoSlash
		}
		return "", err
	}
	text, err := s.inBraces(true)
	if err != nil {
		return "", err
	}
	v, _ := s.value(name)
	re, err := compilePattern(pattern, "", true, "")
	if err != nil {
		return "", err
	}
	if all {
		return re.ReplaceAllLiteralString(v, text), nil
	}
	if at := re.FindStringIndex(v); at != nil {
		v = v[:at[0]] + text + v[at[1]:]
	}
	return v, nil
}

// compilePattern compiles a pattern of a shell between two regular expressions. "*" is any
// text, as much as possible if greedy is set. "?" is one character.
func compilePattern(pattern, before string, greedy bool, after string) (*regexp.Regexp, error) {
	var out strings.Builder
	out.WriteString(before)
	for p := (&substitution{rest: pattern}); p.rest != ""; {
		r := p.next()
		switch r {
		case '*':
			out.WriteString(".*" + lazy(!greedy))
			continue
		case '?':
			out.WriteString(".")
			continue
		case '\\':
			r = p.next()
			if r == end || !strings.ContainsRune(`}/*?\`, r) {
				return nil, fmt.Errorf(`invalid pattern (%s) in substitution: invalid escape '\%c'`, pattern, r)
			}
		}
		out.WriteString(regexp.QuoteMeta(string(r)))
	}
	return regexp.Compile(out.String() + after)
}
