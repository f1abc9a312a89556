package plan

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// These are the paths of the verify step's mounts.
const (
	workdirTree = "/tree/workdir"
	rootTree    = "/tree/root"
	placeTrees  = "/tree/place" // with the number of the tree
	verifiedDir = "/verified"
	reportDir   = "/report"
	reportPath  = reportDir + "/" + step.ReportFile
	recordsDir  = "/records"
)

// tree is the tree in which the verify step finds binaries, and the mounts that it
// consists of.
type tree struct {
	seen   verify.Tree
	mounts []Mount
}

// candidate is a binary before its verification.
type candidate struct {
	tree int    // the index of its tree
	from string // the path in the tree
}

// verified returns the binaries as they are shipped. What tools make of them is verified
// last.
func (p *planner) verified() Ref {
	trees, candidates := p.originals()
	req, mounts := p.request(trees, candidates)
	tools := toolsOf(p.sf)
	switch {
	case len(tools) == 0:
		req.Final = true
		return p.verify(req, mounts)
	case p.opt.ToolsApart:
		return p.verifyApart(req, mounts, tools)
	}
	return p.verifyWith(req, mounts, tools)
}

// originals returns the binaries where they come from, and the trees that they are in. All
// programs of the build are in one tree.
func (p *planner) originals() (trees []tree, out []candidate) {
	built := -1
	for _, b := range p.sf.Binaries {
		if b.Build == nil {
			t, from := p.placeTree(b, len(trees))
			trees, out = append(trees, t), append(out, candidate{tree: len(trees), from: from})
			continue
		}
		if built < 0 {
			built = len(trees)
			trees = append(trees, p.compiledTree(p.built))
		}
		out = append(out, candidate{tree: built, from: b.Path.Value})
	}
	return trees, out
}

// placeTree returns the tree of a binary that the build does not make, and the path of the
// binary in it. A download has no name and no mode of its own; it gets those of the image.
func (p *planner) placeTree(b spec.Binary, n int) (tree, string) {
	dir := fmt.Sprintf("%s%d", placeTrees, n)
	// Only a context is not known by a digest already.
	m := Mount{At: dir, ReadOnly: true, Unhashed: b.Context == nil}
	from := b.Path.Value
	if b.IsFile() {
		h := *b.HTTP
		h.Mode, b.HTTP = b.Mode, &h
		from = path.Join("/", path.Base(b.To.Value))
		m.At, m.From = path.Join(dir, from), p.place(b.Place)
	} else {
		m.From = Ref{p.place(b.Place).Step, "/"}
	}
	return tree{seen: verify.Tree{{At: "/", Dir: dir}}, mounts: []Mount{m}}, from
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
			return b.Build != nil && spec.IsUnder(b.Path.Value, workdir) == inWorkdir
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

// verifiedPath returns the path of a binary in the output of a verify step. Each binary has
// a folder of its own there.
func verifiedPath(i int, b spec.Binary) string {
	return path.Join("/", strconv.Itoa(i), b.To.Value)
}

// request returns the request that verifies one candidate for each binary, and the mounts
// that it reads: the trees, and the records of links if there are any.
func (p *planner) request(trees []tree, candidates []candidate) (verifystep.Request, []Mount) {
	req := verifystep.Request{Platform: p.opt.Platform, Verified: verifiedDir, Report: reportPath}
	for i, c := range candidates {
		b := p.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{
			Tree: c.tree, From: c.from, Pattern: b.Pattern, Into: b.Into, To: b.To.Value,
			Mode: b.Mode, Capabilities: values(b.Capabilities), Stack: p.sf.Build.Stack > 0 && b.Build != nil,
		})
	}
	var mounts []Mount
	for _, t := range trees {
		req.Trees = append(req.Trees, t.seen)
		mounts = append(mounts, t.mounts...)
	}
	if !p.evidence.IsZero() {
		req.Records = recordsDir
		mounts = append(mounts, Mount{At: recordsDir, From: p.evidence, ReadOnly: true})
	}
	return req, mounts
}

// verify adds a verify step, and returns the tree of the binaries that passed. The step has
// no network, and what it reads is read-only.
func (p *planner) verify(req verifystep.Request, mounts []Mount) Ref {
	return p.verifyIn(ownStep("/", p.program(), nil), p.binaryNames(), req, mounts)
}

func (p *planner) verifyIn(e *Exec, title string, req verifystep.Request, mounts []Mount) Ref {
	e.Args = verifystep.Args(req)
	e.Mounts = slices.Concat(e.Mounts, mounts, []Mount{{At: verifiedDir}, {At: reportDir}})
	step := p.add(Step{Kind: KindVerify, Title: title, Ranges: p.binaryRanges(), Exec: e})
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

// binaryNames returns where the binaries come from, for people.
func (p *planner) binaryNames() string {
	names := make([]string, len(p.sf.Binaries))
	for i, b := range p.sf.Binaries {
		names[i] = b.String()
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
