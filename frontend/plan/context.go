package plan

import (
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// context returns the tree of a build context. The empty name is the main one.
func (p *planner) context(name string) Ref {
	title := "load build context"
	if name != "" {
		title = "load build context " + name
	}
	c := newContext(p.sf, name)
	ref := p.once("context "+name, Step{Kind: KindContext, Title: title, Source: &Source{Context: &c}})
	if !slices.ContainsFunc(p.out.Contexts, func(other Context) bool { return other.Name == name }) {
		p.out.Contexts = append(p.out.Contexts, c)
	}
	return ref
}

// newContext returns the context with the patterns of what the build reads of it. There
// are none if the build reads everything.
func newContext(sf *spec.Scratchfile, name string) Context {
	c := Context{Name: name}
	for _, pl := range sf.Places() {
		if pl.Context != nil && pl.Context.Name.Value == name {
			c.Paths = append(c.Paths, sentPath(pl))
			c.Ranges = append(c.Ranges, pl.Range)
		}
	}
	slices.Sort(c.Paths)
	c.Paths = slices.Compact(c.Paths)
	if name == "" && takesWholeContext(sf.Build) || slices.Contains(c.Paths, ".") {
		c.Paths = nil
	}
	return c
}

// takesWholeContext reports whether the commands of a build see the whole context.
func takesWholeContext(b spec.Build) bool {
	return len(b.Sources) == 0 && (len(b.Run) > 0 || b.Fetch != nil)
}

// sentPath returns the pattern by which a client sends a place. Clients know the
// wildcards of COPY, but read each other's special characters in different ways. For a
// path with such characters, it returns the folder above them.
func sentPath(pl spec.Place) string {
	var sent []string
	for _, name := range strings.Split(strings.TrimPrefix(pl.Path.Value, "/"), "/") {
		if strings.ContainsAny(name, `\^$+(){}|`) && strings.ContainsAny(pl.Path.Value, `*?[]\`) {
			break
		}
		if !pl.Pattern {
			name = escapeWildcards.Replace(name)
		}
		sent = append(sent, name)
	}
	return path.Join(".", path.Join(sent...))
}

var escapeWildcards = strings.NewReplacer("*", "[*]", "?", "[?]", "[", "[[]")
