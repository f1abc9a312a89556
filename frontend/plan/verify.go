package plan

import (
	"path"
	"strings"

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
	// binariesDir is where the steps that transform find the verified binaries.
	binariesDir = "/binaries"
)

// tree is a mount that the verify step finds binaries in.
type tree struct {
	dir      string // where the step sees the tree's root
	at       string // where in the tree the state is mounted
	from     Ref
	unhashed bool
}

// candidate is a binary before a verify step.
type candidate struct {
	tree   tree
	from   string // its path, with the tree as the root
	packed bool   // whether it was packed since it was last verified
}

// verified are the compiled binaries as they are shipped. What changes after its
// verification is verified again: the last verify step is what ships.
func (p *planner) verified(built compiled) Ref {
	first := p.verify(p.compiledCandidates(built))
	if !p.transforms() {
		return first
	}
	return p.verify(p.transformedCandidates(p.transform(first)))
}

// compiledCandidates are the binaries in the two trees of the compile.
func (p *planner) compiledCandidates(c compiled) []candidate {
	// The workdir is mounted below its tree's root at its own path, so that absolute
	// links into it lead where they led in the build.
	workdir := tree{dir: workdirTree, at: p.sf.Build.Workdir.Value, from: c.workdir}
	// Hashing a whole toolchain to find out that nothing changed costs more than
	// verifying again.
	root := tree{dir: rootTree, at: "/", from: c.root, unhashed: true}
	out := make([]candidate, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = candidate{tree: root, from: b.From.Value}
		if spec.IsUnder(b.From.Value, workdir.at) {
			out[i].tree = workdir
		}
	}
	return out
}

// transformedCandidates are the binaries that strip and compress leave, at their places
// in the image.
func (p *planner) transformedCandidates(from Ref) []candidate {
	out := make([]candidate, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = candidate{
			tree:   tree{dir: transformedTree, at: "/", from: from},
			from:   b.To.Value,
			packed: b.Compress != spec.CompressNone,
		}
	}
	return out
}

// verify adds the step that verifies one candidate for each binary, without network and
// with their trees read-only, and gives the binaries that passed.
func (p *planner) verify(candidates []candidate) Ref {
	req := p.verifyRequest(candidates)
	e := ownStep("/", p.program(), verifystep.Args(req))
	mounted := map[string]bool{}
	for _, c := range candidates {
		if t := c.tree; !mounted[t.dir] {
			mounted[t.dir] = true
			e.Mounts = append(e.Mounts, Mount{At: path.Join(t.dir, t.at), From: t.from, ReadOnly: true, Unhashed: t.unhashed})
		}
	}
	e.Mounts = append(e.Mounts, Mount{At: verifiedDir}, Mount{At: reportDir})
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

func (p *planner) verifyRequest(candidates []candidate) verifystep.Request {
	req := verifystep.Request{
		Platform: p.opt.Platform,
		Verified: verifiedDir,
		Report:   path.Join(reportDir, verifystep.ReportFile),
	}
	for i, c := range candidates {
		b := p.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{
			Tree: c.tree.dir, From: c.from, To: b.To.Value, Mode: b.Mode, Packed: c.packed,
		})
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
