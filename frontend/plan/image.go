package plan

import (
	"os"
	"path"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// image is the image's root: includes, then data files, so that the user's own folders
// win over includes, and the verified binaries last, so that nothing can be put in their
// place. Each binary is copied by its own path: where one was refused there is none, and
// the copy fails.
func (p *planner) image(verified Ref) Ref {
	at := p.binaryRanges()
	files := &Files{}
	for _, i := range p.sf.Includes {
		files.Ops = append(files.Ops, p.include(i)...)
		at = append(at, i.Range)
	}
	for _, f := range p.sf.Files {
		files.Ops = append(files.Ops, p.fileCopy(f))
		at = append(at, f.Range)
	}
	for _, b := range p.sf.Binaries {
		files.Ops = append(files.Ops, FileOp{
			From: &Ref{verified.Step, path.Join(verified.Path, b.To.Value)}, To: b.To.Value, Exact: true, Time: p.opt.Epoch,
		})
	}
	return p.settle(p.add(Step{
		Kind: KindFinal, Title: "copy the verified binaries and data files to scratch", Ranges: at, Files: files,
	}))
}

// settle gives folders the epoch: a copy into a folder that is there sets the folder's
// time to that of the build, while a copy of the whole tree sets it when the folder is
// full.
func (p *planner) settle(root Ref) Ref {
	if p.opt.Epoch == nil {
		return root
	}
	return p.add(Step{Kind: KindFinal, Title: "set all times to the epoch", Files: &Files{
		Ops: []FileOp{{From: &root, To: "/", Time: p.opt.Epoch}},
	}})
}

func (p *planner) fileCopy(f spec.FileCopy) FileOp {
	from := p.context(f.Context.Value)
	from.Path = path.Join("/", f.From.Value)
	op := FileOp{From: &from, To: f.To.Value, Follow: true, Owner: &Owner{}, Time: p.opt.Epoch}
	if f.Owner != nil {
		op.Owner = &Owner{UID: f.Owner.UID, GID: f.Owner.GID}
	}
	if f.Mode != nil {
		op.Chmod = symbolicMode(*f.Mode)
	}
	return op
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
