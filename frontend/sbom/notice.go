package sbom

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Notice is the text to give away with the image: what its programs have of others, with
// the names of the licences. Texts has those of licences by the name of a package or of
// its origin, as far as they are known.
func (inv *Inventory) Notice(texts map[string]string) string {
	var out strings.Builder
	fmt.Fprintf(&out, "%s has programs that are made of this software, among others.\n", quote.Line(inv.Name))
	for i, holders := range inv.holders() {
		p := inv.Packages[i]
		if len(holders) == 0 || p.Kind == Project {
			continue
		}
		fmt.Fprintf(&out, "\n%s\n", quote.Line(p.Title()+" "+p.Version))
		for _, l := range []struct{ name, value string }{
			{"license", p.Licence().String()},
			{"built from", p.Origin}, {"home", p.URL}, {"source", p.Download}, {"in", strings.Join(holders, ", ")},
		} {
			if l.value != "" {
				fmt.Fprintf(&out, "  %s: %s\n", l.name, quote.Line(l.value))
			}
		}
	}
	inv.writeTexts(&out, texts)
	return out.String()
}

// holders lists, for each package, the binaries that it is in, and the copies of its files.
func (inv *Inventory) holders() [][]string {
	out := make([][]string, len(inv.Packages))
	for _, b := range inv.Binaries {
		for _, l := range b.Links {
			out[l.Package] = append(out[l.Package], b.Path)
		}
	}
	for i, copies := range inv.copied() {
		out[i] = append(out[i], copies...)
	}
	return out
}

// writeTexts writes each text once, below the packages that it is for.
func (inv *Inventory) writeTexts(out *strings.Builder, texts map[string]string) {
	packages := map[string][]string{}
	var order []string
	linked := inv.linked()
	for i, p := range inv.Packages {
		text, ok := texts[p.Name]
		if !ok {
			text = texts[p.Origin]
		}
		if text == "" || !linked[i] || p.Kind == Project {
			continue
		}
		if packages[text] == nil {
			order = append(order, text)
		}
		packages[text] = append(packages[text], p.Title()+" "+p.Version)
	}
	for _, text := range order {
		fmt.Fprintf(out, "\n%s\n%s\n\n%s\n", strings.Repeat("-", 72), quote.Line(strings.Join(packages[text], ", ")), quote.Text(strings.TrimRight(text, "\n")))
	}
}
