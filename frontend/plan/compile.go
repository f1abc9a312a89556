package plan

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// compiled is what the compile leaves: two trees, since the workdir is a mount and no
// part of the root.
type compiled struct {
	root    Ref
	workdir Ref
}

// build runs the user's commands, each in what the one before it left. The sources are
// a writable mount at the workdir: the toolchain's layers are never rewritten, and the
// mount is the small tree that the binary is taken from.
func (p *planner) build(toolchain Ref) compiled {
	b := p.sf.Build
	at := p.fetch(compiled{root: toolchain, workdir: p.sources()})
	mounts := p.buildMounts()
	for _, c := range b.Run {
		at = p.run(KindBuild, at, c, Exec{
			Args:   append(p.prepare(), argv(c)...),
			Env:    p.buildEnv(),
			Path:   p.path(),
			Online: b.Network != spec.NetworkNone,
			Mounts: mounts,
		})
	}
	return at
}

// run adds one command of the user.
func (p *planner) run(kind Kind, on compiled, c spec.Command, e Exec) compiled {
	b := p.sf.Build
	e.Dir = b.Workdir.Value
	e.Root = on.root
	e.Limited = true
	e.Secrets = secrets(b.Secrets)
	e.SSH = agents(b.SSH)
	e.Mounts = append(slices.Clone(e.Mounts), Mount{At: b.Workdir.Value, From: on.workdir})
	root := p.add(Step{Kind: kind, Title: c.Title, Ranges: []spec.Range{c.Range}, Exec: &e})
	return compiled{root: root, workdir: Ref{Step: root.Step, Path: b.Workdir.Value}}
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

// argv is a command as the kernel gets it. The shell stops at the first failure and at
// an unset variable.
func argv(c spec.Command) []string {
	if len(c.Args) > 0 {
		return values(c.Args)
	}
	return []string{"/bin/sh", "-eu", "-c", c.Script}
}

// buildMounts are the caches and the programs that build.run finds.
func (p *planner) buildMounts() []Mount {
	var out []Mount
	for _, c := range p.sf.Build.Cache {
		out = append(out, p.buildCache(c))
	}
	if len(p.sf.Build.Wrappers) > 0 {
		out = append(out, Mount{At: wrapperDir, From: p.wrappers(), ReadOnly: true})
	}
	if len(p.prepare()) > 0 {
		out = append(out, Mount{At: preparePath, From: p.prepareProgram(), ReadOnly: true})
	}
	return out
}

// buildEnv gives build.run its args and variables, and the epoch, which compilers use
// for the current time. A build arg without a value stays unset, so that "set -u" finds
// its use. A platform arg is there for the commands that name it.
func (p *planner) buildEnv() []Variable {
	var out []Variable
	if p.opt.Epoch != nil {
		out = append(out, Variable{"SOURCE_DATE_EPOCH", strconv.FormatInt(p.opt.Epoch.Unix(), 10)})
	}
	out = appendArgs(out, namedIn(p.sf.Build.Run, p.sf.PlatformArgs))
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

// buildCache is a cache of build.run. A command can write to it what it likes, and what it
// wrote is in the program of a later build. So it is the project's own, unless the
// Scratchfile gives a name to share it by. Parallel builds of the project do not wait for
// each other: compiler caches write by rename. One that goes by times is private: what
// another build writes is younger than the sources of this one too.
func (p *planner) buildCache(c spec.Cache) Mount {
	id, sharing := []string{"project", p.opt.Project, c.Path.Value}, Shared
	if name := c.Share.Value; name != "" {
		id = []string{"shared", name, c.Path.Value}
	}
	if c.ByTime {
		sharing = Private
	}
	return Mount{At: c.Path.Value, Cache: &Cache{ID: p.cacheID(id...), Sharing: sharing}}
}

// fetch downloads what the build needs. It has no cache mounts: they are no part of a
// result, so a build that found its fetch in a remote cache would find nothing in them.
// What a fetch leaves in layers is there on every builder.
//
// With inputs, it sees these alone, and the other sources are put over its workdir
// afterwards: no other source changes what it is cached by. Sources win over what it
// wrote, so a placeholder that it made to please a package manager is never compiled.
func (p *planner) fetch(on compiled) compiled {
	f := p.sf.Build.Fetch
	if f == nil {
		return on
	}
	env := appendArgs(nil, namedIn(f.Run, p.sf.PlatformArgs))
	env = appendVariables(appendArgs(env, namedIn(f.Run, p.sf.Args)), p.sf.Build.Env)
	sources := on.workdir
	if len(f.Inputs) > 0 {
		on.workdir = p.fetchInputs(sources)
	}
	for _, c := range f.Run {
		on = p.run(KindFetch, on, c, Exec{Args: argv(c), Env: env, Online: true})
	}
	if len(f.Inputs) > 0 {
		on.workdir = p.add(Step{
			Kind: KindFetch, Title: "sources over what was fetched", Ranges: []spec.Range{f.Range},
			Merge: []Ref{on.workdir, sources},
		})
	}
	return on
}

// fetchInputs picks the inputs out of the sources.
func (p *planner) fetchInputs(sources Ref) Ref {
	inputs := p.sf.Build.Fetch.Inputs
	files := &Files{}
	for _, in := range inputs {
		at := path.Join("/", in.Value)
		files.Ops = append(files.Ops, FileOp{From: &Ref{sources.Step, at}, To: at, Follow: true})
	}
	return p.add(Step{Kind: KindFetch, Title: "inputs", Ranges: ranges(inputs), Files: files})
}

// namedIn picks the args whose names stand in the commands. A fetch gets no others: a
// version or a commit that is new in every build must not make every build download.
// The epoch is kept from it for the same reason.
func namedIn(commands []spec.Command, args []spec.Arg) []spec.Arg {
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

// sources is what the build finds at its workdir. Named sources are picked out of where
// they come from, so that a changed data file changes no input of the compile. Without
// any, the context itself is mounted and nothing is copied.
func (p *planner) sources() Ref {
	srcs := p.sf.Build.Sources
	if len(srcs) == 0 {
		return p.context("")
	}
	files := &Files{}
	var at []spec.Range
	for _, s := range srcs {
		if s.Path.Value == "." {
			files.On = p.context("")
			continue
		}
		from := p.source(s)
		files.Ops = append(files.Ops, FileOp{
			From: &from, To: path.Join("/", s.To), Follow: true,
			Unpack: s.HTTP != nil && s.HTTP.Unpack,
		})
		at = append(at, s.Range)
	}
	if len(files.Ops) == 0 {
		return files.On
	}
	return p.add(Step{Kind: KindBuild, Title: "sources", Ranges: at, Files: files})
}
