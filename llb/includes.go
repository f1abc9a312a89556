package llb

import (
	"path"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// The databases of a root with two users: the one that nothing should run as, and
// the one that it should. Neither has a password or a shell.
const (
	passwd = "root:x:0:0:root:/root:/sbin/nologin\n" +
		"nonroot:x:" + spec.NonrootID + ":" + spec.NonrootID + ":nonroot:/:/sbin/nologin\n"
	group = "root:x:0:\n" +
		"nonroot:x:" + spec.NonrootID + ":\n"
)

// includes adds what the image has besides binaries and files. Packages are added
// to the base, not to the user's toolchain: the user's own commands can't reach
// them, fetching them runs beside the compile, and all projects on that base
// share the result.
func (g *grapher) includes(base bk.State) *bk.FileAction {
	var actions *bk.FileAction
	for _, i := range g.sf.Includes {
		switch i.Name {
		case spec.IncludeCACertificates:
			from := g.apkAdd(base, []string{"ca-certificates-bundle"}, []spec.Range{i.Range})
			actions = g.includePaths(actions, from, i)
		case spec.IncludeTZData:
			from := g.apkAdd(base, []string{"tzdata"}, []spec.Range{i.Range})
			actions = g.includePaths(actions, from, i)
		case spec.IncludeTmp:
			actions = g.includeTmp(actions, i)
		case spec.IncludeNonroot:
			actions = g.includeNonroot(actions)
		}
	}
	return actions
}

// includePaths copies what a package has at the include's places.
func (g *grapher) includePaths(actions *bk.FileAction, from bk.State, i spec.Include) *bk.FileAction {
	for _, p := range i.Paths() {
		actions = chainCopy(actions, from, p, p, g.includeCopy())
	}
	return actions
}

// includeTmp makes a folder that everyone may write to. No file operation makes
// one with a sticky bit, but a copy can add it, also to a folder that is there.
func (g *grapher) includeTmp(actions *bk.FileAction, i spec.Include) *bk.FileAction {
	tmp := bk.Scratch().File(bk.Mkdir(spec.TmpDir, 0o777), g.constraints(StepFinal, "make "+spec.TmpDir, i.Range)...)
	info := g.includeCopy()
	info.Mode = &bk.ChmodOpt{ModeStr: "a=rwx,+t"}
	return chainCopy(actions, tmp, "/", "/", info)
}

// includeNonroot makes the databases that name the user.
func (g *grapher) includeNonroot(actions *bk.FileAction) *bk.FileAction {
	dir, file := []bk.MkdirOption{bk.WithParents(true)}, []bk.MkfileOption{}
	if g.opt.Epoch != nil {
		at := bk.WithCreatedTime(*g.opt.Epoch)
		dir, file = append(dir, at), append(file, at)
	}
	etc := path.Dir(spec.PasswdFile)
	if actions == nil {
		actions = bk.Mkdir(etc, 0o755, dir...)
	} else {
		actions = actions.Mkdir(etc, 0o755, dir...)
	}
	return actions.
		Mkfile(spec.PasswdFile, 0o644, []byte(passwd), file...).
		Mkfile(spec.GroupFile, 0o644, []byte(group), file...)
}

func (g *grapher) includeCopy() *bk.CopyInfo {
	return &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		CreatedTime:         g.opt.Epoch,
		ChownOpt:            &bk.ChownOpt{User: &bk.UserOpt{UID: 0}, Group: &bk.UserOpt{UID: 0}},
	}
}
