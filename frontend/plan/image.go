package plan

import (
	"os"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// image makes the root of the image from two layers: the data, and the verified binaries
// on top. In a merge, an entry of the upper layer replaces whatever the lower one has at
// its path or above it. So each binary is a regular file at its path, with the verified
// bytes, whatever the data holds. A change of the data rewrites no binary, and a change
// of a binary rewrites no data. Each binary is copied by its own path: a refused one is
// not there, so its copy fails.
func (p *planner) image(verified Ref) Ref {
	l := p.layout()
	data := p.data(l)
	gate := p.permitted()
	if data.IsZero() {
		p.out.Binaries = p.binaries(verified, gate)
		return p.out.Binaries
	}
	gate = append(gate, p.verifyData(l, data)...)
	p.out.Binaries = p.binaries(verified, append(gate, p.sharedFolders(data, l)...))
	p.checkBinaries(data, l)
	p.checkFolders(data, l)
	return p.add(Step{
		Kind: KindFinal, Title: "lay the binaries over the data", Ranges: p.binaryRanges(),
		Merge: []Ref{data, p.out.Binaries},
	})
}

// data makes the layer with everything except the binaries. An entry below the folder of
// another entry is copied in a later step. So it wins whatever the order of the lines,
// and what it would replace can be checked before. All steps make one layer.
func (p *planner) data(l layout) Ref {
	var data Ref
	levels := l.levels()
	for _, level := range levels {
		for _, e := range level {
			if over := l.above(e); len(over) > 0 {
				p.out.Overlaps = append(p.out.Overlaps, Overlap{
					Path: e.to, What: e.what, Thing: e.thing, Source: e.source, Range: e.at, Below: data, Over: over,
				})
			}
		}
		data = p.copyLevel(data, level, "copy the data to scratch")
	}
	return p.flatten(data, len(levels) > 1)
}

// copyLevel adds entries to a tree.
func (p *planner) copyLevel(on Ref, level []entry, title string) Ref {
	files := &Files{On: on}
	var at []spec.Range
	for _, e := range level {
		files.Ops = append(files.Ops, e.ops...)
		at = append(at, e.at)
	}
	return p.add(Step{Kind: KindFinal, Title: title, Ranges: at, Files: files})
}

// binaries copies the verified programs to their places, after the given operations: the
// folders that they share with the data come first.
func (p *planner) binaries(verified Ref, before []FileOp) Ref {
	files := &Files{Ops: before}
	for i, b := range p.sf.Binaries {
		files.Ops = append(files.Ops, FileOp{
			From: &Ref{verified.Step, path.Join(verified.Path, verifiedPath(i, b))}, To: b.To.Value, Exact: !b.Into, Time: p.opt.Epoch,
		})
	}
	return p.flatten(p.add(Step{
		Kind: KindFinal, Title: "copy the verified binaries to scratch", Ranges: p.binaryRanges(), Files: files,
	}), false)
}

// sharedFolders copies the folders that contain binaries from the data, without their
// contents. In a merge, a folder has the owner and mode that the upper layer gives it.
// There is nothing to copy if the data only has folders that were created on the way to
// another path.
//
// Each folder is created in the data first, so that it exists. Links on the way are
// followed, so that the copy is always a folder.
func (p *planner) sharedFolders(data Ref, l layout) []FileOp {
	folders := l.sharedWith(p.sf.Binaries)
	if len(folders) == 0 {
		return nil
	}
	made := &Files{On: data}
	for _, dir := range folders {
		made.Ops = append(made.Ops, FileOp{To: dir, Folder: true, Perm: 0o755, Time: p.opt.Epoch})
	}
	with := p.add(Step{Kind: KindFinal, Title: "find the folders of the binaries", Ranges: p.binaryRanges(), Files: made})
	var copies []FileOp
	for _, dir := range folders {
		copies = append(copies, FileOp{
			From: &Ref{with.Step, dir}, To: dir, Exact: true, Follow: true, Time: p.opt.Epoch,
			// This excludes every name. "*" would also match the folder itself where
			// BuildKit computes the cache key, and the key would miss the folder's mode.
			Exclude: []string{"?*"},
		})
	}
	return copies
}

// flatten makes one layer of several and sets the times of folders to the epoch. A copy
// into an existing folder gives it the time of the build. A copy of the whole tree sets
// its time when the folder is complete.
func (p *planner) flatten(root Ref, layered bool) Ref {
	if root.IsZero() || p.opt.Epoch == nil && !layered {
		return root
	}
	title := "set all times to the epoch"
	if p.opt.Epoch == nil {
		title = "make one layer of the data"
	}
	return p.add(Step{Kind: KindFinal, Title: title, Files: &Files{
		Ops: []FileOp{{From: &root, To: "/", Time: p.opt.Epoch}},
	}})
}

// compiledRoot copies the workdir, which was a mount, into the root.
func (p *planner) compiledRoot() Ref {
	c, workdir := p.built, p.sf.Build.Workdir.Value
	if c.workdir.IsZero() {
		return c.root
	}
	ops := []FileOp{{From: &c.workdir, To: workdir}}
	if !c.sysroot.IsZero() {
		ops = append(ops, FileOp{From: &c.sysroot, To: sysrootDir})
	}
	return p.add(Step{
		Kind: KindBuild, Title: "copy " + workdir + " into the compile root",
		Files: &Files{On: c.root, Ops: ops},
	})
}

// symbolicMode writes permission bits as a mode for chmod that fits a whole tree: files
// get exactly perm, and folders also get the search bit wherever they get the read bit.
//
// An "X" in it means folders only if no file has an execute bit. The clauses apply in
// order, and an "x" before an "X" may count: the classes without "x" come first.
func symbolicMode(perm os.FileMode) string {
	var searchOnly, executable string
	for _, class := range []struct {
		name  string
		shift uint
	}{{"u", 6}, {"g", 3}, {"o", 0}} {
		bits := perm >> class.shift & 7
		clause := "," + class.name + "="
		if bits&4 != 0 {
			clause += "r"
		}
		if bits&2 != 0 {
			clause += "w"
		}
		switch {
		case bits&1 != 0:
			executable += clause + "x"
		case bits&4 != 0:
			searchOnly += clause + "X"
		default:
			searchOnly += clause
		}
	}
	return strings.TrimPrefix(searchOnly+executable, ",")
}
