package convert

import (
	"bytes"
	"errors"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// lineWidth is how long a list or a mapping on one line may be.
const lineWidth = 90

// quoted finds texts that some reader of YAML takes for a number or a boolean.
var quoted = pattern.Compile(`(?i)^(y|n|yes|no|on|off|[0-9][0-9.]*|)$`)

// unreadable finds texts of several lines that would not be what they seem.
var unreadable = pattern.Compile(`^[ \t\n]| \n|\n\n$`)

func scalar(s string) *yaml.Node {
	n := literal("!!str", s)
	switch {
	case quoted().MatchString(s), strings.ContainsAny(s, "\n\t"):
		n.Style = yaml.DoubleQuotedStyle
	}
	if strings.Contains(strings.TrimSuffix(s, "\n"), "\n") && !unreadable().MatchString(s) {
		n.Style = yaml.LiteralStyle
	}
	return n
}

func literal(tag, value string) *yaml.Node {
	return &yaml.Node{Kind: yaml.ScalarNode, Tag: tag, Value: value}
}

// text is an expanded text: references to args are marked, and a dollar sign is one.
func text(s string) *yaml.Node { return scalar(plain(strings.ReplaceAll(s, "$", `\$`))) }

// scriptNode is a script, in which args are not replaced. It is the same with a line feed
// behind it.
func scriptNode(s string) *yaml.Node {
	n := scalar(s)
	if strings.Contains(s, "\n") || strings.Contains(s, ": ") || strings.Contains(s, " #") {
		if n = scalar(s + "\n"); !unreadable().MatchString(n.Value) {
			n.Style = yaml.LiteralStyle
		}
	}
	return n
}

// word is a text that a Scratchfile also takes as a number. It is nil for no text.
func word(s string) *yaml.Node {
	switch {
	case s == "":
		return nil
	case number().MatchString(s) && (s == "0" || s[0] != '0'):
		return literal("!!int", s)
	}
	return text(s)
}

// value returns the node of a value. It returns nil for what is empty, which has no key.
func value(v any) *yaml.Node {
	switch v := v.(type) {
	case *yaml.Node:
		if v != nil && (v.Kind == yaml.ScalarNode || len(v.Content) > 0) {
			return v
		}
	case string:
		if v != "" {
			return text(v)
		}
	case []string:
		return value(texts(v))
	case []envVar:
		out := mapping(0)
		for _, e := range v {
			out.Content = append(out.Content, scalar(e.name), text(e.value))
		}
		return value(fit(out))
	case bool:
		if v {
			return literal("!!bool", "true")
		}
	}
	return nil
}

// mapping returns a mapping of keys and values that are not empty.
func mapping(style yaml.Style, pairs ...any) *yaml.Node {
	out := &yaml.Node{Kind: yaml.MappingNode, Style: style}
	for i := 0; i < len(pairs); i += 2 {
		if v := value(pairs[i+1]); v != nil {
			out.Content = append(out.Content, scalar(pairs[i].(string)), v)
		}
	}
	return out
}

func list(items []*yaml.Node) *yaml.Node { return &yaml.Node{Kind: yaml.SequenceNode, Content: items} }

func texts(values []string) *yaml.Node {
	out := list(nil)
	for _, v := range values {
		out.Content = append(out.Content, text(v))
	}
	return fit(out)
}

// fit has a list or mapping be on one line if it fits there.
func fit(n *yaml.Node) *yaml.Node {
	if width(n) <= lineWidth {
		n.Style = yaml.FlowStyle
	}
	return n
}

// width returns the length of a value on one line. A text of several lines is too long.
func width(n *yaml.Node) int {
	out := len(n.Value) + 2
	if n.Style == yaml.LiteralStyle || n.LineComment != "" {
		out += lineWidth
	}
	for _, v := range n.Content {
		out += width(v)
	}
	return out
}

// write returns the text of a Scratchfile.
func write(root *yaml.Node) ([]byte, error) {
	out := bytes.NewBufferString("# syntax=rene2/scratch-frontend\n")
	d, err := yaml.NewDumper(out, yaml.WithIndent(2), yaml.WithLineWidth(-1), yaml.WithCompactSeqIndent(false))
	if err != nil {
		return nil, err
	}
	if err := errors.Join(d.Dump(root), d.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
