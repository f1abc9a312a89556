package yamlfile

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/rene2/scratch-frontend/frontend/pattern"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Kind is the type of a value, as messages name it.
type Kind string

const (
	KindNothing Kind = "nothing"
	KindString  Kind = "a string"
	KindNumber  Kind = "a number"
	KindBool    Kind = "a boolean"
	KindList    Kind = "a list"
	KindMapping Kind = "a mapping"
)

// Value is a node of the file: a scalar, a list or a mapping.
type Value struct {
	Kind    Kind
	Path    string // what messages call it, such as build.packages[1]
	Text    string // of a scalar, as written but without quotes
	Range   Range
	Items   []*Value // of a list
	Entries []Entry  // of a mapping, in file order, without duplicates
	// Refused has the keys of a mapping whose value has a problem. Nobody should
	// report them as missing.
	Refused map[string]bool
}

// Entry is a key of a mapping with its value.
type Entry struct {
	Key   String
	Value *Value
}

// IsScalar reports whether the value is a string, a number or a boolean.
func (v *Value) IsScalar() bool {
	return v.Kind == KindString || v.Kind == KindNumber || v.Kind == KindBool
}

// Parse parses the text as one YAML document. An empty document has the kind
// [KindNothing]. There may be problems even if Parse returns a tree. If it returns nil,
// the problems leave no tree.
func Parse(p *Problems, f Format, src *Source) *Value {
	empty := &Value{Kind: KindNothing, Range: Range{Position{1, 1}, Position{1, 1}}}
	node, err := loadDocument(p, f, src)
	switch {
	case errors.Is(err, io.EOF):
		return empty
	case err != nil:
		addSyntaxError(p, f, src, err)
		return nil
	case node == nil:
		return nil
	}
	t := &treeBuilder{Problems: p, format: f, src: src}
	root, _ := t.build(node, "")
	switch {
	case root == nil, t.stopped:
		return nil
	case root.Kind == KindNothing:
		return empty
	}
	return root
}

// loadDocument returns the root node of the only document in the text. It returns
// [io.EOF] if there is no document, and nil after a problem.
func loadDocument(p *Problems, f Format, src *Source) (*yaml.Node, error) {
	loader, err := yaml.NewLoader(strings.NewReader(src.text),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(f.Depth))))
	if err != nil {
		return nil, err
	}
	var doc, next yaml.Node
	if err := loader.Load(&doc); err != nil {
		return nil, err
	}
	if len(doc.Content) == 0 {
		return nil, io.EOF
	}
	switch err := loader.Load(&next); {
	case errors.Is(err, io.EOF):
		return doc.Content[0], nil
	case err != nil:
		return nil, err
	}
	at := src.Offset(Position{next.Line, next.Column})
	p.Add(src.Span(at, src.lineEnd(at)), "keep one document and remove the others",
		"a second YAML document starts here")
	return nil, nil
}

// treeBuilder turns YAML nodes into values. It refuses the parts of YAML that hide the
// meaning of a file.
type treeBuilder struct {
	*Problems
	format Format
	src    *Source
	values int // built so far
}

// build returns the value of a node, or nil after a problem, and the offset
// behind its text.
func (t *treeBuilder) build(n *yaml.Node, path string) (*Value, int) {
	start := t.src.Offset(Position{n.Line, n.Column})
	if t.values++; t.format.Values.passedBy(t.values) {
		t.Stop(t.src.Span(start, start), t.format.Values.Fix,
			"%s has more than %d keys and values", t.format.Noun, t.format.Values.Most)
		return nil, start
	}
	refused := t.refuseProperties(start)
	v := &Value{Path: path, Text: n.Value}
	var end int
	switch n.Kind {
	case yaml.MappingNode:
		v.Kind = KindMapping
		end = t.buildMapping(v, n, start)
	case yaml.SequenceNode:
		v.Kind = KindList
		end = t.buildList(v, n, start)
	case yaml.ScalarNode:
		v.Kind = scalarKind(n)
		end = t.src.scalarEnd(n, start)
	default: // an alias, the only other kind of node
		end = t.src.wordEnd(start)
		refused = true
		t.Add(t.src.Span(start, end), "write the value out", "found the YAML alias *%s", n.Value)
	}
	v.Range = t.src.Span(start, end)
	if refused {
		return nil, end
	}
	return v, end
}

// scalarKind returns the kind of a scalar. A date is a string: no format here has
// dates, and a version may look like one.
func scalarKind(n *yaml.Node) Kind {
	switch n.ShortTag() {
	case "!!null":
		return KindNothing
	case "!!bool":
		return KindBool
	case "!!int", "!!float":
		return KindNumber
	default:
		return KindString
	}
}

// refuseProperties reports an anchor or tag before the content of a node.
func (t *treeBuilder) refuseProperties(start int) bool {
	if start >= len(t.src.text) {
		return false
	}
	switch t.src.text[start] {
	case '&':
		t.Add(t.src.Span(start, t.src.wordEnd(start)), "remove it", "found a YAML anchor")
		return true
	case '!':
		t.Add(t.src.Span(start, t.src.wordEnd(start)), "remove it; quote the value to make it a string", "found a YAML tag")
		return true
	}
	return false
}

func (t *treeBuilder) buildList(v *Value, n *yaml.Node, start int) int {
	end := t.src.skipProperties(start) + 1 // the bracket or dash
	for i, c := range n.Content {
		if t.stopped || t.passes(i, c, "%s has more than %d items", v.Path) {
			return end
		}
		item, e := t.build(c, fmt.Sprintf("%s[%d]", v.Path, i))
		end = max(end, e)
		if item != nil {
			v.Items = append(v.Items, item)
		}
	}
	return t.collectionEnd(n, start, end)
}

func (t *treeBuilder) buildMapping(v *Value, n *yaml.Node, start int) int {
	end := start
	if n.Style&yaml.FlowStyle != 0 {
		end = t.src.skipProperties(start) + 1 // the brace
	}
	first := make(map[string]Range)
	v.Refused = make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if t.stopped || t.passes(i/2, n.Content[i], "%s has more than %d keys", v.Path) {
			return end
		}
		key, keyEnd := t.buildKey(n.Content[i], v.Path)
		val, e := t.build(n.Content[i+1], JoinPath(v.Path, key.Value))
		if val != nil && val.Kind == KindNothing && val.Text == "" {
			// For a missing value, the library gives the place of the next token,
			// which may be lines away.
			val.Range, e = key.Range, keyEnd
		}
		end = max(end, keyEnd, e)
		switch before, duplicate := first[key.Value]; {
		case key.Range == Range{}: // refused
		case duplicate:
			t.Add(key.Range, "keep one of them", "the key %s is written twice, first on line %d",
				JoinPath(v.Path, key.Value), before.Start.Line)
		default:
			first[key.Value] = key.Range
			if val == nil {
				v.Refused[key.Value] = true
				continue
			}
			v.Entries = append(v.Entries, Entry{key, val})
		}
	}
	return t.collectionEnd(n, start, end)
}

// passes reports whether a list or mapping passes the limit with child i.
func (t *treeBuilder) passes(i int, child *yaml.Node, format, path string) bool {
	if !t.format.Items.passedBy(i + 1) {
		return false
	}
	if path == "" {
		path = t.format.Noun
	}
	at := t.src.Offset(Position{child.Line, child.Column})
	t.Stop(t.src.Span(at, at), t.format.Items.Fix, format, path, t.format.Items.Most)
	return true
}

// buildKey returns a key, or the zero String after a problem.
func (t *treeBuilder) buildKey(n *yaml.Node, parent string) (String, int) {
	v, end := t.build(n, JoinPath(parent, n.Value))
	switch {
	case v == nil:
		return String{}, end
	case n.ShortTag() == "!!merge":
		t.Add(v.Range, "write the keys out", "found a YAML merge key")
		return String{}, end
	case v.Kind == KindList || v.Kind == KindMapping:
		t.Add(v.Range, "write a string", "found %s as a key", v.Kind)
		return String{}, end
	}
	return String{Value: v.Text, Range: v.Range}, end
}

// collectionEnd returns the offset behind a list or mapping whose last child ends at
// last. The mapping in [a: b] has flow style, but no braces.
func (t *treeBuilder) collectionEnd(n *yaml.Node, start, last int) int {
	open := t.src.skipProperties(start)
	if n.Style&yaml.FlowStyle == 0 || open >= len(t.src.text) || strings.IndexByte("[{", t.src.text[open]) < 0 {
		return last
	}
	return t.src.flowEnd(last)
}

// shortKey matches the keys that a path shows without quotes.
var shortKey = pattern.Compile(`^[A-Za-z0-9_./-]{1,60}$`)

// JoinPath returns the path of the value of a key below a parent.
func JoinPath(parent, key string) string {
	if !shortKey().MatchString(key) {
		key = quote.String(key)
	}
	if parent == "" {
		return key
	}
	return parent + "." + key
}
