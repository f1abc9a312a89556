package convert

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// A value is a part of the YAML that is written. A library writes what a program reads
// back; a Scratchfile is for people, who expect a short list on one line, and a script as a
// block.
type value interface{ isEmpty() bool }

type (
	// text is an expanded text: references to args are marked, and a dollar sign is one.
	text string
	// scriptText is a text in which args are not replaced.
	scriptText string
	// quoted is a text that would be read as a number.
	quoted string
	// literal is a number or a boolean.
	literal string
	// null is no value.
	null struct{}
	// sequence is a list, and mapping is a mapping in its order.
	sequence []value
	mapping  []pair
	// section is a mapping that has a line for each key.
	section []pair
	// commented is a value with a comment behind it.
	commented struct {
		value
		comment string
	}
)

type pair struct {
	key   string
	value value
}

func (t text) isEmpty() bool       { return t == "" }
func (t scriptText) isEmpty() bool { return t == "" }
func (quoted) isEmpty() bool       { return false }
func (literal) isEmpty() bool      { return false }
func (null) isEmpty() bool         { return false }
func (s sequence) isEmpty() bool   { return len(s) == 0 }
func (m mapping) isEmpty() bool    { return len(m) == 0 }
func (m section) isEmpty() bool    { return len(m) == 0 }

// add adds a key, unless its value is empty.
func (m *mapping) add(key string, v value) {
	if !v.isEmpty() {
		*m = append(*m, pair{key, v})
	}
}

func (m *section) add(key string, v value) { (*mapping)(m).add(key, v) }

// variables is a mapping of names to texts, which may be empty.
func variables(vars []envVar) mapping {
	out := mapping{}
	for _, v := range vars {
		out = append(out, pair{v.name, text(v.value)})
	}
	return out
}

// word is a text that a Scratchfile also takes as a number.
func word(s string) value {
	if number.MatchString(s) && (s == "0" || s[0] != '0') {
		return literal(s)
	}
	return text(s)
}

// flow is a list of texts.
func flow(texts []string) value {
	out := sequence{}
	for _, t := range texts {
		out = append(out, text(t))
	}
	return out
}

// lineWidth is how long a line may be before a list is broken.
const lineWidth = 100

// block returns a mapping, a key a line.
func (m mapping) block() []byte {
	var out strings.Builder
	m.write(&out, 0)
	return []byte(out.String())
}

func (m mapping) write(out *strings.Builder, depth int) {
	for i, p := range m {
		if i > 0 || depth == 0 {
			out.WriteString(strings.Repeat("  ", depth))
		}
		out.WriteString(scalar(p.key, false) + ":")
		writeValue(out, p.value, depth, len(p.key)+2+2*depth)
	}
}

// writeValue writes the value behind a key or a dash, to the end of the line. used is how
// much of the line is taken.
func writeValue(out *strings.Builder, v value, depth, used int) {
	comment := ""
	if c, ok := v.(commented); ok {
		v, comment = c.value, " # "+c.comment
	}
	if one, ok := oneLine(v); ok && used+len(one) <= lineWidth || isScalar(v) && !isBlock(v) {
		if one != "" {
			one = " " + one
		}
		out.WriteString(one + comment + "\n")
		return
	}
	switch v := v.(type) {
	case sequence:
		out.WriteString(comment + "\n")
		for _, item := range v {
			out.WriteString(strings.Repeat("  ", depth+1) + "-")
			writeItem(out, item, depth+2)
		}
	case section:
		out.WriteString(comment + "\n" + strings.Repeat("  ", depth+1))
		mapping(v).write(out, depth+1)
	case mapping:
		out.WriteString(comment + "\n" + strings.Repeat("  ", depth+1))
		v.write(out, depth+1)
	default:
		writeBlock(out, v, comment, depth+1)
	}
}

// writeItem writes an item of a list. A mapping that is too long for a line begins behind
// the dash.
func writeItem(out *strings.Builder, v value, depth int) {
	inner, comment := v, ""
	if c, ok := v.(commented); ok {
		inner, comment = c.value, c.comment
	}
	m, ok := inner.(mapping)
	if one, fits := oneLine(inner); !ok || fits && 2*depth+len(one) <= lineWidth {
		writeValue(out, v, depth-1, 2*depth)
		return
	}
	if comment != "" {
		m = slices.Clone(m)
		m[0].value = commented{m[0].value, comment}
	}
	out.WriteString(" ")
	m.write(out, depth)
}

// writeBlock writes a text of several lines.
func writeBlock(out *strings.Builder, v value, comment string, depth int) {
	content := content(v)
	mark := " |"
	if !strings.HasSuffix(content, "\n") {
		mark = " |-"
		if _, isScript := v.(scriptText); isScript {
			mark = " |" // a script is the same with a line feed behind it
		}
	}
	out.WriteString(mark + comment + "\n")
	for line := range strings.SplitSeq(strings.TrimSuffix(content, "\n"), "\n") {
		if line != "" {
			line = strings.Repeat("  ", depth) + line
		}
		out.WriteString(line + "\n")
	}
}

func isScalar(v value) bool {
	switch v.(type) {
	case sequence, mapping, section:
		return false
	}
	return true
}

// content returns the characters of a scalar.
func content(v value) string {
	switch v := v.(type) {
	case text:
		return escapeArgs(string(v))
	case scriptText:
		return string(v)
	case quoted:
		return string(v)
	case literal:
		return string(v)
	}
	return ""
}

// escapeArgs writes an expanded text with the rules of a Scratchfile.
func escapeArgs(s string) string { return plain(strings.ReplaceAll(s, "$", `\$`)) }

// isBlock reports whether a scalar is written as a block.
func isBlock(v value) bool {
	s := content(v)
	if !strings.Contains(strings.TrimSuffix(s, "\n"), "\n") {
		return false
	}
	for line := range strings.SplitSeq(s, "\n") {
		if strings.HasSuffix(line, " ") || strings.ContainsFunc(line, func(r rune) bool { return r != '\t' && !quote.IsPrint(r) }) {
			return false
		}
	}
	return s[0] != ' ' && s[0] != '\t' && s[0] != '\n' && !strings.HasSuffix(s, "\n\n")
}

// oneLine returns a value as it is inside of brackets, if it may be there.
func oneLine(v value) (string, bool) {
	switch v := v.(type) {
	case sequence:
		var items []string
		for _, item := range v {
			one, ok := inBrackets(item)
			if !ok || !staysInline(item, len(v)) {
				return "", false
			}
			items = append(items, one)
		}
		return "[" + strings.Join(items, ", ") + "]", true
	case mapping:
		var items []string
		for _, p := range v {
			one, ok := inBrackets(p.value)
			if !ok {
				return "", false
			}
			items = append(items, strings.TrimRight(scalar(p.key, true)+": "+one, " "))
		}
		return "{" + strings.Join(items, ", ") + "}", true
	case section, commented:
		return "", false
	case null:
		return "", true
	case literal:
		return string(v), true
	case quoted:
		return `"` + string(v) + `"`, true
	}
	return scalar(content(v), false), !isBlock(v)
}

// staysInline reports whether a list of some length may be on one line with an item.
func staysInline(item value, length int) bool {
	switch item.(type) {
	case mapping:
		return false
	case sequence, scriptText:
		return length == 1
	}
	return true
}

func inBrackets(v value) (string, bool) {
	switch v.(type) {
	case text, scriptText:
		return scalar(content(v), true), !isBlock(v)
	}
	return oneLine(v)
}

var (
	plainAnywhere = regexp.MustCompile(`^(-{1,2}[A-Za-z]|[A-Za-z0-9_./])[A-Za-z0-9_./+@~%=:<>-]*$`)
	plainOnLine   = regexp.MustCompile("^(-{1,2}[A-Za-z]|[A-Za-z0-9_./\\\\$])[A-Za-z0-9_./+@~%=:<>\\\\$ {}(),;&|*?!'\"\\[\\]^#`-]*$")
	notAString    = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|null|y|n|[-+.]?(inf|nan)|[-+]?(0x[0-9a-f_]+|0b[01_]+|0?o?[0-7_]+|([0-9][0-9_]*\.?|\.[0-9])[0-9_]*(e[-+]?[0-9]+)?)|[0-9]{4}-[0-9].*|=|<<)$`)
)

// scalar writes a text, with quotes if YAML would take it for something else.
func scalar(s string, brackets bool) string {
	safe := plainAnywhere
	if !brackets {
		safe = plainOnLine
	}
	if safe.MatchString(s) && !notAString.MatchString(s) && !strings.Contains(s, ": ") && !strings.Contains(s, " #") &&
		!strings.HasSuffix(s, ":") && !strings.HasSuffix(s, " ") {
		return s
	}
	printable := !strings.ContainsFunc(s, func(r rune) bool { return !quote.IsPrint(r) })
	if printable && strings.ContainsAny(s, `"\`) && !strings.Contains(s, "'") {
		return "'" + s + "'"
	}
	return `"` + escape(s) + `"`
}

// escape escapes a text for YAML's double quotes.
func escape(s string) string {
	var out strings.Builder
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			out.WriteString(`\` + string(r))
		case r == '\n':
			out.WriteString(`\n`)
		case r == '\t':
			out.WriteString(`\t`)
		case quote.IsPrint(r):
			out.WriteRune(r)
		case r < 1<<16:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
	}
	return out.String()
}
