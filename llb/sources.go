package llb

import (
	"path"
	"slices"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// ContextPaths lists what of the build context a build reads, sorted and without
// duplicates; nil means all of it.
func ContextPaths(sf *spec.Scratchfile) []string {
	if len(sf.Build.Sources) == 0 {
		return nil
	}
	return pathSet(pathsOf(sf, ""))
}

// NamedContexts lists the contexts beside the main one that sources and files come
// from, each with the paths that are read of it; nil paths mean all of it.
func NamedContexts(sf *spec.Scratchfile) map[string][]string {
	out := map[string][]string{}
	for _, s := range sf.Build.Sources {
		if c := s.Context; c != nil {
			out[c.Name.Value] = pathSet(pathsOf(sf, c.Name.Value))
		}
	}
	for _, f := range sf.Files {
		if name := f.Context.Value; name != "" {
			out[name] = pathSet(pathsOf(sf, name))
		}
	}
	return out
}

// pathsOf are what sources and files read of a context.
func pathsOf(sf *spec.Scratchfile, context string) []string {
	var paths []string
	for _, s := range sf.Build.Sources {
		switch {
		case s.Context != nil && s.Context.Name.Value == context:
			paths = append(paths, s.Context.Path.Value)
		case s.Path.Value != "" && context == "":
			paths = append(paths, s.Path.Value)
		}
	}
	for _, f := range sf.Files {
		if f.Context.Value == context {
			paths = append(paths, f.From.Value)
		}
	}
	return paths
}

// pathSet sorts paths and drops duplicates; nil means everything.
func pathSet(paths []string) []string {
	slices.Sort(paths)
	paths = slices.Compact(paths)
	if slices.Contains(paths, ".") {
		return nil
	}
	return paths
}

// sources is what the build step finds at its workdir. Named sources are picked
// out of where they come from, so that a changed data file does not change the
// input of the compile; without any, the context itself is mounted and nothing is
// copied.
func (g *grapher) sources(in Inputs) bk.State {
	srcs := g.sf.Build.Sources
	if len(srcs) == 0 {
		return in.Context
	}
	root := bk.Scratch()
	var copies *bk.FileAction
	var at []spec.Range
	for _, s := range srcs {
		if s.Path.Value == "." {
			root = in.Context
			continue
		}
		from, p := g.source(s, in)
		copies = chainCopy(copies, from, path.Join("/", p), path.Join("/", s.To), &bk.CopyInfo{
			CopyDirContentsOnly: true,
			CreateDestPath:      true,
			FollowSymlinks:      true,
			AttemptUnpack:       s.HTTP != nil && s.HTTP.Unpack,
		})
		at = append(at, s.Range)
	}
	if copies == nil {
		return root
	}
	return root.File(copies, g.constraints(StepBuild, "sources", at...)...)
}

// chainCopy appends a copy to actions, which is nil at first: a chain of actions
// is one vertex and one layer.
func chainCopy(actions *bk.FileAction, from bk.State, src, dst string, info *bk.CopyInfo) *bk.FileAction {
	if actions == nil {
		return bk.Copy(from, src, dst, info)
	}
	return actions.Copy(from, src, dst, info)
}
