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
	c := Context{Name: name, Paths: contextPaths(p.sf, name)}
	ref := p.once("context "+name, Step{Kind: KindContext, Title: title, Source: &Source{Context: &c}})
	if !slices.ContainsFunc(p.out.Contexts, func(other Context) bool { return other.Name == name }) {
		p.out.Contexts = append(p.out.Contexts, c)
	}
	return ref
}

// contextPaths lists the patterns of what the build reads of a context. It returns none if
// the build reads everything.
func contextPaths(sf *spec.Scratchfile, name string) []string {
	if name == "" && takesWholeContext(sf.Build) {
		return nil
	}
	var paths []string
	for _, pl := range sf.Places() {
		if pl.Context != nil && pl.Context.Name.Value == name {
			paths = append(paths, sentPath(pl))
		}
	}
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if slices.Contains(paths, ".") {
		return nil
	}
	return paths
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
