package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Where the verify step finds its mounts.
const (
	workdirTree    = "/tree/workdir"
	rootTree       = "/tree/root"
	transformedDir = "/tree/transformed"
	verifiedDir    = "/verified"
	reportDir      = "/report"
	reportPath     = reportDir + "/" + step.ReportFile
	// binariesDir is where the steps that transform find the verified binaries.
	binariesDir = "/binaries"
)

// tree is what the verify step finds binaries in, and the mounts that it is put together
// from.
type tree struct {
	seen   verify.Tree
	mounts []Mount
}

// candidate is a binary before a verify step.
type candidate struct {
	from   string // its path in the tree
	packed bool   // whether it was packed since it was last verified
}

// verified are the compiled binaries as they are shipped. What changes after its
// verification is verified again: the last verify step is what ships.
func (p *planner) verified(built compiled) Ref {
	first := p.verify(p.compiledTree(built), p.compiledCandidates())
	if !p.transforms() {
		return first
	}
	return p.verify(transformedTree(p.transform(first)), p.transformedCandidates())
}

// compiledTree is the two trees of the compile as the last command saw them: the workdir
// lies over the root, and what was mounted for the command alone lies over both.
//
// Only a tree that the path of a binary lies in is mounted, unless the whole is asked for:
// the root changes with every source, where the programs in the workdir may not.
func (p *planner) compiledTree(c compiled) tree {
	workdir := p.sf.Build.Workdir.Value
	needs := func(inWorkdir bool) bool {
		return p.opt.Whole || !inWorkdir && p.mayMountInWorkdir() || slices.ContainsFunc(p.sf.Binaries, func(b spec.Binary) bool {
			return spec.IsUnder(b.From.Value, workdir) == inWorkdir
		})
	}
	root := verify.Mount{At: "/", Name: "the root of the build"}
	over := []verify.Mount{{At: workdir, Name: "the workdir " + workdir}}
	var t tree
	if needs(true) {
		over[0] = verify.Mount{At: workdir, Dir: workdirTree}
		t.mounts = append(t.mounts, Mount{At: workdirTree, From: c.workdir, ReadOnly: true})
	}
	if needs(false) {
		root = verify.Mount{At: "/", Dir: rootTree}
		// Hashing a whole toolchain to find out that nothing changed costs more than
		// verifying again.
		t.mounts = append(t.mounts, Mount{At: rootTree, From: c.root, ReadOnly: true, Unhashed: true})
	}
	for _, m := range p.commandMounts() {
		if root.Dir != "" || spec.IsUnder(m.At, workdir) {
			over = append(over, m)
		}
	}
	slices.SortStableFunc(over, func(a, b verify.Mount) int { return cmp.Compare(a.At, b.At) }) // as the daemon mounts them
	t.seen = append(verify.Tree{root}, over...)
	return t
}

// mayMountInWorkdir reports whether a cache outside of the workdir may be mounted inside of
// it: a cache that is mounted after the workdir, at a path that an earlier command may have
// made a link. Only the root tells. The folders of a toolchain count only if a command has
// run before.
func (p *planner) mayMountInWorkdir() bool {
	b := p.sf.Build
	earlier := b.Fetch != nil || len(b.Run) > 1
	return slices.ContainsFunc(b.Cache, func(c spec.Cache) bool {
		at := c.Path.Value
		return (earlier || c.Key == "") && at > b.Workdir.Value && !spec.IsUnder(at, b.Workdir.Value)
	})
}

// commandMounts are the mounts of the build's commands whose content is in neither tree.
// What the trees have at their places, the commands did not see.
func (p *planner) commandMounts() []verify.Mount {
	b := p.sf.Build
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
func (p *planner) compiledCandidates() []candidate {
	out := make([]candidate, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = candidate{from: b.From.Value}
	}
	return out
}

// transformedTree is what strip and compress leave.
func transformedTree(from Ref) tree {
	return tree{
		seen:   verify.Tree{{At: "/", Dir: transformedDir}},
		mounts: []Mount{{At: transformedDir, From: from, ReadOnly: true}},
	}
}

// transformedCandidates are the binaries at their places in the image.
func (p *planner) transformedCandidates() []candidate {
	out := make([]candidate, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = candidate{from: b.To.Value, packed: b.Compress != spec.CompressNone}
	}
	return out
}

// verify adds the step that verifies one candidate for each binary, without network and
// with their tree read-only, and gives the binaries that passed.
func (p *planner) verify(t tree, candidates []candidate) Ref {
	req := p.verifyRequest(t, candidates)
	e := ownStep("/", p.program(), verifystep.Args(req))
	e.Mounts = append(append(e.Mounts, t.mounts...), Mount{At: verifiedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindVerify, Title: binaryNames(req), Ranges: p.binaryRanges(), Exec: e})
	p.out.Reports = append(p.out.Reports, Ref{step.Step, reportDir})
	return Ref{step.Step, verifiedDir}
}

// ownStep is a process of the frontend's own program, which has its root at a path.
func ownStep(at string, program Ref, args []string) *Exec {
	e := &Exec{Own: at, Args: args, Dir: "/"}
	if at == "/" {
		e.Root = program
		return e
	}
	e.Mounts = []Mount{{At: at, From: program, ReadOnly: true}}
	return e
}

func (p *planner) verifyRequest(t tree, candidates []candidate) verifystep.Request {
	req := verifystep.Request{
		Platform: p.opt.Platform,
		Tree:     t.seen,
		Verified: verifiedDir,
		Report:   reportPath,
	}
	for i, c := range candidates {
		b := p.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{From: c.from, To: b.To.Value, Mode: b.Mode, Packed: c.packed})
	}
	return req
}

// binaryNames names the binaries of a request, for people.
func binaryNames(req verifystep.Request) string {
	names := make([]string, len(req.Binaries))
	for i, b := range req.Binaries {
		names[i] = b.From
	}
	return strings.Join(names, " ")
}

func (p *planner) binaryRanges() []spec.Range {
	out := make([]spec.Range, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = b.Range
	}
	return out
}

// transform changes verified binaries as the user asked (strip, compress) with the
// base's own tools. What it leaves is not verified.
func (p *planner) transform(verified Ref) Ref {
	stripped := p.chosen(func(b spec.Binary) bool { return b.Strip })
	packed := p.chosen(func(b spec.Binary) bool { return b.Compress == spec.CompressUPX })
	verified = p.transformStep(KindStrip, "binutils", []string{"strip"}, stripped, verified)
	return p.transformStep(KindCompress, "upx", []string{"upx", "-q"}, packed, verified)
}

// transforms reports whether any binary changes after its verification.
func (p *planner) transforms() bool {
	return len(p.chosen(func(b spec.Binary) bool { return b.Strip || b.Compress != spec.CompressNone })) > 0
}

func (p *planner) chosen(want func(spec.Binary) bool) []spec.Binary {
	var out []spec.Binary
	for _, b := range p.sf.Binaries {
		if want(b) {
			out = append(out, b)
		}
	}
	return out
}

// transformStep runs a tool in place over some of the binaries. The tool's package is
// added to the base, not to the user's toolchain: fetching it runs beside the compile,
// and all projects on that base share it.
func (p *planner) transformStep(kind Kind, pkg string, tool []string, binaries []spec.Binary, verified Ref) Ref {
	if len(binaries) == 0 {
		return verified
	}
	args, title := tool, tool[0]
	var at []spec.Range
	for _, b := range binaries {
		args = append(args, path.Join(binariesDir, b.To.Value))
		title += " " + b.To.Value
		at = append(at, b.Range)
	}
	step := p.add(Step{Kind: kind, Title: title, Ranges: at, Exec: &Exec{
		Args: args, Dir: "/", Root: p.install([]string{pkg}, at),
		Mounts: []Mount{{At: binariesDir, From: verified}},
	}})
	return Ref{step.Step, binariesDir}
}
