package plan

import (
	"path"

	"github.com/rene2/scratch-frontend/frontend/lockstep"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// LockPlan is what finds out which files to lock for one platform.
type LockPlan struct {
	Steps   []Step
	Answers []LockAnswer
}

// LockAnswer is one addition of packages, and the folder with the report on it.
type LockAnswer struct {
	Install
	Report Ref
}

// Lock plans the steps that find out what to lock for sf. Each runs every time: what the
// repositories have is no input of it.
func Lock(sf *spec.Scratchfile, opt Options) *LockPlan {
	p := &planner{sf: sf, opt: opt, known: map[string]Ref{}}
	out := &LockPlan{}
	for _, in := range Installs(sf) {
		out.Answers = append(out.Answers, LockAnswer{in, p.lock(in)})
	}
	out.Steps = p.out.Steps
	return out
}

// lock runs in the base, as the installation would.
func (p *planner) lock(in Install) Ref {
	e := ownStep(programDir, p.program(), lockstep.Args(lockstep.Request{
		Packages: in.Packages,
		Root:     "/",
		Cache:    apkCacheDir,
		Report:   path.Join(reportDir, lockstep.ReportFile),
	}))
	e.Root, e.Online, e.Limited = p.base(), true, true
	e.Mounts = append(e.Mounts, Mount{At: apkCacheDir, Dropped: true}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindLock, Title: in.title(), Ranges: in.Ranges, Always: true, Exec: e})
	return Ref{step.Step, reportDir}
}
