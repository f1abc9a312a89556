package plan

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
)

// fetchedDir is where the find step has packages that it looks into.
const fetchedDir = "/fetched"

// finder returns the process of a find step, without its arguments. It runs in the base
// with the packages of the build: no command of the Scratchfile has changed that root, so
// apk's cache is safe there.
func (p *planner) finder() *Exec {
	e := ownStep(ProgramDir, p.program(), nil)
	e.Root, e.Online, e.Limited = p.toolchain, true, true
	if !p.target.IsZero() {
		e.Mounts = append(e.Mounts, Mount{At: sysrootBeside, From: p.target, ReadOnly: true, Unhashed: true})
	}
	e.Mounts = append(e.Mounts, p.apkCache(Install{}), Mount{At: fetchedDir, Memory: true}, Mount{At: reportDir})
	return e
}

// Find returns the steps of the plan, and behind them one that finds what a command of the
// build misses, with the folder of its report. failure is the daemon's id for what has failed.
func (p *Plan) Find(failure string, needs []missing.Need) ([]Step, Ref) {
	e := *p.Finder
	req := findstep.Request{Needs: needs, Failure: failure, Root: "/", Cache: apkCacheDir, Fetched: fetchedDir, Report: reportPath}
	if slices.ContainsFunc(e.Mounts, func(m Mount) bool { return m.At == sysrootBeside }) {
		req.Sysroot = sysrootBeside
	}
	e.Args = findstep.Args(req)
	var names []string
	for _, n := range needs {
		names = append(names, n.String())
	}
	steps := append(slices.Clone(p.Steps), Step{Kind: KindPackages, Title: oneLine("find " + strings.Join(names, ", ")), Exec: &e})
	return steps, Ref{len(steps), reportDir}
}
