package plan

import (
	"slices"

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

// newContext returns the context with the paths that sources and files read.
func newContext(sf *spec.Scratchfile, name string) Context {
	c := Context{Name: name}
	add := func(path string, at spec.Range) {
		c.Paths = append(c.Paths, path)
		c.Ranges = append(c.Ranges, at)
	}
	for _, s := range sf.Build.Sources {
		switch {
		case s.Context != nil && s.Context.Name.Value == name:
			add(s.Context.Path.Value, s.Range)
		case s.Path.Value != "" && name == "":
			add(s.Path.Value, s.Range)
		}
	}
	for _, f := range sf.Files {
		if f.Context.Value == name {
			add(f.From.Value, f.Range)
		}
	}
	slices.Sort(c.Paths)
	c.Paths = slices.Compact(c.Paths)
	if name == "" && len(sf.Build.Sources) == 0 || slices.Contains(c.Paths, ".") {
		c.Paths = nil
	}
	return c
}
