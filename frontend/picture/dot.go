package picture

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// dotText makes a text one that ends no string of the language DOT, and begins none of its
// escapes and no entity of HTML.
var dotText = strings.NewReplacer(`\`, `\\`, `"`, `\"`, `&`, `&amp;`)

// DOT returns a picture for Graphviz.
func DOT(steps []plan.Step) (string, error) {
	all, err := boxes(steps)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("digraph build {\n" +
		"  bgcolor=transparent\n" +
		"  node [style=filled, penwidth=0, fontname=\"monospace\", fontsize=11, fontcolor=white]\n" +
		"  edge [color=\"" + lineColour + "\"]\n")
	for _, n := range all {
		s := styles[n.trust]
		fmt.Fprintf(&b, "  n%d [label=\"%s\", shape=%s, fillcolor=\"%s\", class=%s]\n", n.id, dotLabel(n), s.dot, s.fill, s.class)
	}
	for _, n := range all {
		for _, id := range n.needs {
			fmt.Fprintf(&b, "  n%d -> n%d\n", id, n.id)
		}
	}
	b.WriteString("}\n")
	return b.String(), nil
}

// dotLabel returns the lines of a box.
func dotLabel(n node) string {
	out := dotText.Replace(string(n.kind) + n.note(" (", ")"))
	for _, line := range wrap(n.title) {
		out += `\n` + dotText.Replace(line)
	}
	return out
}
