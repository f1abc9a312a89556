package picture

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// Mermaid returns a flowchart for Mermaid, which pages on GitHub and GitLab can show.
func Mermaid(steps []plan.Step) (string, error) {
	all, err := boxes(steps)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("flowchart TD\n")
	for _, n := range all {
		s := styles[n.trust]
		fmt.Fprintf(&b, "  n%d%s\"%s\"%s:::%s\n", n.id, s.mermaidOpen, mermaidText(n.name()), s.mermaidClosed, s.class)
	}
	for _, n := range all {
		for _, id := range n.needs {
			fmt.Fprintf(&b, "  n%d --> n%d\n", id, n.id)
		}
	}
	for _, s := range used(all) {
		dashes := ""
		if s.dashed {
			dashes = ",stroke-dasharray:5 3"
		}
		fmt.Fprintf(&b, "  classDef %s fill:%s,color:#fff,stroke:#fff%s\n", s.class, s.fill, dashes)
	}
	return b.String(), nil
}

// mermaidText writes all but plain characters as numbers. Mermaid reads HTML, Markdown and
// its own language in a label.
func mermaidText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune(" .,:/+=@()[]-…–", r) {
			b.WriteRune(r)
			continue
		}
		fmt.Fprintf(&b, "#%d;", r)
	}
	return b.String()
}
