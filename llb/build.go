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

// build runs the user's script in the toolchain. The sources are a writable
// mount at the workdir: the toolchain's layers are never rewritten, and the
// mount's output is the small state that the binary is taken from.
func (g *grapher) build(toolchain, context bk.State) compiled {
	b := g.sf.Build
	opts := []bk.RunOption{
		bk.Args([]string{"/bin/sh", "-eu", "-c", b.Run.Value}),
		bk.Dir(b.Workdir.Value),
		bk.Network(g.buildNetwork()),
	}
	for _, dir := range b.Cache {
		opts = append(opts, g.cacheMount(dir.Value, "cache/"+dir.Value))
	}
	for _, s := range b.Secrets {
		opts = append(opts, secret(s))
	}
	for _, id := range b.SSH {
		opts = append(opts, bk.AddSSHSocket(bk.SSHID(id.Value)))
	}
	if g.opt.Proxy != nil && b.Network != spec.NetworkNone {
		opts = append(opts, bk.WithProxy(*g.opt.Proxy))
	}
	opts = append(opts, g.opt.Limits.runOptions()...)
	for _, c := range g.constraints(StepBuild, b.Run.Value, b.Run.Range) {
		opts = append(opts, c)
	}

	exec := g.environment(toolchain).Run(opts...)
	return compiled{
		workdir: exec.AddMount(b.Workdir.Value, g.sources(context)),
		root:    exec.Root(),
	}
}

// environment gives the script its build args and variables, and the epoch that
// compilers know to use for the current time. A build arg without a value stays
// unset, so that "set -u" finds its use.
func (g *grapher) environment(st bk.State) bk.State {
	if g.opt.Epoch != nil {
		st = st.AddEnv("SOURCE_DATE_EPOCH", strconv.FormatInt(g.opt.Epoch.Unix(), 10))
	}
	for _, a := range g.sf.Args {
		if a.Value != nil {
			st = st.AddEnv(a.Name.Value, *a.Value)
		}
	}
	for _, e := range g.sf.Build.Env {
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
	if s.Env.Value != "" {
		return bk.AddSecretWithDest(s.ID.Value, nil, bk.SecretAsEnvName(s.Env.Value))
	}
	return bk.AddSecret(s.File.Value, bk.SecretID(s.ID.Value), bk.SecretFileOpt(0, 0, 0o400))
}
