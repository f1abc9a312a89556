package frontend

import (
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/solver/errdefs"
	"github.com/moby/patternmatcher"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// explainMissing explains a missing file, secret or SSH agent. It marks the entry of the
// Scratchfile that needs it, and says how to pass it. BuildKit itself marks all lines of
// the step.
func (p *parsed) explainMissing(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	if name := missingFileIn(err); name != "" {
		return p.explainFile(ctx, name, err)
	}
	if id := missingSecretIn(err); id != "" {
		return p.explainSecret(id, err)
	}
	if id := missingAgentIn(err); id != "" {
		return p.explainAgent(id, err)
	}
	return err
}

func (p *parsed) explainSecret(id string, err error) error {
	var at []spec.Range
	for _, s := range p.file.Build.Secrets {
		if s.ID.Value == id && !s.Optional {
			at = append(at, s.Range)
		}
	}
	if len(at) == 0 {
		return err
	}
	return p.at(fmt.Errorf("secret %s: not found; fix: pass it with --secret id=%[1]s,src=FILE, or write required: false if the build can do without it", id), at...)
}

// explainAgent marks the entry of an SSH agent, or the repository that needs the agent.
func (p *parsed) explainAgent(id string, err error) error {
	for _, s := range p.file.Build.Sources {
		if s.Git != nil && slices.Contains(markedRanges(err), s.Range) {
			return p.at(fmt.Errorf("ssh agent %s: not found, which %s takes; fix: pass it with --ssh %[1]s", id, plan.Address(s.Git.URL.Value)), s.Range)
		}
	}
	for _, s := range p.file.Build.SSH {
		if s.Value == id && !s.Optional {
			return p.at(fmt.Errorf("ssh agent %s: not found; fix: pass it with --ssh %[1]s, or write required: false if the build can do without it", id), s.Range)
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
}

const mainContext = "the build context"

// copiedPaths lists the paths that the build copies by name.
func (p *parsed) copiedPaths() []copiedPath {
	var out []copiedPath
	for _, f := range p.file.Files {
		out = append(out, newCopiedPath(f.Context.Value, f.From.Value, f.Range))
	}
	for _, s := range p.file.Build.Sources {
		switch {
		case s.Git != nil:
			out = append(out, copiedPath{path: s.Git.Path.Value, place: "the repository " + plan.Address(s.Git.URL.Value), at: s.Range})
		case s.Context != nil:
			out = append(out, newCopiedPath(s.Context.Name.Value, s.Context.Path.Value, s.Range))
		case s.Path.Value != "":
			out = append(out, newCopiedPath("", s.Path.Value, s.Range))
		}
	}
	if f := p.file.Build.Fetch; f != nil {
		for _, in := range f.Inputs {
			out = append(out, copiedPath{path: in.Value, place: "the sources of the build", at: in.Range, main: p.isOfContext(in.Value)})
		}
	}
	return out
}

// isOfContext reports whether a path of the workdir comes from the main build context.
func (p *parsed) isOfContext(name string) bool {
	return len(p.file.Build.Sources) == 0 || slices.ContainsFunc(p.file.Build.Sources, func(s spec.Source) bool {
		return s.Path.Value != "" && s.To == s.Path.Value && spec.IsUnder(path.Join("/", name), path.Join("/", s.To))
	})
}

func newCopiedPath(context, p string, at spec.Range) copiedPath {
	if context == "" {
		return copiedPath{path: p, place: mainContext, at: at, main: true}
	}
	return copiedPath{path: p, place: mainContext + " " + context, at: at}
}

// explainFile marks the entries that copy the path. If BuildKit has marked some of them,
// it marks only those.
func (p *parsed) explainFile(ctx context.Context, name string, err error) error {
	missing := slices.DeleteFunc(p.copiedPaths(), func(c copiedPath) bool { return path.Join("/", c.path) != name })
	marked := markedRanges(err)
	if of := slices.DeleteFunc(slices.Clone(missing), func(c copiedPath) bool { return !slices.Contains(marked, c.at) }); len(of) > 0 {
		missing = of
	}
	if len(missing) == 0 {
		return err
	}
	var at []spec.Range
	for _, w := range missing {
		at = append(at, w.at)
	}
	first := missing[0]
	remedy := "add it there, or correct the path"
	if first.main {
		if pattern := p.ignoredBy(ctx, first.path); pattern != "" {
			remedy = fmt.Sprintf("the .dockerignore of the build leaves it out by %q: write %q below that line, or correct the path", pattern, "!"+first.path)
		}
	} else if strings.HasPrefix(first.place, mainContext) {
		remedy += "; a .dockerignore there may leave it out"
	}
	return p.at(fmt.Errorf("%q: not found in %s; fix: %s", name, first.place, remedy), at...)
}

// ignoredBy returns the pattern of the .dockerignore that excludes a path; "" if none
// does.
func (p *parsed) ignoredBy(ctx context.Context, name string) string {
	patterns, err := p.options.DockerIgnorePatterns(ctx)
	if err != nil {
		return ""
	}
	return excludedBy(patterns, name)
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

// markedRanges returns the ranges that an error of the daemon is tied to.
func markedRanges(err error) []spec.Range {
	var out []spec.Range
	for _, s := range errdefs.Sources(err) {
		for _, r := range s.Ranges {
			out = append(out, spec.Range{
				Start: spec.Position{Line: int(r.GetStart().GetLine()), Column: int(r.GetStart().GetCharacter())},
				End:   spec.Position{Line: int(r.GetEnd().GetLine()), Column: int(r.GetEnd().GetCharacter())},
			})
		}
	}
	return out
}
