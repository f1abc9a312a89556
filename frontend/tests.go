package frontend

import (
	"context"
	"fmt"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// runsPrograms reports whether the daemon can run programs of the platform.
func (p *parsed) runsPrograms() bool {
	workers := p.workers()
	return len(workers) == 0 || platforms.Any(workers...).Match(p.platform)
}

// notRun returns the tests of the image that the daemon can't run.
func (p *parsed) notRun() []spec.Test {
	if p.runsPrograms() || p.target.Result != plan.ImageResult && p.target.Result != plan.TestResult {
		return nil
	}
	return p.file.Tests
}

// requireTests returns an error at the tests that must run and can't.
func (p *parsed) requireTests() error {
	var required []spec.Range
	for _, t := range p.notRun() {
		if t.Required {
			required = append(required, t.Range)
		}
	}
	if len(required) == 0 {
		return nil
	}
	return p.at(fmt.Errorf("the test is required, and this builder can't run programs of %s"+
		"\nfix: %s, or drop required", plan.PlatformName(p.platform), howToRun), required...)
}

const howToRun = "add a builder of that platform, or register an emulator for it on this one"

// warnOfTests shows which tests are not run.
func (p *parsed) warnOfTests(ctx context.Context) {
	for _, t := range p.notRun() {
		p.warnOfPlatform(ctx, client.WarnOpts{
			Range:  llb.PBRanges(t.Range),
			Detail: [][]byte{[]byte("to run it: " + howToRun + "; required: true makes this an error")},
		}, "the test of line %d was not run for %s: this builder can't run its programs", t.Range.Start.Line, plan.PlatformName(p.platform))
	}
}
