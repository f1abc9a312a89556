package plan

import (
	"strings"

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
// can have programs. Entries that are not verified have a step too, which names them: it
// is how provenance shows them.
func (p *planner) verifyData(l layout, data Ref) []FileOp {
	var entries []entry
	var at, unverified []spec.Range
	var except []string
	for _, e := range l.entries {
		switch {
		case e.unverified:
			unverified = append(unverified, e.at)
			except = append(except, e.to)
			continue
		case e.programs:
			at = append(at, e.at)
		}
		entries = append(entries, e)
	}
	if len(unverified) == 0 && (len(at) == 0 || p.opt.PlainData) {
		return nil
	}
	if len(at) == 0 {
		at = unverified
	}
	title := "the programs in the data"
	if len(unverified) > 0 {
		title += " except " + strings.Join(except, " ")
		data = p.dataOf(entries)
	} else {
		p.out.Data = data
	}
	e := ownStep("/", p.program(), datastep.Args(p.dataRequest()))
	e.Mounts = append(e.Mounts,
		Mount{At: dataTree, From: data, ReadOnly: true}, Mount{At: passedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindVerify, Title: title, Ranges: at, Exec: e})
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
			req.Unverified = append(req.Unverified, f.To.Value)
		}
	}
	return req
}
