package llb

import (
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// fetch downloads what the build needs, and gives what the build starts from: the
// root and the workdir as the downloads left them. It has no cache mounts. Those
// are no part of a result, so that a build which found its fetch in a remote cache
// would find nothing in them; what a fetch leaves in layers is there on every
// builder.
//
// With inputs, it sees these alone, and the other sources are put over its workdir
// afterwards: no source changes what it is cached by. Sources win over what it
// wrote, so that a placeholder which it made to please a package manager is never
// compiled.
func (g *grapher) fetch(st compiled) compiled {
	f := g.sf.Build.Fetch
	if f == nil {
		return st
	}
	st.root = withVariables(withArgs(withArgs(st.root, named(g.sf.PlatformArgs, f.Run)), named(g.sf.Args, f.Run)), g.sf.Build.Env)
	sources := st.workdir
	if len(f.Inputs) > 0 {
		st.workdir = g.fetchInputs(sources)
	}
	for _, c := range f.Run {
		st = g.run(StepFetch, st, c, argv(c), true, []bk.RunOption{bk.Network(g.opt.Network)})
	}
	if len(f.Inputs) > 0 {
		st.workdir = bk.Merge([]bk.State{st.workdir, sources},
			g.constraints(StepFetch, "sources over what was fetched", f.Range)...)
	}
	return st
}

// fetchInputs picks the inputs out of the sources.
func (g *grapher) fetchInputs(sources bk.State) bk.State {
	var copies *bk.FileAction
	inputs := g.sf.Build.Fetch.Inputs
	for _, in := range inputs {
		p := path.Join("/", in.Value)
		copies = chainCopy(copies, sources, p, p, &bk.CopyInfo{
			CopyDirContentsOnly: true,
			CreateDestPath:      true,
			FollowSymlinks:      true,
		})
	}
	return bk.Scratch().File(copies, g.constraints(StepFetch, "inputs", ranges(inputs)...)...)
}

// named are the args that a command has the name of. The others are kept from a
// fetch: a version or a commit that is new in every build must not make every build
// download. The epoch is kept from it for the same reason.
func named(args []spec.Arg, commands []spec.Command) []spec.Arg {
	words := map[string]bool{}
	for _, c := range commands {
		for _, w := range strings.FieldsFunc(c.Title, func(r rune) bool { return !isWord(r) }) {
			words[w] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(args), func(a spec.Arg) bool { return !words[a.Name.Value] })
}

// isWord reports whether a character can be in the name of an arg.
func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
