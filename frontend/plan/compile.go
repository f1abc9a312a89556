package plan

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// compiled is the result of the compile. The workdir is a tree of its own, since it is a
// mount and not part of the root, and so is the sysroot of a build for another platform.
type compiled struct {
	root    Ref
	workdir Ref
	sysroot Ref
}

// find returns an absolute path of the compile in the tree that has it.
func (c compiled) find(at, workdir string) Ref {
	if rest, ok := strings.CutPrefix(at, workdir); ok && spec.IsUnder(at, workdir) {
		return Ref{c.workdir.Step, path.Join(c.workdir.Path, rest)}
	}
	return Ref{c.root.Step, at}
}

// compile installs the packages and runs the user's commands. A file without a build
// compiles nothing.
func (p *planner) compile() compiled {
	if p.sf.Build.Range == (spec.Range{}) {
		return compiled{}
	}
	p.toolchain = p.packages()
	return p.build(p.toolchain)
}

// build runs the user's commands, one after the other. The sources are a writable mount
// at the workdir. So no command rewrites the toolchain's layers, and the binary comes
// from a small tree.
func (p *planner) build(toolchain Ref) compiled {
	b := p.sf.Build
	sources := p.sources()
	p.target = p.sysroot()
	at := p.fetch(compiled{root: toolchain, workdir: sources, sysroot: p.target})
	mounts := p.buildMounts()
	for _, c := range b.Run {
		e := Exec{
			Args:   append(p.prepare(), argv(c)...),
			Env:    p.buildEnv(),
			Path:   append(p.wrapperPath(), b.Path...),
			Online: b.Network != spec.NetworkNone,
			Mounts: mounts,
		}
		at = p.run(KindBuild, at, c, p.recorded(e))
		p.evidence = Ref{at.root.Step, linksDir}
	}
	return at
}

// run adds the step of one user command.
func (p *planner) run(kind Kind, on compiled, c spec.Command, e Exec) compiled {
	b := p.sf.Build
	e.Dir = b.Workdir.Value
	e.Root = on.root
	e.Limited = true
	e.Secrets = secrets(b.Secrets)
	e.SSH = agents(b.SSH)
	e.Mounts = append(slices.Clone(e.Mounts), Mount{At: b.Workdir.Value, From: on.workdir})
	if !on.sysroot.IsZero() {
		e.Mounts = append(e.Mounts, Mount{At: sysrootDir, From: on.sysroot})
	}
	root := p.add(Step{Kind: kind, Title: c.Title, Ranges: []spec.Range{c.Range}, Exec: &e})
	out := compiled{root: root, workdir: Ref{Step: root.Step, Path: b.Workdir.Value}}
	if !on.sysroot.IsZero() {
		out.sysroot = Ref{Step: root.Step, Path: sysrootDir}
	}
	return out
}

func secrets(list []spec.Secret) []Secret {
	var out []Secret
	for _, s := range list {
		out = append(out, Secret{ID: s.ID.Value, Env: s.Env.Value, File: s.File.Value, Optional: s.Optional})
	}
	return out
}

func agents(list []spec.SSH) []Agent {
	var out []Agent
	for _, s := range list {
		out = append(out, Agent{ID: s.Value, Optional: s.Optional})
	}
	return out
}

// argv returns the command line of a command. The shell stops at the first failure and at
// an unset variable.
func argv(c spec.Command) []string {
	if len(c.Args) > 0 {
		return values(c.Args)
	}
	return []string{"/bin/sh", "-eu", "-c", c.Script}
}

// buildMounts returns the caches and the wrapper programs for build.run.
func (p *planner) buildMounts() []Mount {
	var out []Mount
	for _, c := range p.sf.Build.Cache {
		out = append(out, p.buildCache(c))
	}
	out = append(out, p.wrappers()...)
	if len(p.prepare()) > 0 {
		out = append(out, Mount{At: preparePath, From: p.prepareProgram(), ReadOnly: true, Unhashed: true})
	}
	return out
}

// buildEnv returns the environment of build.run: args, variables, and the epoch, which
// compilers use as the current time. An arg without a value stays unset, so that "set -u"
// reports its use. Only the commands that name a platform arg get it.
func (p *planner) buildEnv() []Variable {
	var out []Variable
	if p.opt.Epoch != nil {
		out = append(out, Variable{"SOURCE_DATE_EPOCH", strconv.FormatInt(p.opt.Epoch.Unix(), 10)})
	}
	out = appendArgs(out, selectArgs(p.sf.Build.Run, p.sf.PlatformArgs))
	out = appendArgs(out, p.sf.Args)
	return appendVariables(out, p.sf.Build.Env)
}

func appendArgs(to []Variable, args []spec.Arg) []Variable {
	for _, a := range args {
		if a.Value != nil {
			to = append(to, Variable{a.Name.Value, *a.Value})
		}
	}
	return to
}

func appendVariables(to []Variable, vars []spec.EnvVar) []Variable {
	for _, v := range vars {
		to = append(to, Variable{v.Name.Value, v.Value.Value})
	}
	return to
}

// buildCache returns a cache of build.run. A command can write anything to it, and a
// later build may ship what it wrote. So a cache belongs to one project, unless the
// Scratchfile shares it by a name. Parallel builds of a project do not wait for each
// other, since compiler caches write by rename. A cache that compares file times is
// private: files of another build would be newer than the sources of this one.
func (p *planner) buildCache(c spec.Cache) Mount {
	id, sharing := []string{"project", p.opt.Project, c.Path.Value}, Shared
	if name := c.Share.Value; name != "" {
		id = []string{"shared", name, c.Path.Value}
	}
	if c.ByTime {
		sharing = Private
	}
	if cross := p.sf.Build.Cross; cross != nil {
		id = append([]string{"from", cross.Build}, id...)
	}
	return Mount{At: c.Path.Value, Cache: &Cache{ID: p.cacheID(p.opt.Platform, id...), Sharing: sharing}}
}

// fetch downloads what the build needs. It has no cache mounts, since they are not part
// of its result: a build that finds the fetch in a remote cache would find them empty.
// The layers that fetch leaves are there on every builder. So it has the wrappers, which
// variables name too, and not ccache.
//
// With inputs, fetch sees only these, and the other sources are copied over its workdir
// afterwards. So a change of another source does not run fetch again. A source replaces a
// file that fetch wrote, so a placeholder for a package manager is never compiled.
func (p *planner) fetch(on compiled) compiled {
	f := p.sf.Build.Fetch
	if f == nil {
		return on
	}
	env := appendArgs(nil, selectArgs(f.Run, p.sf.PlatformArgs))
	env = appendVariables(appendArgs(env, selectArgs(f.Run, p.sf.Args)), p.sf.Build.Env)
	sources := on.workdir
	if len(f.Inputs) > 0 {
		on.workdir = p.fetchInputs(sources)
	}
	mounts := p.wrappers()
	for _, c := range f.Run {
		on = p.run(KindFetch, on, c, Exec{Args: argv(c), Env: env, Path: p.wrapperPath(), Online: true, Mounts: mounts})
	}
	if len(f.Inputs) > 0 {
		on.workdir = p.add(Step{
			Kind: KindFetch, Title: "sources over what was fetched", Ranges: []spec.Range{f.Range},
			Merge: []Ref{on.workdir, sources},
		})
	}
	return on
}

// fetchInputs copies the inputs of fetch from the sources.
func (p *planner) fetchInputs(sources Ref) Ref {
	inputs := p.sf.Build.Fetch.Inputs
	files := &Files{}
	for _, in := range inputs {
		at := path.Join("/", in.Value)
		files.Ops = append(files.Ops, FileOp{From: &Ref{sources.Step, at}, To: at, Follow: true})
	}
	return p.add(Step{Kind: KindFetch, Title: "inputs", Ranges: ranges(inputs), Files: files})
}

// selectArgs returns the args whose names are in the commands. fetch gets no others,
// since a version or commit that is new in every build must not start every download
// again. It does not get the epoch for the same reason.
func selectArgs(commands []spec.Command, args []spec.Arg) []spec.Arg {
	words := map[string]bool{}
	for _, c := range commands {
		for _, w := range strings.FieldsFunc(c.Title, func(r rune) bool { return !isWord(r) }) {
			words[w] = true
		}
	}
	return slices.DeleteFunc(slices.Clone(args), func(a spec.Arg) bool { return !words[a.Name.Value] })
}

// isWord reports whether the name of an arg can contain the character.
func isWord(r rune) bool {
	return r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}

// sources returns the tree that the build finds at its workdir. Each named source is
// copied on its own, so a changed data file changes no input of the compile. Without
// named sources, the context itself is mounted and nothing is copied; if it is the first of
// them, the others are copied over it.
func (p *planner) sources() Ref {
	if takesWholeContext(p.sf.Build) {
		return p.context("")
	}
	files := &Files{}
	var at []spec.Range
	for i, s := range p.sf.Build.Sources {
		// What is copied over other sources wins over them.
		if i == 0 && s.Context != nil && s.Context.Name.Value == "" && s.Path.Value == "/" && s.To == "." {
			files.On = p.context("")
			continue
		}
		files.Ops = append(files.Ops, p.sourceOps(s)...)
		at = append(at, s.Range)
	}
	if len(files.Ops) == 0 {
		return files.On
	}
	return p.add(Step{Kind: KindBuild, Title: "sources", Ranges: at, Files: files})
}

// sourceOps copies one source. A whole archive is unpacked in the same step.
func (p *planner) sourceOps(s spec.Source) []FileOp {
	to := path.Join("/", s.To)
	if h := s.HTTP; h != nil && h.Unpack && h.Strip == 0 && s.Path.Value == "/" {
		return unpackTo(to, p.httpSource(s.Place))
	}
	return []FileOp{p.copyOf(s.Place, to, s.Into)}
}
