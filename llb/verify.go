package llb

import (
	"fmt"
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

// Where the verify step finds its mounts.
const (
	workdirTree = "/tree/workdir"
	rootTree    = "/tree/root"
	verifiedDir = "/verified"
	reportDir   = "/report"
)

// checked is what the verify step leaves.
type checked struct {
	verified bk.State // the binaries at their image paths; empty when one was refused
	report   bk.State // verifystep.ReportFile
}

// verify runs the verifier over the compiled binaries, without network and with
// the build's output read-only. It is a vertex like any other: cached, shared and
// recorded in provenance by BuildKit.
func (g *grapher) verify(c compiled, v Verifier) (checked, error) {
	req, needRoot := g.verifyRequest()
	args, err := verifystep.Args(v.Path, req)
	if err != nil {
		return checked{}, fmt.Errorf("verify step: %w", err)
	}
	opts := []bk.RunOption{
		bk.Args(args),
		bk.Dir("/"),
		bk.Network(bk.NetModeNone),
		bk.Platform(v.Platform),
		// The workdir is mounted below the tree's root at its own path, so that
		// absolute symlinks into it lead where they led in the build.
		bk.AddMount(path.Join(workdirTree, g.sf.Build.Workdir.Value), c.workdir, bk.Readonly),
	}
	if needRoot {
		// Hashing a whole toolchain to find out that nothing changed costs more
		// than verifying again.
		opts = append(opts, bk.AddMount(rootTree, c.root, bk.Readonly, bk.ContentCache(bk.MountContentCacheOff)))
	}
	for _, o := range g.constraints(StepVerify, strings.Join(binaryNames(g.sf), " "), binaryRanges(g.sf)...) {
		opts = append(opts, o)
	}
	exec := v.State.Run(opts...)
	return checked{
		verified: exec.AddMount(verifiedDir, bk.Scratch()),
		report:   exec.AddMount(reportDir, bk.Scratch()),
	}, nil
}

// verifyRequest says what to verify, and whether any binary lies outside the
// workdir, in the compile root.
func (g *grapher) verifyRequest() (req verifystep.Request, needRoot bool) {
	req = verifystep.Request{
		Platform: g.opt.Platform,
		Verified: verifiedDir,
		Report:   path.Join(reportDir, verifystep.ReportFile),
	}
	for _, b := range g.sf.Binaries {
		tree := workdirTree
		if !inside(g.sf.Build.Workdir.Value, b.From.Value) {
			tree, needRoot = rootTree, true
		}
		req.Binaries = append(req.Binaries, verifystep.Binary{
			Tree: tree, From: b.From.Value, To: b.To.Value, Mode: b.Mode,
		})
	}
	return req, needRoot
}

func inside(dir, p string) bool {
	return strings.HasPrefix(p, strings.TrimSuffix(dir, "/")+"/")
}

func binaryNames(sf *spec.Scratchfile) []string {
	out := make([]string, len(sf.Binaries))
	for i, b := range sf.Binaries {
		out[i] = b.From.Value
	}
	return out
}

func binaryRanges(sf *spec.Scratchfile) []spec.Range {
	out := make([]spec.Range, len(sf.Binaries))
	for i, b := range sf.Binaries {
		out[i] = b.Range
	}
	return out
}
