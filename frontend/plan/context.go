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
	c := Context{Name: name, Paths: contextPaths(p.sf, name)}
	ref := p.once("context "+name, Step{Kind: KindContext, Title: title, Source: &Source{Context: &c}})
	if !slices.ContainsFunc(p.out.Contexts, func(other Context) bool { return other.Name == name }) {
		p.out.Contexts = append(p.out.Contexts, c)
	}
	return ref
}

// contextPaths lists the paths of a context that sources and files read.
func contextPaths(sf *spec.Scratchfile, name string) []string {
	if name == "" && len(sf.Build.Sources) == 0 {
		return nil
	}
	var paths []string
	for _, s := range sf.Build.Sources {
		switch {
		case s.Context != nil && s.Context.Name.Value == name:
			paths = append(paths, s.Context.Path.Value)
		case s.Path.Value != "" && name == "":
			paths = append(paths, s.Path.Value)
		}
	}
	for _, f := range sf.Files {
		if f.Context.Value == name {
			paths = append(paths, f.From.Value)
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if slices.Contains(paths, ".") {
		return nil
	}
	return paths
}
