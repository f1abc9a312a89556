package llb

import (
	"fmt"
	"path"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/includestep"
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

// Where the include step finds its mounts.
const (
	packageTree = "/tree/package"
	includedDir = "/included"
)

// includePackages are the packages that includes are picked out of.
var includePackages = map[spec.IncludeName]string{
	spec.IncludeCACertificates: "ca-certificates-bundle",
	spec.IncludeTZData:         "tzdata",
}

// IncludeStep picks an include out of a package.
type IncludeStep struct {
	// Report holds the report of the step and nothing else; see
	// [includestep.ReportFile]. A refusal makes the rest of the graph meaningless.
	Report bk.State
	// Range is the line of the include.
	Range spec.Range
}

// includes are what the image has besides binaries and files. Packages are added
// to the base, not to the user's toolchain: the user's own commands can't reach
// them, fetching them runs beside the compile, and all projects on that base
// share the result.
func (g *grapher) includes(in Inputs) ([]entry, error) {
	var entries []entry
	for _, i := range g.sf.Includes {
		switch i.Name {
		case spec.IncludeTmp:
			entries = append(entries, g.includeTmp(i))
		case spec.IncludeNonroot:
			entries = append(entries, g.includeDatabase(i, spec.PasswdFile, passwd), g.includeDatabase(i, spec.GroupFile, group))
		default:
			picked, err := g.includePackage(i, in)
			if err != nil {
				return nil, err
			}
			entries = append(entries, picked...)
		}
	}
	return entries, nil
}

// includePackage picks what a package has at the include's places.
func (g *grapher) includePackage(i spec.Include, in Inputs) ([]entry, error) {
	from := g.apkAdd(in.Base, []string{includePackages[i.Name]}, []spec.Range{i.Range})
	included, err := g.include(from, i, in.Verifier)
	if err != nil {
		return nil, err
	}
	var entries []entry
	for _, p := range i.Paths() {
		kind := KindFile
		if i.IsFolder() {
			kind = KindFolder
		}
		entries = append(entries, entry{
			to: p, at: i.Range, what: string(i.Name), kind: kind,
			add: func(a *bk.FileAction) *bk.FileAction { return chainCopy(a, included, p, p, g.includeCopy()) },
		})
	}
	return entries, nil
}

// include runs the step that picks the include out of a root: what else the base
// has at its places, such as a device or a program for everyone to be root, stays
// behind.
func (g *grapher) include(from bk.State, i spec.Include, v Verifier) (bk.State, error) {
	args, err := includestep.Args(v.Path, includestep.Request{
		Tree: packageTree, Paths: i.Paths(), Folder: i.IsFolder(),
		Included: includedDir, Report: path.Join(reportDir, includestep.ReportFile),
	})
	if err != nil {
		return bk.State{}, fmt.Errorf("include step: %w", err)
	}
	tree := []bk.MountOption{bk.Readonly}
	if g.supports(pb.CapExecMountContentCache) {
		// What is in the whole base has no part in it, and hashing it would cost
		// more than the step.
		tree = append(tree, bk.ContentCache(bk.MountContentCacheOff))
	}
	opts := []bk.RunOption{
		bk.Args(args), bk.Dir("/"), bk.Network(bk.NetModeNone), bk.Platform(v.Platform),
		bk.AddMount(packageTree, from, tree...),
	}
	for _, c := range g.constraints(StepInclude, strings.Join(i.Paths(), " "), i.Range) {
		opts = append(opts, c)
	}
	exec := v.State.Run(opts...)
	included := exec.AddMount(includedDir, bk.Scratch())
	g.includeSteps = append(g.includeSteps, IncludeStep{Report: exec.AddMount(reportDir, bk.Scratch()), Range: i.Range})
	return included, nil
}

// includeTmp makes a folder that everyone may write to. No file operation makes
// one with a sticky bit, but a copy can add it, also to a folder that is there.
func (g *grapher) includeTmp(i spec.Include) entry {
	tmp := bk.Scratch().File(bk.Mkdir(spec.TmpDir, 0o777), g.constraints(StepFinal, "make "+spec.TmpDir, i.Range)...)
	info := g.includeCopy()
	info.Mode = &bk.ChmodOpt{ModeStr: "a=rwx,+t"}
	return entry{
		to: spec.TmpDir, at: i.Range, what: string(i.Name), kind: KindFolder, empty: true,
		add: func(a *bk.FileAction) *bk.FileAction { return chainCopy(a, tmp, "/", "/", info) },
	}
}

// includeDatabase makes one of the databases that name the user.
func (g *grapher) includeDatabase(i spec.Include, file, text string) entry {
	return entry{to: file, at: i.Range, what: string(i.Name), kind: KindFile, add: func(a *bk.FileAction) *bk.FileAction {
		dirOpts, fileOpts := []bk.MkdirOption{bk.WithParents(true)}, []bk.MkfileOption{}
		if g.opt.Epoch != nil {
			at := bk.WithCreatedTime(*g.opt.Epoch)
			dirOpts, fileOpts = append(dirOpts, at), append(fileOpts, at)
		}
		if a == nil {
			a = bk.Mkdir(path.Dir(file), 0o755, dirOpts...)
		} else {
			a = a.Mkdir(path.Dir(file), 0o755, dirOpts...)
		}
		return a.Mkfile(file, 0o644, []byte(text), fileOpts...)
	}}
}

func (g *grapher) includeCopy() *bk.CopyInfo {
	return &bk.CopyInfo{
		CopyDirContentsOnly: true,
		CreateDestPath:      true,
		CreatedTime:         g.opt.Epoch,
		ChownOpt:            &bk.ChownOpt{User: &bk.UserOpt{UID: 0}, Group: &bk.UserOpt{UID: 0}},
	}
}
