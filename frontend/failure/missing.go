package failure

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/patternmatcher"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// explainMissing explains a missing file, secret or SSH agent. It marks the entry of the
// Scratchfile that needs it, and says how to pass it. BuildKit itself marks all lines of
// the step.
func (b *Build) explainMissing(ctx context.Context, err error) error {
	if name := missingFileIn(err); name != "" {
		return b.explainFile(ctx, name, err)
	}
	if pattern := noMatchIn(err); pattern != "" {
		return b.explainNoMatch(pattern, err)
	}
	if isLinkLoop(err) {
		return b.explainLoop(err)
	}
	if id := missingSecretIn(err); id != "" {
		return b.explainSecret(id, err)
	}
	if id := missingAgentIn(err); id != "" {
		return b.explainAgent(id, err)
	}
	return err
}

func (b *Build) explainSecret(id string, err error) error {
	var at []spec.Range
	for _, s := range b.File.Build.Secrets {
		if s.ID.Value == id && !s.Optional {
			at = append(at, s.Range)
		}
	}
	if len(at) == 0 {
		return err
	}
	return b.at(fmt.Errorf("secret %s: not found; fix: pass it with --secret id=%[1]s,src=FILE, or write required: false if the build can do without it", id), at...)
}

// explainAgent marks the entry of an SSH agent, or the repository that needs the agent.
func (b *Build) explainAgent(id string, err error) error {
	for _, s := range b.File.Places() {
		if s.Git != nil && slices.Contains(placesOf(err), s.Range) {
			return b.at(fmt.Errorf("ssh agent %s: not found, which %s takes; fix: pass it with --ssh %[1]s", id, spec.WithoutQuery(s.Git.URL.Value)), s.Range)
		}
	}
	for _, s := range b.File.Build.SSH {
		if s.Value == id && !s.Optional {
			return b.at(fmt.Errorf("ssh agent %s: not found; fix: pass it with --ssh %[1]s, or write required: false if the build can do without it", id), s.Range)
		}
	}
	return err
}

// copiedPath is a path that an entry of the Scratchfile copies.
type copiedPath struct {
	path, place string
	at          spec.Range
	// main is true for a path of the main build context.
	main bool
	// of is the workdir of a path of the build. BuildKit has the workdir as a tree of its
	// own.
	of string
}

// is reports whether an error of the daemon about a path is about c.
func (c copiedPath) is(name string) bool {
	whole := path.Join("/", c.path)
	return whole == name || c.of != "" && spec.IsUnder(whole, c.of) && path.Join("/", strings.TrimPrefix(whole, c.of)) == name
}

const mainContext = "the build context"

// copiedPaths lists the paths that the build copies by name.
func (b *Build) copiedPaths() []copiedPath {
	var out []copiedPath
	for _, p := range b.File.Places() {
		if c, ok := b.newCopiedPath(p); ok {
			out = append(out, c)
		}
	}
	if f := b.File.Build.Fetch; f != nil {
		for _, in := range f.Inputs {
			out = append(out, copiedPath{path: in.Value, place: "the sources of the build", at: in.Range, main: b.isOfContext(in.Value)})
		}
	}
	return out
}

// newCopiedPath returns the path of a place that has one.
func (b *Build) newCopiedPath(p spec.Place) (copiedPath, bool) {
	place, ok := nameOf(p)
	c := copiedPath{path: strings.TrimPrefix(p.Path.Value, "/"), place: place, at: p.Range, main: place == mainContext}
	if p.Build != nil {
		c.path, c.of = p.Path.Value, b.File.Build.Workdir.Value
	}
	return c, ok
}

// nameOf returns what a path of a place is in, for people. It returns false for a single file.
func nameOf(p spec.Place) (string, bool) {
	switch {
	case p.Context != nil && p.Context.Name.Value == "":
		return mainContext, true
	case p.Context != nil:
		return mainContext + " " + p.Context.Name.Value, true
	case p.Git != nil:
		return "the repository " + spec.WithoutQuery(p.Git.URL.Value), true
	case p.HTTP != nil && p.HTTP.Unpack:
		return "the archive " + spec.WithoutQuery(p.HTTP.URL.Value), true
	case p.Image != nil:
		return "the image " + p.Image.Ref.Value, true
	case p.Build != nil:
		return "what the build leaves", true
	}
	return "", false
}

// isOfContext reports whether a path of the workdir comes from the main build context.
func (b *Build) isOfContext(name string) bool {
	return len(b.File.Build.Sources) == 0 || slices.ContainsFunc(b.File.Build.Sources, func(s spec.Source) bool {
		return s.Context != nil && s.Context.Name.Value == "" && s.Path.Value == path.Join("/", s.To) && spec.IsUnder(path.Join("/", name), s.Path.Value)
	})
}

func rangesOf(paths []copiedPath) []spec.Range {
	var at []spec.Range
	for _, c := range paths {
		at = append(at, c.at)
	}
	return at
}

// explainNoMatch marks the entries whose pattern matches nothing.
func (b *Build) explainNoMatch(pattern string, err error) error {
	found := slices.DeleteFunc(keepMarked(b.copiedPaths(), err), func(c copiedPath) bool { return !c.is(pattern) })
	if len(found) == 0 {
		return err
	}
	return b.at(fmt.Errorf("%s: nothing in %s matches; fix: correct the pattern, or remove the line", quote.String(found[0].path), found[0].place),
		rangesOf(found)...)
}

// explainFile marks the entries that copy the path. If BuildKit has marked some of them,
// it marks only those.
func (b *Build) explainFile(ctx context.Context, name string, err error) error {
	missing := slices.DeleteFunc(b.copiedPaths(), func(c copiedPath) bool { return !c.is(name) })
	if marked := keepMarked(missing, err); len(marked) > 0 {
		missing = marked
	}
	if len(missing) == 0 {
		return err
	}
	first := missing[0]
	remedy := "add it there, or correct the path"
	if first.main {
		ignore := b.ReadIgnore(ctx)
		if pattern := excludedBy(ignore.Patterns, first.path); pattern != "" {
			remedy = fmt.Sprintf("%s leaves it out by %q: write %q below that line, or correct the path",
				quote.Line(cmp.Or(ignore.Name, "the .dockerignore of the build")), pattern, "!"+first.path)
		}
	} else if first.of != "" && b.File.Build.Cross != nil {
		remedy += "; for what a package of the target has, such as a -dev package, list that package with for: build too"
	} else if strings.HasPrefix(first.place, mainContext) {
		remedy += "; a .dockerignore there may leave it out"
	}
	return b.at(fmt.Errorf("%q: not found in %s; fix: %s", name, first.place, remedy), rangesOf(missing)...)
}

// keepMarked returns the paths whose entries BuildKit has marked.
func keepMarked(paths []copiedPath, err error) []copiedPath {
	places := placesOf(err)
	return slices.DeleteFunc(slices.Clone(paths), func(c copiedPath) bool { return !slices.Contains(places, c.at) })
}

// explainLoop marks the entries that may lead through links in a circle. BuildKit does
// not say which path it followed.
func (b *Build) explainLoop(err error) error {
	marked := keepMarked(b.copiedPaths(), err)
	if len(marked) == 0 {
		return err
	}
	var names []string
	for _, c := range marked {
		if name := fmt.Sprintf("%q in %s", c.path, c.place); !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return b.at(fmt.Errorf("a link leads in a circle, or through too many others: %s; fix: correct the link, or write the path that it is to lead to",
		strings.Join(names, " or ")), rangesOf(marked)...)
}

// Ignore is the ignore file of a build context.
type Ignore struct {
	// Name is the name of the file; "" means .dockerignore.
	Name     string
	Patterns []string
}

// excludedBy returns the last pattern that matches a path, if the patterns together
// exclude the path.
func excludedBy(patterns []string, p string) string {
	if !matches(patterns, p) {
		return ""
	}
	for _, pattern := range slices.Backward(patterns) {
		if matches([]string{pattern}, p) {
			return pattern
		}
	}
	return ""
}

func matches(patterns []string, p string) bool {
	m, err := patternmatcher.New(patterns)
	if err != nil {
		return false
	}
	ok, err := m.MatchesOrParentMatches(p)
	return ok && err == nil
}
