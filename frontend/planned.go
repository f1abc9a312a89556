package frontend

import (
	"github.com/containerd/platforms"
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// planned is a parsed Scratchfile with the plan of its build on one platform.
type planned struct {
	*parsed
	seen seen
	plan *plan.Plan
}

// seen is what a plan takes from a look at what its steps make; see [plan.Options].
type seen struct {
	// whole is true if a binary may be found only in the whole tree of the compile.
	whole bool
	// plain is true if the data has no programs.
	plain bool
}

// makePlan plans the build.
func (p *parsed) makePlan(s seen) (*planned, error) {
	if err := p.requireTests(); err != nil {
		return nil, err
	}
	opt := p.planOptions()
	opt.Whole, opt.PlainData = s.whole, s.plain
	made, err := plan.New(p.written, p.target, opt)
	if err != nil {
		return nil, p.failure().ExplainLock(err)
	}
	return &planned{parsed: p, seen: s, plan: made}, nil
}

// planOptions returns the parts of the request that change the plan.
func (p *parsed) planOptions() plan.Options {
	return plan.Options{
		Platform:       p.platform,
		NoTests:        !p.runsPrograms(),
		Epoch:          p.epoch,
		Lock:           p.lock,
		Project:        p.project,
		CacheNamespace: p.options.CacheIDNamespace,
		SBOM:           p.options.SBOM != nil && p.target.Result == plan.ImageResult,
		Repository:     p.repository,
		Commit:         p.commit,
		// An emulator of the daemon's own starts what the daemon starts, and nothing else.
		ToolsApart: !platforms.OnlyStrict(p.program.Platform).Match(p.runsOn()),
		TestsApart: !p.daemon.Supports(pb.CapPassthroughOp),
	}
}
