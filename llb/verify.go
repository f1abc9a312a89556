package llb

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

// Where the verify step finds its mounts.
const (
	workdirTree    = "/tree/workdir"
	rootTree       = "/tree/root"
	transformedDir = "/tree/transformed"
	verifiedDir    = "/verified"
	reportDir      = "/report"
)

// checked is what the verify step leaves.
type checked struct {
	verified bk.State // the binaries at their image paths; empty when one was refused
	report   bk.State // verifystep.ReportFile
}

// tree is what the verify step finds binaries in, and the states that it is put
// together from.
type tree struct {
	mounts verify.Tree
	states []mountedState
}

// mountedState is a state that the verify step sees in a directory.
type mountedState struct {
	dir     string
	state   bk.State
	options []bk.MountOption
}

// candidate is a binary before a verify step.
type candidate struct {
	from   string // its path in the tree
	packed bool   // whether it was packed since it was last verified
}

// compiledTree is the build's two outputs as the last command saw them: the workdir
// lies over the root, and what was mounted for the command alone over both.
//
// Only an output that a binary's path lies in is mounted, unless the whole tree is
// asked for: the root changes with every source, where the workdir's programs may
// not.
func (g *grapher) compiledTree(c compiled) tree {
	workdir := g.sf.Build.Workdir.Value
	needs := func(inWorkdir bool) bool {
		return g.opt.Whole || slices.ContainsFunc(g.sf.Binaries, func(b spec.Binary) bool {
			return spec.IsUnder(b.From.Value, workdir) == inWorkdir
		})
	}
	root := verify.Mount{At: "/", Name: "the root of the build"}
	over := []verify.Mount{{At: workdir, Name: "the workdir " + workdir}}
	var t tree
	if needs(true) {
		over[0] = verify.Mount{At: workdir, Dir: workdirTree}
		t.states = append(t.states, mountedState{dir: workdirTree, state: c.workdir})
	}
	if needs(false) {
		root = verify.Mount{At: "/", Dir: rootTree}
		t.states = append(t.states, mountedState{dir: rootTree, state: c.root, options: g.uncached()})
	}
	for _, m := range g.commandMounts() {
		if root.Dir != "" || spec.IsUnder(m.At, workdir) {
			over = append(over, m)
		}
	}
	slices.SortStableFunc(over, func(a, b verify.Mount) int { return cmp.Compare(a.At, b.At) }) // as the daemon mounts them
	t.mounts = append(verify.Tree{root}, over...)
	return t
}

// uncached has a mount's content left out of a step's cache key. To hash a whole
// toolchain, to find out that nothing changed, costs more than to verify again.
func (g *grapher) uncached() []bk.MountOption {
	if !g.supports(pb.CapExecMountContentCache) {
		return nil
	}
	return []bk.MountOption{bk.ContentCache(bk.MountContentCacheOff)}
}

// commandMounts are the mounts of the build's commands whose content is in neither
// output. What the outputs have at their places, the commands did not see.
func (g *grapher) commandMounts() []verify.Mount {
	b := g.sf.Build
	var out []verify.Mount
	hide := func(at, name string) { out = append(out, verify.Mount{At: at, Name: name}) }
	for _, at := range []string{"/dev", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys"} {
		hide(at, "")
	}
	hide(path.Dir(preparePath), "the files of the frontend")
	for _, c := range b.Cache {
		hide(c.Path.Value, "the cache "+c.Path.Value)
	}
	for _, s := range b.Secrets {
		if s.File.Value != "" {
			hide(s.File.Value, "the secret "+s.ID.Value)
		}
	}
	for i := range b.SSH {
		hide(fmt.Sprintf("/run/buildkit/ssh_agent.%d", i), "the socket of the SSH agent")
	}
	return out
}

// compiledCandidates are the binaries where the build leaves them.
func (g *grapher) compiledCandidates() []candidate {
	out := make([]candidate, len(g.sf.Binaries))
	for i, b := range g.sf.Binaries {
		out[i] = candidate{from: b.From.Value}
	}
	return out
}

// transformedTree is what strip and compress leave.
func transformedTree(st bk.State) tree {
	return tree{
		mounts: verify.Tree{{At: "/", Dir: transformedDir}},
		states: []mountedState{{dir: transformedDir, state: st}},
	}
}

// transformedCandidates are the binaries at their places in the image.
func (g *grapher) transformedCandidates() []candidate {
	out := make([]candidate, len(g.sf.Binaries))
	for i, b := range g.sf.Binaries {
		out[i] = candidate{from: b.To.Value, packed: b.Compress != spec.CompressNone}
	}
	return out
}

// verify runs the verifier over one candidate for each binary, without network and
// with their tree read-only. It is a vertex like any other: cached, shared and
// recorded in provenance by BuildKit.
func (g *grapher) verify(t tree, candidates []candidate, v Verifier) (checked, error) {
	req := g.verifyRequest(t, candidates)
	args, err := verifystep.Args(v.Path, req)
	if err != nil {
		return checked{}, fmt.Errorf("verify step: %w", err)
	}
	opts := []bk.RunOption{bk.Args(args), bk.Dir("/"), bk.Network(bk.NetModeNone), bk.Platform(v.Platform)}
	for _, m := range t.states {
		opts = append(opts, bk.AddMount(m.dir, m.state, append(m.options, bk.Readonly)...))
	}
	for _, c := range g.constraints(StepVerify, requested(req), binaryRanges(g.sf)...) {
		opts = append(opts, c)
	}
	exec := v.State.Run(opts...)
	return checked{
		verified: exec.AddMount(verifiedDir, bk.Scratch()),
		report:   exec.AddMount(reportDir, bk.Scratch()),
	}, nil
}

func (g *grapher) verifyRequest(t tree, candidates []candidate) verifystep.Request {
	req := verifystep.Request{
		Platform: g.opt.Platform,
		Tree:     t.mounts,
		Verified: verifiedDir,
		Report:   path.Join(reportDir, verifystep.ReportFile),
	}
	for i, c := range candidates {
		b := g.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{
			From: c.from, To: b.To.Value, Mode: b.Mode, Packed: c.packed,
		})
	}
	return req
}

// requested names the binaries of a request, for people.
func requested(req verifystep.Request) string {
	names := make([]string, len(req.Binaries))
	for i, b := range req.Binaries {
		names[i] = b.From
	}
	return strings.Join(names, " ")
}

func binaryRanges(sf *spec.Scratchfile) []spec.Range {
	out := make([]spec.Range, len(sf.Binaries))
	for i, b := range sf.Binaries {
		out[i] = b.Range
	}
	return out
}
