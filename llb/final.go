package llb

import (
	"os"
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// final is the image's root: includes, then data files, so that the user's own
// folders win over includes, and the verified binaries last, so that nothing can be
// put in their place. It is one chain of file operations on scratch, so the image
// has one layer. Each binary is copied by its own path: where one was refused there
// is none, and the copy fails.
func (g *grapher) final(verified bk.State, in Inputs) bk.State {
	at := binaryRanges(g.sf)
	copies := g.includes(in.Base)
	for _, i := range g.sf.Includes {
		at = append(at, i.Range)
	}
	for _, f := range g.sf.Files {
		from := in.Context
		if f.Context.Value != "" {
			from = in.Named[f.Context.Value]
		}
		copies = chainCopy(copies, from, path.Join("/", f.From.Value), f.To.Value, g.fileCopyInfo(f))
		at = append(at, f.Range)
	}
	for _, b := range g.sf.Binaries {
		copies = chainCopy(copies, verified, b.To.Value, b.To.Value, &bk.CopyInfo{
			CreateDestPath: true,
			CreatedTime:    g.opt.Epoch,
		})
	}
	opts := append(g.constraints(StepFinal, "copy the verified binaries and data files to scratch", at...),
		bk.Platform(g.opt.Platform))
	return g.settled(bk.Scratch().File(copies, opts...))
}

// settled gives folders the epoch: each copy into a folder that is there has set
// its time to that of the build. A copy of the whole tree sets a folder's time when
// the folder is filled.
func (g *grapher) settled(root bk.State) bk.State {
	if g.opt.Epoch == nil {
		return root
	}
	opts := append(g.constraints(StepFinal, "set all times to the epoch"), bk.Platform(g.opt.Platform))
	return bk.Scratch().File(bk.Copy(root, "/", "/", &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreatedTime:         g.opt.Epoch,
	}), opts...)
}

// compiledRoot puts the workdir, which was a mount, into the root it was mounted on.
func (g *grapher) compiledRoot(c compiled) bk.State {
	workdir := g.sf.Build.Workdir.Value
	return c.root.File(bk.Copy(c.workdir, "/", workdir, &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
	}), g.constraints(StepBuild, "copy "+workdir+" into the compile root")...)
}

func (g *grapher) fileCopyInfo(f spec.FileCopy) *bk.CopyInfo {
	info := &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		FollowSymlinks:      true,
		CreatedTime:         g.opt.Epoch,
	}
	if f.Mode != nil {
		info.Mode = &bk.ChmodOpt{ModeStr: symbolicMode(*f.Mode)}
	}
	owner := spec.Owner{}
	if f.Owner != nil {
		owner = *f.Owner
	}
	info.ChownOpt = &bk.ChownOpt{
		User:  &bk.UserOpt{UID: owner.UID},
		Group: &bk.UserOpt{UID: owner.GID},
	}
	return info
}

// symbolicMode writes permission bits so that they fit a tree: files get exactly
// perm, and directories also get the search bit wherever they get the read bit.
//
// The clauses apply in order. "a-x" clears what a source file had, after which
// "X" means directories alone, until a clause sets an "x" of its own; so the
// classes that get none come first.
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
