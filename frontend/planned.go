package frontend

import (
	"github.com/moby/buildkit/solver/pb"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

// planned is a parsed Scratchfile with the plan of its build on one platform.
type planned struct {
	*parsed
	plan *plan.Plan
}

// makePlan plans the build. If whole is set, the first verify step sees the whole tree of
// the compile; see [plan.Options].
func (p *parsed) makePlan(whole bool) (*planned, error) {
	if err := p.requireTests(); err != nil {
		return nil, err
	}
	opt := p.planOptions()
	opt.Whole = whole
	made, err := plan.New(p.written, p.target, opt)
	if err != nil {
		return nil, p.failure().ExplainLock(err)
	}
	return &planned{parsed: p, plan: made}, nil
}

// planOptions returns the parts of the request that change the plan.
func (p *parsed) planOptions() plan.Options {
	return plan.Options{
		Platform:       p.platform,
		NoTests:        !p.runsPrograms(),
		Evidence:       p.program.Linker,
		Epoch:          p.epoch,
		Lock:           p.lock,
		Project:        p.project,
		CacheNamespace: p.options.CacheIDNamespace,
		SBOM:           p.options.SBOM != nil && p.target.Result == plan.ImageResult,
		Repository:     p.repository,
		Commit:         p.commit,
		TestsApart:     !p.daemon.Supports(pb.CapPassthroughOp),
	}
}
