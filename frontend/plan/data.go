package plan

import (
	"slices"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/datastep"
)

// These are the paths of the mounts of the step that verifies the data.
const (
	dataTree  = "/tree/data"
	passedDir = "/passed"
	// passed is an empty folder that the step makes if nothing is refused.
	passed = passedDir + "/data"
)

// verifyData adds the step that verifies the programs in the data. It returns the
// operation that makes the image depend on the step: the copy of a folder without
// contents, which fails if the step has refused something. There is no step if no entry
// can have programs.
func (p *planner) verifyData(l layout, data Ref) []FileOp {
	entries := slices.DeleteFunc(slices.Clone(l.entries), func(e entry) bool { return e.unverified })
	var at []spec.Range
	for _, e := range entries {
		if e.programs {
			at = append(at, e.at)
		}
	}
	if len(at) == 0 {
		return nil
	}
	if len(entries) < len(l.entries) {
		data = p.dataOf(entries)
	}
	e := ownStep("/", p.program(), datastep.Args(p.dataRequest()))
	e.Mounts = append(e.Mounts,
		Mount{At: dataTree, From: data, ReadOnly: true}, Mount{At: passedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindVerify, Title: "the programs in the data", Ranges: at, Exec: e})
	p.out.DataReport = Ref{step.Step, reportDir}
	return []FileOp{{From: &Ref{step.Step, passed}, To: "/", Time: p.opt.Epoch}}
}

// dataOf makes the tree of some of the entries.
func (p *planner) dataOf(entries []entry) Ref {
	var data Ref
	for _, level := range newLayout(entries).levels() {
		data = p.copyLevel(data, level, "copy the data to verify")
	}
	return data
}

func (p *planner) dataRequest() datastep.Request {
	req := datastep.Request{Platform: p.opt.Platform, Data: dataTree, Passed: passed, Report: reportPath}
	for _, b := range p.sf.Binaries {
		if b.Into {
			req.Folders = append(req.Folders, b.To.Value)
		} else {
			req.Programs = append(req.Programs, b.To.Value)
		}
	}
	for _, f := range p.sf.Files {
		if f.Unverified {
			req.Folders = append(req.Folders, f.To.Value)
		}
	}
	return req
}
