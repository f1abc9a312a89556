package llb

import (
	"fmt"
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

// Where the verify step finds its mounts.
const (
	workdirTree     = "/tree/workdir"
	rootTree        = "/tree/root"
	transformedTree = "/tree/transformed"
	verifiedDir     = "/verified"
	reportDir       = "/report"
)

// checked is what the verify step leaves.
type checked struct {
	verified bk.State // the binaries at their image paths; empty when one was refused
	report   bk.State // verifystep.ReportFile
}

// tree is a mount that the verify step finds binaries in.
type tree struct {
	dir     string // where the step sees the tree's root
	at      string // where in the tree the state is mounted
	state   bk.State
	options []bk.MountOption
}

// candidate is a binary before a verify step.
type candidate struct {
	tree   tree
	from   string // its path, with the tree as the root
	packed bool   // whether it was packed since it was last verified
}

// compiledCandidates are the binaries in the build's two outputs.
func (g *grapher) compiledCandidates(c compiled) []candidate {
	// The workdir is mounted below its tree's root at its own path, so that
	// absolute symlinks into it lead where they led in the build.
	workdir := tree{dir: workdirTree, at: g.sf.Build.Workdir.Value, state: c.workdir}
	root := tree{dir: rootTree, at: "/", state: c.root}
	if g.supports(pb.CapExecMountContentCache) {
		// Hashing a whole toolchain to find out that nothing changed costs more
		// than verifying again.
		root.options = []bk.MountOption{bk.ContentCache(bk.MountContentCacheOff)}
	}
	out := make([]candidate, len(g.sf.Binaries))
	for i, b := range g.sf.Binaries {
		out[i] = candidate{tree: root, from: b.From.Value}
		if spec.IsUnder(b.From.Value, workdir.at) {
			out[i].tree = workdir
		}
	}
	return out
}

// transformedCandidates are the binaries that strip and compress leave, at their
// places in the image.
func (g *grapher) transformedCandidates(st bk.State) []candidate {
	out := make([]candidate, len(g.sf.Binaries))
	for i, b := range g.sf.Binaries {
		out[i] = candidate{
			tree:   tree{dir: transformedTree, at: "/", state: st},
			from:   b.To.Value,
			packed: b.Compress != spec.CompressNone,
		}
	}
	return out
}

// verify runs the verifier over one candidate for each binary, without network and
// with their trees read-only. It is a vertex like any other: cached, shared and
// recorded in provenance by BuildKit.
func (g *grapher) verify(candidates []candidate, v Verifier) (checked, error) {
	req := g.verifyRequest(candidates)
	args, err := verifystep.Args(v.Path, req)
	if err != nil {
		return checked{}, fmt.Errorf("verify step: %w", err)
	}
	opts := []bk.RunOption{bk.Args(args), bk.Dir("/"), bk.Network(bk.NetModeNone), bk.Platform(v.Platform)}
	mounted := map[string]bool{}
	for _, c := range candidates {
		if t := c.tree; !mounted[t.dir] {
			mounted[t.dir] = true
			opts = append(opts, bk.AddMount(path.Join(t.dir, t.at), t.state, append(t.options, bk.Readonly)...))
		}
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

func (g *grapher) verifyRequest(candidates []candidate) verifystep.Request {
	req := verifystep.Request{
		Platform: g.opt.Platform,
		Verified: verifiedDir,
		Report:   path.Join(reportDir, verifystep.ReportFile),
	}
	for i, c := range candidates {
		b := g.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{
			Tree: c.tree.dir, From: c.from, To: b.To.Value, Mode: b.Mode, Packed: c.packed,
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
