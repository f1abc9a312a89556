package llb

import (
	"strconv"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// compiled is what the build step leaves: two trees, since the workdir is a
// mount and not part of the root.
type compiled struct {
	root    bk.State
	workdir bk.State
}

// build runs the user's commands in the toolchain, each in what the one before it
// left. The sources are a writable mount at the workdir: the toolchain's layers are
// never rewritten, and the mount's output is the small state that the binary is
// taken from.
func (g *grapher) build(toolchain bk.State, in Inputs) compiled {
	b := g.sf.Build
	st := g.fetch(compiled{root: toolchain, workdir: g.sources(in)})
	st.root = g.withPrograms(g.environment(st.root))
	for _, c := range b.Run {
		opts := []bk.RunOption{bk.Network(g.buildNetwork())}
		for _, c := range b.Cache {
			opts = append(opts, g.buildCache(c))
		}
		opts = append(opts, g.wrappers()...)
		args, setup := g.prepared(argv(c))
		st = g.run(StepBuild, st, c, args, b.Network != spec.NetworkNone, append(opts, setup...))
	}
	return st
}

// run is one command, which args start, as a vertex of its own.
func (g *grapher) run(step Step, on compiled, c spec.Command, args []string, online bool, opts []bk.RunOption) compiled {
	b := g.sf.Build
	opts = append([]bk.RunOption{bk.Args(args), bk.Dir(b.Workdir.Value)}, opts...)
	for _, s := range b.Secrets {
		opts = append(opts, secret(s))
	}
	for _, s := range b.SSH {
		opts = append(opts, agent(s))
	}
	if g.opt.Proxy != nil && online {
		opts = append(opts, bk.WithProxy(*g.opt.Proxy))
	}
	opts = append(opts, g.opt.Limits.runOptions()...)
	for _, c := range g.constraints(step, c.Title, c.Range) {
		opts = append(opts, c)
	}
	exec := on.root.Run(opts...)
	return compiled{
		workdir: exec.AddMount(b.Workdir.Value, on.workdir),
		root:    exec.Root(),
	}
}

// argv is a command as the kernel gets it. The shell stops at the first failure
// and at an unset variable.
func argv(c spec.Command) []string {
	if len(c.Args) > 0 {
		return values(c.Args)
	}
	return []string{"/bin/sh", "-eu", "-c", c.Script}
}

// environment gives the build its args and variables, and the epoch that compilers
// know to use for the current time. A build arg without a value stays unset, so
// that "set -u" finds its use. Platform args are there for commands that name them.
func (g *grapher) environment(st bk.State) bk.State {
	if g.opt.Epoch != nil {
		st = st.AddEnv("SOURCE_DATE_EPOCH", strconv.FormatInt(g.opt.Epoch.Unix(), 10))
	}
	st = withArgs(st, named(g.sf.PlatformArgs, g.sf.Build.Run))
	return withVariables(withArgs(st, g.sf.Args), g.sf.Build.Env)
}

func withArgs(st bk.State, args []spec.Arg) bk.State {
	for _, a := range args {
		if a.Value != nil {
			st = st.AddEnv(a.Name.Value, *a.Value)
		}
	}
	return st
}

func withVariables(st bk.State, vars []spec.EnvVar) bk.State {
	for _, e := range vars {
		st = st.AddEnv(e.Name.Value, e.Value.Value)
	}
	return st
}

func (g *grapher) buildNetwork() pb.NetMode {
	if g.sf.Build.Network == spec.NetworkNone {
		return bk.NetModeNone
	}
	return g.opt.Network
}

// secret exposes one build secret. Its value is part of no layer, of no cache
// key and of no provenance: BuildKit fetches it from the client when the step
// starts.
func secret(s spec.Secret) bk.RunOption {
	var opts []bk.SecretOption
	if s.Optional {
		opts = append(opts, bk.SecretOptional)
	}
	if s.Env.Value != "" {
		return bk.AddSecretWithDest(s.ID.Value, nil, append(opts, bk.SecretAsEnvName(s.Env.Value))...)
	}
	return bk.AddSecret(s.File.Value, append(opts, bk.SecretID(s.ID.Value), bk.SecretFileOpt(0, 0, 0o400))...)
}

// agent forwards one SSH agent.
func agent(s spec.SSH) bk.RunOption {
	opts := []bk.SSHOption{bk.SSHID(s.Value)}
	if s.Optional {
		opts = append(opts, bk.SSHOptional)
	}
	return bk.AddSSHSocket(opts...)
}
