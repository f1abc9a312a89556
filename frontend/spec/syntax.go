package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"
)

// kind is what a value is, in the words of messages.
type kind string

const (
	kindNothing kind = "nothing"
	kindString  kind = "a string"
	kindNumber  kind = "a number"
	kindBool    kind = "a boolean"
	kindList    kind = "a list"
	kindMapping kind = "a mapping"
)

// value is a node of the file: a scalar, a list or a mapping.
type value struct {
	kind    kind
	path    string // what messages call it, such as build.packages[1]
	text    string // of a scalar: without quotes, otherwise as written
	rng     Range
	items   []*value // of a list
	entries []entry  // of a mapping, in file order, without duplicates
	// refused has the keys of a mapping whose value has been refused already, so
	// that they are not reported as missing.
	refused map[string]bool
}

// entry is a key of a mapping with its value.
type entry struct {
	key String
	val *value
}

// isScalar reports whether the value is a string, or a number or boolean that
// can be taken as one.
func (v *value) isScalar() bool {
	return v.kind == kindString || v.kind == kindNumber || v.kind == kindBool
}

// parseTree parses the text as one YAML document whose root is a mapping. It
// returns nil when there is none; a tree that is returned may still have
// problems.
func parseTree(p *problems, src *source) *value {
	node := loadDocument(p, src)
	if node == nil {
		return nil
	}
	t := &treeBuilder{problems: p, src: src}
	root, _ := t.build(node, "")
	switch {
	case root == nil, t.stopped:
		return nil
	case root.kind == kindNothing:
		addEmpty(p)
		return nil
	case root.kind != kindMapping:
		p.add(root.rng, "write a mapping of keys:\n"+minimum, "found %s where the keys of a Scratchfile should be", root.kind)
		return nil
	}
	return root
}

func addEmpty(p *problems) {
	p.add(Range{Position{1, 1}, Position{1, 1}}, "the shortest useful Scratchfile has three lines:\n"+minimum,
		"the file has no keys")
}

// loadDocument returns the root node of the only document in the text.
func loadDocument(p *problems, src *source) *yaml.Node {
	loader, err := yaml.NewLoader(bytes.NewReader([]byte(src.text)),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		addSyntaxError(p, src, err)
		return nil
	}
	var doc, next yaml.Node
	switch err := loader.Load(&doc); {
	case errors.Is(err, io.EOF):
		addEmpty(p)
		return nil
	case err != nil:
		addSyntaxError(p, src, err)
		return nil
	case len(doc.Content) == 0:
		addEmpty(p)
		return nil
	}
	switch err := loader.Load(&next); {
	case errors.Is(err, io.EOF):
		return doc.Content[0]
	case err != nil:
		addSyntaxError(p, src, err)
	default:
		at := src.offset(Position{next.Line, next.Column})
		p.add(src.span(at, src.headerEnd(at)), "keep one document and remove the others",
			"a second YAML document starts here")
	}
	return nil
}

// treeBuilder turns YAML nodes into values and refuses the parts of YAML that a
// Scratchfile has no use for: each would let a file mean something other than
// what it shows.
type treeBuilder struct {
	*problems
	src    *source
	values int // built so far
}

// build returns the value of a node, or nil after a problem, and the offset
// behind its text.
func (t *treeBuilder) build(n *yaml.Node, path string) (*value, int) {
	start := t.src.offset(Position{n.Line, n.Column})
	if t.values++; t.values > maxValues {
		t.stop(t.src.span(start, start), "move data into files of the build context",
			"the file has more than %d keys and values", maxValues)
		return nil, start
	}
	refused := t.refuseProperties(start)
	v := &value{path: path, text: n.Value}
	var end int
	switch n.Kind {
	case yaml.MappingNode:
		v.kind = kindMapping
		end = t.buildMapping(v, n, start)
	case yaml.SequenceNode:
		v.kind = kindList
		end = t.buildList(v, n, start)
	case yaml.ScalarNode:
		v.kind = scalarKind(n)
		end = t.src.scalarEnd(n, start)
	default: // an alias: the library makes nothing else here
		end = t.src.wordEnd(start)
		refused = true
		t.add(t.src.span(start, end), "write the value out", "found the YAML alias *%s", n.Value)
	}
	v.rng = t.src.span(start, end)
	if refused {
		return nil, end
	}
	return v, end
}

// scalarKind tells what a scalar is. Dates count as strings: nothing here takes
// a date, and a version may look like one.
func scalarKind(n *yaml.Node) kind {
	switch n.ShortTag() {
	case "!!null":
		return kindNothing
	case "!!bool":
		return kindBool
	case "!!int", "!!float":
		return kindNumber
	default:
		return kindString
	}
}

// refuseProperties reports an anchor or tag before the content of a node.
func (t *treeBuilder) refuseProperties(start int) bool {
	if start >= len(t.src.text) {
		return false
	}
	switch t.src.text[start] {
	case '&':
		t.add(t.src.span(start, t.src.wordEnd(start)), "remove it", "found a YAML anchor")
		return true
	case '!':
		t.add(t.src.span(start, t.src.wordEnd(start)), "remove it; quote the value to make it a string", "found a YAML tag")
		return true
	}
	return false
}

func (t *treeBuilder) buildList(v *value, n *yaml.Node, start int) int {
	end := t.src.skipProperties(start) + 1 // the bracket or dash
	for i, c := range n.Content {
		if t.stopped || t.passes(i, c, "%s has more than %d items", v.path) {
			return end
		}
		item, e := t.build(c, fmt.Sprintf("%s[%d]", v.path, i))
		end = max(end, e)
		if item != nil {
			v.items = append(v.items, item)
		}
	}
	return t.collectionEnd(n, start, end)
}

func (t *treeBuilder) buildMapping(v *value, n *yaml.Node, start int) int {
	end := start
	if n.Style&yaml.FlowStyle != 0 {
		end = t.src.skipProperties(start) + 1 // the brace
	}
	first := make(map[string]Range)
	v.refused = make(map[string]bool)
	for i := 0; i+1 < len(n.Content); i += 2 {
		if t.stopped || t.passes(i/2, n.Content[i], "%s has more than %d keys", v.path) {
			return end
		}
		key, keyEnd := t.buildKey(n.Content[i], v.path)
		val, e := t.build(n.Content[i+1], joinPath(v.path, key.Value))
		if val != nil && val.kind == kindNothing && val.text == "" {
			// The library places a value that is not there at whatever comes
			// next, which may be lines away.
			val.rng, e = key.Range, keyEnd
		}
		end = max(end, keyEnd, e)
		switch before, duplicate := first[key.Value]; {
		case key.Range == Range{}: // refused
		case duplicate:
			t.add(key.Range, "keep one of them", "the key %s is written twice, first on line %d",
				joinPath(v.path, key.Value), before.Start.Line)
		default:
			first[key.Value] = key.Range
			if val == nil {
				v.refused[key.Value] = true
				continue
			}
			v.entries = append(v.entries, entry{key, val})
		}
	}
	return t.collectionEnd(n, start, end)
}

// passes reports whether a list or mapping has more than its share with the i-th
// child.
func (t *treeBuilder) passes(i int, child *yaml.Node, format, path string) bool {
	if i < maxItems {
		return false
	}
	if path == "" {
		path = "the file"
	}
	at := t.src.offset(Position{child.Line, child.Column})
	t.stop(t.src.span(at, at), "a folder stands for all that is in it, and a script for many commands", format, path, maxItems)
	return true
}

// buildKey returns a key, or the zero String after a problem.
func (t *treeBuilder) buildKey(n *yaml.Node, parent string) (String, int) {
	v, end := t.build(n, joinPath(parent, n.Value))
	switch {
	case v == nil:
		return String{}, end
	case n.ShortTag() == "!!merge":
		t.add(v.rng, "write the keys out", "found a YAML merge key")
		return String{}, end
	case v.kind == kindList || v.kind == kindMapping:
		t.add(v.rng, "write a string", "found %s as a key", v.kind)
		return String{}, end
	}
	return String{Value: v.text, Range: v.rng}, end
}

// collectionEnd returns the offset behind a list or mapping whose last child
// ends at last. A pair in a flow list, as in [a: b], is a mapping without braces.
func (t *treeBuilder) collectionEnd(n *yaml.Node, start, last int) int {
	open := t.src.skipProperties(start)
	if n.Style&yaml.FlowStyle == 0 || open >= len(t.src.text) || strings.IndexByte("[{", t.src.text[open]) < 0 {
		return last
	}
	return t.src.flowEnd(last)
}

// shortKey matches the keys that a path can show as they are.
var shortKey = regexp.MustCompile(`^[A-Za-z0-9_./-]{1,60}$`)

func joinPath(parent, key string) string {
	if !shortKey.MatchString(key) {
		key = show(key)
	}
	if parent == "" {
		return key
	}
	return parent + "." + key
}
