package plan

import (
	"os"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
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

// include returns the entries of an include. It adds packages to the base and not to the
// user's toolchain. So the user's commands can't change them, the download runs beside
// the compile, and all projects with this base share it.
func (p *planner) include(i spec.Include) []entry {
	switch i.Name {
	case spec.IncludeTmp:
		return []entry{p.folder(spec.Dir{Path: spec.String{Value: spec.TmpDir}, Mode: 0o777 | os.ModeSticky, Range: i.Range}, string(i.Name))}
	case spec.IncludeNonroot:
		return nil // it is one of the users
	case spec.IncludePackageDB:
		var entries []entry
		for _, to := range i.Paths() {
			from := p.packageDB(to)
			entries = append(entries, includedFile(i, to, FileOp{From: &from, To: to, Time: p.opt.Epoch}))
		}
		return entries
	}
	return p.includePackage(i)
}

// includedFile is a file of an include.
func includedFile(i spec.Include, to string, op FileOp) entry {
	return entry{to: to, at: i.Range, what: string(i.Name), thing: FileThing, ops: []FileOp{op}}
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
	p.out.Refusals = append(p.out.Refusals, ReportRef{includestep.Command, Ref{step.Step, reportDir}, i.Range})
	return Ref{step.Step, includedDir}
}
