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
	workdirTree    = "/tree/workdir"
	rootTree       = "/tree/root"
	transformedDir = "/tree/transformed"
	placeTrees     = "/tree/place" // with the number of the tree
	verifiedDir    = "/verified"
	reportDir      = "/report"
	reportPath     = reportDir + "/" + step.ReportFile
	recordsDir     = "/records"
	// binariesDir is where strip and compress find the verified binaries.
	binariesDir = "/binaries"
)

// tree is the tree in which the verify step finds binaries, and the mounts that it
// consists of.
type tree struct {
	seen   verify.Tree
	mounts []Mount
}

// candidate is a binary before a verify step.
type candidate struct {
	tree   int    // the index of its tree
	from   string // the path in the tree
	named  bool   // whether the path has no wildcards
	packed bool   // whether compress has packed it since its last verification
}

// verified returns the binaries as they are shipped. A binary that changes after its
// verification is verified again, so the last verify step returns what ships.
func (p *planner) verified() Ref {
	last := !p.transforms()
	trees, candidates := p.originals()
	first := p.verify(trees, candidates, p.evidence, last)
	if last {
		return first
	}
	trees, candidates = p.transformed(p.transform(first))
	return p.verify(trees, candidates, Ref{}, true)
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

// transformed returns the binaries as strip and compress leave them. Each is in a tree of
// its own, at its path in the image.
func (p *planner) transformed(from Ref) (trees []tree, out []candidate) {
	for i, b := range p.sf.Binaries {
		trees = append(trees, tree{seen: verify.Tree{{At: "/", Dir: path.Join(transformedDir, strconv.Itoa(i))}}})
		out = append(out, candidate{tree: i, from: b.To.Value, named: true, packed: b.Compress != spec.CompressNone})
	}
	trees[0].mounts = []Mount{{At: transformedDir, From: from, ReadOnly: true}}
	return trees, out
}

// verifiedPath returns the path of a binary in the output of a verify step. Each binary has
// a folder of its own there.
func verifiedPath(i int, b spec.Binary) string {
	return path.Join("/", strconv.Itoa(i), b.To.Value)
}

// verify adds the step that verifies one candidate for each binary, and returns the tree
// of the binaries that passed. The step has no network, and its trees are read-only. It
// reads the records of links, if there are any. The last one makes the files as they are
// shipped.
func (p *planner) verify(trees []tree, candidates []candidate, records Ref, last bool) Ref {
	req := verifystep.Request{Platform: p.opt.Platform, Verified: verifiedDir, Report: reportPath, Final: last}
	for i, c := range candidates {
		b := p.sf.Binaries[i]
		req.Binaries = append(req.Binaries, verifystep.Binary{
			Tree: c.tree, From: c.from, Pattern: b.Pattern && !c.named, Into: b.Into, To: b.To.Value,
			Mode: b.Mode, Packed: c.packed, Capabilities: values(b.Capabilities),
			Stack: p.sf.Build.Stack > 0 && b.Build != nil && !c.packed,
		})
	}
	e := ownStep("/", p.program(), nil)
	for _, t := range trees {
		req.Trees = append(req.Trees, t.seen)
		e.Mounts = append(e.Mounts, t.mounts...)
	}
	if !records.IsZero() {
		req.Records = recordsDir
		e.Mounts = append(e.Mounts, Mount{At: recordsDir, From: records, ReadOnly: true})
	}
	e.Args = verifystep.Args(req)
	e.Mounts = append(e.Mounts, Mount{At: verifiedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindVerify, Title: p.binaryNames(), Ranges: p.binaryRanges(), Exec: e})
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

// These are the tools that change verified binaries.
var (
	stripTool = transformTool{kind: KindStrip, pkg: "binutils", command: []string{"strip"}, wants: wantsStrip}
	// crossStripTool knows programs of all platforms. Its package may have it in a folder of
	// the version alone.
	crossStripTool = transformTool{
		kind: KindStrip, pkg: "llvm", setup: "PATH=$PATH:$(echo /usr/lib/llvm*/bin | tr ' ' :); ", command: []string{"llvm-strip"}, wants: wantsStrip,
	}
	upxTool = transformTool{
		kind: KindCompress, pkg: "upx", command: []string{"upx", "-q"}, wants: func(b spec.Binary) bool { return b.Compress == spec.CompressUPX },
	}
)

func wantsStrip(b spec.Binary) bool { return b.Strip }

// transformTool is a tool of the base that changes programs in place.
type transformTool struct {
	kind Kind
	pkg  string
	// setup is a line of shell before the command.
	setup   string
	command []string
	// wants reports whether a binary asks for the tool.
	wants func(spec.Binary) bool
}

// transform runs the tools on the verified binaries that ask for them. Its output is not
// verified.
func (p *planner) transform(verified Ref) Ref {
	strip := stripTool
	if p.sf.Build.Cross != nil {
		strip = crossStripTool
	}
	return p.runTool(upxTool, p.runTool(strip, verified))
}

// transforms reports whether a binary changes after its verification.
func (p *planner) transforms() bool {
	return slices.ContainsFunc(p.sf.Binaries, wantsStrip) || slices.ContainsFunc(p.sf.Binaries, upxTool.wants)
}

// runTool runs a tool on the binaries that ask for it. The package of the tool is added to
// the base and not to the user's toolchain, so its download runs beside the compile and
// all projects with this base share it.
func (p *planner) runTool(t transformTool, verified Ref) Ref {
	var files []string
	var at []spec.Range
	title, folders := t.command[0], false
	for i, b := range p.sf.Binaries {
		if t.wants(b) {
			files = append(files, path.Join(binariesDir, verifiedPath(i, b)))
			title += " " + b.To.Value
			at = append(at, b.Range)
			folders = folders || b.Into
		}
	}
	if len(files) == 0 {
		return verified
	}
	args := append(slices.Clone(t.command), files...)
	switch command := strings.Join(t.command, " "); {
	case folders:
		args = append([]string{shell, "-c", t.setup + `exec find "$@" -type f -exec ` + command + ` {} +`, t.command[0]}, files...)
	case t.setup != "":
		args = append([]string{shell, "-c", t.setup + "exec " + command + ` "$@"`, t.command[0]}, files...)
	}
	p.changes = append(p.changes, change{t, verified})
	step := p.add(Step{Kind: t.kind, Title: title, Ranges: at, Exec: &Exec{
		Args: args, Dir: "/", Root: p.install([]string{t.pkg}, at),
		Mounts: []Mount{{At: binariesDir, From: verified}},
	}})
	return Ref{step.Step, binariesDir}
}
