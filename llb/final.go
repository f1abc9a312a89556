package llb

import (
	"os"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// final is the image's root: the data in one layer, and the verified binaries in
// another one, which lies on top. In a merge the upper layer's entry wins over
// whatever the lower one has at its path or above it. So each binary is at its path,
// a regular file with the bytes that were verified, whatever the data holds; a change
// of the data rewrites no binary, and a change of a binary no data. Each binary is
// copied by its own path: where one was refused there is none, and the copy fails.
func (g *grapher) final(verified bk.State, in Inputs) (bk.State, error) {
	l, err := g.layout(in)
	if err != nil {
		return bk.State{}, err
	}
	data := g.data(l)
	if data.Output() == nil {
		return g.binaries(verified, nil), nil
	}
	binaries := g.binaries(verified, g.sharedFolders(data, l))
	g.checkBinaries(data, l)
	g.checkFolders(data, l)
	return bk.Merge([]bk.State{data, binaries},
		g.constraints(StepFinal, "lay the binaries over the data", binaryRanges(g.sf)...)...), nil
}

// data is all of the image but its binaries. An entry that lies below another one's
// folder is put there in a step of its own, after that folder: so the entry wins,
// whatever the order of the lines, and what it meets can be looked at before. All is
// one layer.
func (g *grapher) data(l layout) bk.State {
	st := bk.Scratch()
	levels := l.levels()
	for _, level := range levels {
		var actions *bk.FileAction
		var at []spec.Range
		for _, e := range level {
			if over := l.above(e); len(over) > 0 {
				g.overlaps = append(g.overlaps, Overlap{
					Path: e.to, What: e.what, Kind: e.kind, Source: e.source, Range: e.at, Below: st, Over: over,
				})
			}
			actions = e.add(actions)
			at = append(at, e.at)
		}
		opts := append(g.constraints(StepFinal, "copy the data to scratch", at...), bk.Platform(g.opt.Platform))
		st = st.File(actions, opts...)
	}
	return g.settled(st, len(levels) > 1)
}

// binaries is the verified programs at their places, on top of the folders that they
// share with the data.
func (g *grapher) binaries(verified bk.State, folders *bk.FileAction) bk.State {
	copies := folders
	for _, b := range g.sf.Binaries {
		copies = chainCopy(copies, verified, b.To.Value, b.To.Value, &bk.CopyInfo{
			CreateDestPath: true,
			CreatedTime:    g.opt.Epoch,
		})
	}
	opts := append(g.constraints(StepFinal, "copy the verified binaries to scratch", binaryRanges(g.sf)...),
		bk.Platform(g.opt.Platform))
	return g.settled(bk.Scratch().File(copies, opts...), false)
}

// sharedFolders copies from the data the folders that binaries lie in, without what
// is in them: in a merge the upper layer's owner and mode of a folder win. Nil means
// that the data can have none but such as are made on the way to something.
//
// Each folder is made in the data first, so that there is one to copy, and is looked
// up through links, so that what is copied is a folder.
func (g *grapher) sharedFolders(data bk.State, l layout) *bk.FileAction {
	folders := l.sharedWith(g.sf.Binaries)
	if len(folders) == 0 {
		return nil
	}
	var made, copies *bk.FileAction
	for _, dir := range folders {
		opts := []bk.MkdirOption{bk.WithParents(true)}
		if g.opt.Epoch != nil {
			opts = append(opts, bk.WithCreatedTime(*g.opt.Epoch))
		}
		if made == nil {
			made = bk.Mkdir(dir, 0o755, opts...)
		} else {
			made = made.Mkdir(dir, 0o755, opts...)
		}
	}
	with := data.File(made, append(g.constraints(StepFinal, "find the folders of the binaries", binaryRanges(g.sf)...),
		bk.Platform(g.opt.Platform))...)
	for _, dir := range folders {
		copies = chainCopy(copies, with, dir, dir, &bk.CopyInfo{
			CreateDestPath: true,
			FollowSymlinks: true,
			// All that has a name. "*" would match the folder itself too where
			// BuildKit computes the cache key, which then lacks its mode.
			ExcludePatterns: []string{"?*"},
			CreatedTime:     g.opt.Epoch,
		})
	}
	return copies
}

// settled makes one layer of several, and gives folders the epoch: each copy into a
// folder that is there has set its time to that of the build. A copy of the whole
// tree sets a folder's time when the folder is filled.
func (g *grapher) settled(root bk.State, layered bool) bk.State {
	if root.Output() == nil || g.opt.Epoch == nil && !layered {
		return root
	}
	what := "set all times to the epoch"
	if g.opt.Epoch == nil {
		what = "make one layer of the data"
	}
	opts := append(g.constraints(StepFinal, what), bk.Platform(g.opt.Platform))
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
