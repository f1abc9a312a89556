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

// These are the paths of the verify step's mounts.
const (
	workdirTree    = "/tree/workdir"
	rootTree       = "/tree/root"
	transformedDir = "/tree/transformed"
	verifiedDir    = "/verified"
	reportDir      = "/report"
	reportPath     = reportDir + "/" + step.ReportFile
	// binariesDir is where strip and compress find the verified binaries.
	binariesDir = "/binaries"
)

// tree is the tree in which the verify step finds binaries, and the mounts that it
// consists of.
type tree struct {
	seen   verify.Tree
	mounts []Mount
}

// verified returns the compiled binaries as they are shipped. A binary that changes after
// its verification is verified again, so the last verify step returns what ships.
func (p *planner) verified(built compiled) Ref {
	first := p.verify(p.compiledTree(built), func(b spec.Binary) verifystep.Binary {
		return verifystep.Binary{From: b.From.Value}
	})
	if !p.transforms() {
		return first
	}
	return p.verify(transformedTree(p.transform(first)), func(b spec.Binary) verifystep.Binary {
		return verifystep.Binary{From: b.To.Value, Packed: b.Compress != spec.CompressNone}
	})
}

// compiledTree returns the two trees of the compile as the last command saw them: the
// workdir lies over the root, and the mounts of the command lie over both.
//
// It mounts only a tree that the path of a binary is in, unless the request is for the
// whole: the root changes with every source, while the programs in the workdir may not.
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
		// To hash a whole toolchain costs more than to verify the binaries again.
		t.mounts = append(t.mounts, Mount{At: rootTree, From: c.root, ReadOnly: true, Unhashed: true})
	}
	for _, m := range p.commandMounts() {
		if root.Dir != "" || spec.IsUnder(m.At, workdir) {
			over = append(over, m)
		}
	}
	slices.SortStableFunc(over, func(a, b verify.Mount) int { return cmp.Compare(a.At, b.At) }) // the daemon mounts them in this order
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

// commandMounts returns the mounts of the build's commands whose contents are in neither
// tree. The commands did not see what the trees have at these paths.
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

// transformedTree returns the tree that strip and compress make.
func transformedTree(from Ref) tree {
	return tree{
		seen:   verify.Tree{{At: "/", Dir: transformedDir}},
		mounts: []Mount{{At: transformedDir, From: from, ReadOnly: true}},
	}
}

// verify adds the step that verifies all binaries, and returns the tree of those that
// passed. find says where a binary is in the tree, and whether it is packed. The step has
// no network, and its tree is read-only.
func (p *planner) verify(t tree, find func(spec.Binary) verifystep.Binary) Ref {
	req := verifystep.Request{Platform: p.opt.Platform, Tree: t.seen, Verified: verifiedDir, Report: reportPath}
	var names []string
	for _, b := range p.sf.Binaries {
		bin := find(b)
		bin.To, bin.Mode = b.To.Value, b.Mode
		req.Binaries = append(req.Binaries, bin)
		names = append(names, bin.From)
	}
	e := ownStep("/", p.program(), verifystep.Args(req))
	e.Mounts = append(append(e.Mounts, t.mounts...), Mount{At: verifiedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindVerify, Title: strings.Join(names, " "), Ranges: p.binaryRanges(), Exec: e})
	p.out.Reports = append(p.out.Reports, Ref{step.Step, reportDir})
	return Ref{step.Step, verifiedDir}
}

// ownStep returns a process of the frontend's own program. The program's root is mounted
// at a path.
func ownStep(at string, program Ref, args []string) *Exec {
	e := &Exec{Own: at, Args: args, Dir: "/"}
	if at == "/" {
		e.Root = program
		return e
	}
	e.Mounts = []Mount{{At: at, From: program, ReadOnly: true}}
	return e
}

func (p *planner) binaryRanges() []spec.Range {
	out := make([]spec.Range, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		out[i] = b.Range
	}
	return out
}

// transform runs strip and compress, with the base's own tools, on the verified binaries
// that ask for them. Its output is not verified.
func (p *planner) transform(verified Ref) Ref {
	stripped := p.chosen(func(b spec.Binary) bool { return b.Strip })
	packed := p.chosen(func(b spec.Binary) bool { return b.Compress == spec.CompressUPX })
	verified = p.transformStep(KindStrip, "binutils", []string{"strip"}, stripped, verified)
	return p.transformStep(KindCompress, "upx", []string{"upx", "-q"}, packed, verified)
}

// transforms reports whether a binary changes after its verification.
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

// transformStep runs a tool in place on some of the binaries. The package of the tool is
// added to the base and not to the user's toolchain, so its download runs beside the
// compile and all projects with this base share it.
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
