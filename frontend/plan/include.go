package plan

import (
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
)

// These are the user databases of a root with two users: root, and one for programs.
// Neither has a password or a shell.
const (
	passwd = "root:x:0:0:root:/root:/sbin/nologin\n" +
		"nonroot:x:" + spec.NonrootID + ":" + spec.NonrootID + ":nonroot:/:/sbin/nologin\n"
	group = "root:x:0:\n" +
		"nonroot:x:" + spec.NonrootID + ":\n"
)

// These are the paths of the include step's mounts.
const (
	packageTree = "/tree/package"
	includedDir = "/included"
)

// includePackages are the packages that have the files of an include.
var includePackages = map[spec.IncludeName]string{
	spec.IncludeCACertificates: "ca-certificates-bundle",
	spec.IncludeTZData:         "tzdata",
}

// IncludeStep is a step that takes the files of an include from a package.
type IncludeStep struct {
	// Report is the folder with the report of the step. If the report is a refusal, the
	// later steps have no meaning.
	Report Ref
	// Range is the place of the include in the Scratchfile.
	Range spec.Range
}

// include returns the entries of an include. It adds packages to the base and not to the
// user's toolchain. So the user's commands can't change them, the download runs beside
// the compile, and all projects with this base share it.
func (p *planner) include(i spec.Include) []entry {
	switch i.Name {
	case spec.IncludeTmp:
		return []entry{p.includeTmp(i)}
	case spec.IncludeNonroot:
		return []entry{p.includeDatabase(i, spec.PasswdFile, passwd), p.includeDatabase(i, spec.GroupFile, group)}
	}
	return p.includePackage(i)
}

// includePackage returns the files that a package has at the include's places.
func (p *planner) includePackage(i spec.Include) []entry {
	included := p.pick(p.install([]string{includePackages[i.Name]}, []spec.Range{i.Range}), i)
	var entries []entry
	for _, to := range i.Paths() {
		thing, copied := FileThing, to
		if i.IsFolder() {
			// The folder comes with its parent's content, and has its own mode where the
			// data has one too.
			thing, copied = FolderThing, path.Dir(to)
		}
		entries = append(entries, entry{
			to: to, at: i.Range, what: string(i.Name), thing: thing,
			ops: []FileOp{{From: &Ref{included.Step, path.Join(included.Path, copied)}, To: copied, Owner: &Owner{}, Time: p.opt.Epoch}},
		})
	}
	return entries
}

// pick adds the step that takes the include's files from a root. It leaves out everything
// that an include must not have, such as a device or a set-user-ID program.
func (p *planner) pick(from Ref, i spec.Include) Ref {
	e := ownStep("/", p.program(), includestep.Args(includestep.Request{
		Tree: packageTree, Paths: i.Paths(), Folder: i.IsFolder(),
		Included: includedDir, Report: reportPath,
	}))
	// The result does not depend on the rest of the base. To hash the whole base would
	// cost more than the step.
	e.Mounts = append(e.Mounts,
		Mount{At: packageTree, From: from, ReadOnly: true, Unhashed: true},
		Mount{At: includedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindInclude, Title: strings.Join(i.Paths(), " "), Ranges: []spec.Range{i.Range}, Exec: e})
	p.out.Includes = append(p.out.Includes, IncludeStep{Report: Ref{step.Step, reportDir}, Range: i.Range})
	return Ref{step.Step, includedDir}
}

// includeTmp makes a folder that everyone may write to. No file operation creates a
// folder with a sticky bit, but a copy can add the bit, also to an existing folder.
func (p *planner) includeTmp(i spec.Include) entry {
	tmp := p.add(Step{
		Kind: KindFinal, Title: "make " + spec.TmpDir, Ranges: []spec.Range{i.Range},
		Files: &Files{Ops: []FileOp{{To: spec.TmpDir, Folder: true, Perm: 0o777}}},
	})
	return entry{
		to: spec.TmpDir, at: i.Range, what: string(i.Name), thing: FolderThing, empty: true,
		ops: []FileOp{{From: &tmp, To: "/", Chmod: "a=rwx,+t", Owner: &Owner{}, Time: p.opt.Epoch}},
	}
}

// includeDatabase makes one of the databases with the user.
func (p *planner) includeDatabase(i spec.Include, file, text string) entry {
	return entry{to: file, at: i.Range, what: string(i.Name), thing: FileThing, ops: []FileOp{
		{To: path.Dir(file), Folder: true, Perm: 0o755, Time: p.opt.Epoch},
		{To: file, Text: &text, Perm: 0o644, Time: p.opt.Epoch},
	}}
}
