package plan

import (
	"os"
	"path"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// image is the image's root: the data in one layer, and the verified binaries in another
// one, which lies on top. In a merge the upper layer's entry wins over whatever the lower
// one has at its path or above it. So each binary is at its path, a regular file with the
// bytes that were verified, whatever the data holds. A change of the data rewrites no
// binary, and a change of a binary no data. Each binary is copied by its own path: where
// one was refused there is none, and the copy fails.
func (p *planner) image(verified Ref) Ref {
	l := p.layout()
	data := p.data(l)
	if data.IsZero() {
		return p.binaries(verified, nil)
	}
	binaries := p.binaries(verified, p.sharedFolders(data, l))
	p.checkBinaries(data, l)
	p.checkFolders(data, l)
	return p.add(Step{
		Kind: KindFinal, Title: "lay the binaries over the data", Ranges: p.binaryRanges(),
		Merge: []Ref{data, binaries},
	})
}

// data is all of the image but its binaries. An entry that lies below another one's
// folder is put there in a step of its own, after that folder. So the entry wins, whatever
// the order of the lines, and what it meets can be looked at before. All is one layer.
func (p *planner) data(l layout) Ref {
	var data Ref
	levels := l.levels()
	for _, level := range levels {
		files := &Files{On: data}
		var at []spec.Range
		for _, e := range level {
			if over := l.above(e); len(over) > 0 {
				p.out.Overlaps = append(p.out.Overlaps, Overlap{
					Path: e.to, What: e.what, Thing: e.thing, Source: e.source, Range: e.at, Below: data, Over: over,
				})
			}
			files.Ops = append(files.Ops, e.ops...)
			at = append(at, e.at)
		}
		data = p.add(Step{Kind: KindFinal, Title: "copy the data to scratch", Ranges: at, Files: files})
	}
	return p.settle(data, len(levels) > 1)
}

// binaries are the verified programs at their places, on top of the folders that they
// share with the data.
func (p *planner) binaries(verified Ref, folders []FileOp) Ref {
	files := &Files{Ops: folders}
	for _, b := range p.sf.Binaries {
		files.Ops = append(files.Ops, FileOp{
			From: &Ref{verified.Step, path.Join(verified.Path, b.To.Value)}, To: b.To.Value, Exact: true, Time: p.opt.Epoch,
		})
	}
	return p.settle(p.add(Step{
		Kind: KindFinal, Title: "copy the verified binaries to scratch", Ranges: p.binaryRanges(), Files: files,
	}), false)
}

// sharedFolders copies from the data the folders that binaries lie in, without what is in
// them: in a merge the upper layer's owner and mode of a folder win. There are none where
// the data has only folders that are made on the way to something.
//
// Each folder is made in the data first, so that there is one to copy, and is looked up
// through links, so that what is copied is a folder.
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
			// All that has a name. "*" would match the folder itself too where BuildKit
			// computes the cache key, which then lacks its mode.
			Exclude: []string{"?*"},
		})
	}
	return copies
}

// settle makes one layer of several, and gives folders the epoch: a copy into a folder
// that is there sets the folder's time to that of the build, while a copy of the whole
// tree sets it when the folder is full.
func (p *planner) settle(root Ref, layered bool) Ref {
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

// compiledRoot puts the workdir, which was a mount, into the root that it was mounted on.
func (p *planner) compiledRoot(c compiled) Ref {
	workdir := p.sf.Build.Workdir.Value
	return p.add(Step{
		Kind: KindBuild, Title: "copy " + workdir + " into the compile root",
		Files: &Files{On: c.root, Ops: []FileOp{{From: &c.workdir, To: workdir}}},
	})
}

// symbolicMode writes permission bits so that they fit a tree: files get exactly perm,
// and folders also get the search bit wherever they get the read bit.
//
// The clauses apply in order. "a-x" clears what a source file had, after which "X" means
// folders alone, until a clause sets an "x" of its own. So the classes that get none
// come first.
func symbolicMode(perm os.FileMode) string {
	var searchOnly, executable string
	for _, class := range []struct {
		name  string
		shift uint
	}{{"u", 6}, {"g", 3}, {"o", 0}} {
		bits := perm >> class.shift & 7
		clause := "," + class.name + "="
		if bits&4 != 0 {
			clause += "rX"
		}
		if bits&2 != 0 {
			clause += "w"
		}
		if bits&1 != 0 {
			executable += clause + "x"
		} else {
			searchOnly += clause
		}
	}
	return "a-x" + searchOnly + executable
}
