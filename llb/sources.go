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
	paths := values(sf.Build.Sources)
	return pathSet(append(paths, filePaths(sf, "")...))
}

// NamedContexts lists the contexts beside the main one that files come from, each
// with the paths that are read of it; nil paths mean all of it.
func NamedContexts(sf *spec.Scratchfile) map[string][]string {
	out := map[string][]string{}
	for _, f := range sf.Files {
		if name := f.Context.Value; name != "" {
			out[name] = pathSet(filePaths(sf, name))
		}
	}
	return out
}

func filePaths(sf *spec.Scratchfile, context string) []string {
	var paths []string
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
// out of the context, so that a changed data file does not change the input of
// the compile; without any, the context itself is mounted and nothing is copied.
func (g *grapher) sources(context bk.State) bk.State {
	srcs := g.sf.Build.Sources
	if len(srcs) == 0 {
		return context
	}
	var copies *bk.FileAction
	for _, s := range srcs {
		copies = chainCopy(copies, context, path.Join("/", s.Value), path.Join("/", s.Value), &bk.CopyInfo{
			CopyDirContentsOnly: true,
			CreateDestPath:      true,
			FollowSymlinks:      true,
		})
	}
	return bk.Scratch().File(copies, g.constraints(StepBuild, "sources", ranges(srcs)...)...)
}

// chainCopy appends a copy to actions, which is nil at first: a chain of actions
// is one vertex and one layer.
func chainCopy(actions *bk.FileAction, from bk.State, src, dst string, info *bk.CopyInfo) *bk.FileAction {
	if actions == nil {
		return bk.Copy(from, src, dst, info)
	}
	return actions.Copy(from, src, dst, info)
}
