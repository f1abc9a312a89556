package sbom

import (
	"cmp"
	"fmt"
	"io"
	"path"
	"strings"
	"text/tabwriter"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Table prints an inventory for people: a line for each package of each binary.
func (inv *Inventory) Table(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	line := func(cells ...string) {
		for i, c := range cells {
			cells[i] = quote.Line(cmp.Or(c, "-"))
		}
		fmt.Fprintln(out, strings.Join(cells, "\t"))
	}
	line("BINARY", "PACKAGE", "VERSION", "LICENSE", "ORIGIN", "LINKED")
	for _, b := range inv.Binaries {
		if b.Unrecorded != "" {
			line(b.Path, "", "", "", "", "not known: "+b.Unrecorded)
		}
		for _, l := range b.Links {
			p := inv.Packages[l.Package]
			line(b.Path, p.Title(), short(p.Version), p.Licence().String(), p.Origin, names(l.Files))
		}
	}
	for _, c := range inv.Copies {
		p := inv.Packages[c.Package]
		line(c.Path, p.Title(), short(p.Version), p.Licence().String(), "", p.copyNote())
	}
	linked := inv.linked()
	for i, p := range inv.Packages {
		if !linked[i] && p.Kind != Elsewhere {
			line("", p.Title(), short(p.Version), p.Licence().String(), p.Origin, "a source, in no record of a link")
		}
	}
	return out.Flush()
}

// copyNote says of what a copy is.
func (p Package) copyNote() string {
	switch {
	case p.SHA256 == "":
		return "copied"
	case p.image:
		return "copied from sha256:" + p.SHA256[:min(12, len(p.SHA256))]
	}
	return "copied from a file with sha256:" + p.SHA256[:min(12, len(p.SHA256))]
}

// short is a version for people: of a commit, the first digits.
func short(version string) string {
	if len(version) >= 40 && strings.Trim(version, "0123456789abcdef") == "" {
		return version[:12]
	}
	return version
}

// names are those of files, with how many members of archives there are.
func names(files []File) string {
	var out []string
	for _, f := range files {
		name := path.Base(f.Path)
		if len(f.Members) > 0 {
			name = fmt.Sprintf("%s(%d)", name, len(f.Members))
		}
		out = append(out, name)
	}
	return strings.Join(out, " ")
}
