package plan

import (
	"path"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// The databases of a root with two users: the one that nothing should run as, and the
// one that it should. Neither has a password or a shell.
const (
	passwd = "root:x:0:0:root:/root:/sbin/nologin\n" +
		"nonroot:x:" + spec.NonrootID + ":" + spec.NonrootID + ":nonroot:/:/sbin/nologin\n"
	group = "root:x:0:\n" +
		"nonroot:x:" + spec.NonrootID + ":\n"
)

// include gives what the image has besides binaries and files. Packages are added to
// the base, not to the user's toolchain: the user's own commands can't reach them,
// fetching them runs beside the compile, and all projects on that base share the result.
func (p *planner) include(i spec.Include) []FileOp {
	switch i.Name {
	case spec.IncludeCACertificates:
		return p.includePaths("ca-certificates-bundle", i)
	case spec.IncludeTZData:
		return p.includePaths("tzdata", i)
	case spec.IncludeTmp:
		return []FileOp{p.includeTmp(i)}
	case spec.IncludeNonroot:
		return p.includeNonroot()
	}
	return nil
}

// includePaths copies what a package has at the include's places.
func (p *planner) includePaths(pkg string, i spec.Include) []FileOp {
	from := p.install([]string{pkg}, []spec.Range{i.Range})
	var out []FileOp
	for _, at := range i.Paths() {
		out = append(out, FileOp{From: &Ref{from.Step, at}, To: at, Owner: &Owner{}, Time: p.opt.Epoch})
	}
	return out
}

// includeTmp makes a folder that everyone may write to. No file operation makes one with
// a sticky bit, but a copy can add it, also to a folder that is there.
func (p *planner) includeTmp(i spec.Include) FileOp {
	tmp := p.add(Step{
		Kind: KindFinal, Title: "make " + spec.TmpDir, Ranges: []spec.Range{i.Range},
		Files: &Files{Ops: []FileOp{{To: spec.TmpDir, Folder: true, Perm: 0o777}}},
	})
	return FileOp{From: &tmp, To: "/", Chmod: "a=rwx,+t", Owner: &Owner{}, Time: p.opt.Epoch}
}

// includeNonroot makes the databases that name the user.
func (p *planner) includeNonroot() []FileOp {
	users, groups := passwd, group
	return []FileOp{
		{To: path.Dir(spec.PasswdFile), Folder: true, Perm: 0o755, Time: p.opt.Epoch},
		{To: spec.PasswdFile, Text: &users, Perm: 0o644, Time: p.opt.Epoch},
		{To: spec.GroupFile, Text: &groups, Perm: 0o644, Time: p.opt.Epoch},
	}
}
