package frontend

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	bk "github.com/moby/buildkit/client/llb"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/errdefs"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/llb"
)

// explain has each that knows a failure of the daemon say what it means.
func (g *graph) explain(ctx context.Context, err error) error {
	err = g.explainTest(ctx, g.explainMissing(ctx, g.explainLogin(g.explainMeeting(g.explainMismatch(err)))))
	return g.explainPlatform(g.explainPackages(ctx, err))
}

// explainPackages says which packages a step could not fetch or add, in place of its
// script, and whether the base has not what that takes. The step finds that out by itself:
// asking the base first would be one more container in every build.
func (g *graph) explainPackages(ctx context.Context, err error) error {
	var failed *errdefs.VertexError
	if err == nil || !errors.As(err, &failed) {
		return err
	}
	step := g.failedStep(ctx, failed)
	var exit *gateway.ExitError
	switch {
	case step == nil || step.Kind != plan.KindPackages:
		return err
	case step.Source != nil:
		return explain(err, "the package %s can't be fetched as %s has it. If its repository has dropped or rebuilt it, refresh the lock: %s",
			strings.TrimPrefix(step.Title, "fetch "), g.lockName(), g.refresh())
	case !errors.As(err, &exit):
		return err
	}
	if fault := apktools.OfExitCode(int(exit.ExitCode)); fault != apktools.None {
		return g.unfitBase(fault)
	}
	message := step.Title + " " + failedProcess
	switch exit.ExitCode {
	case apktools.Failed: // apk has said why
	case 1:
		message += fmt.Sprintf(": the base %s has no /bin/sh that can be started", g.file.Build.Base.Value)
	default:
		message += fmt.Sprintf(": exit code: %d", exit.ExitCode)
	}
	return &explainedError{message, err}
}

// failedStep is the step that a failed vertex was made for; nil if it is none.
func (g *graph) failedStep(ctx context.Context, failed *errdefs.VertexError) *plan.Step {
	def, err := g.marshal(ctx)
	if err != nil {
		return nil
	}
	n := llb.StepOf(def, digest.Digest(failed.Digest))
	if n == 0 {
		return nil
	}
	return &g.plan.Steps[n-1]
}

// marshal gives the graph of what the target returns.
func (g *graph) marshal(ctx context.Context) (*bk.Definition, error) {
	returned := g.plan.Image
	if g.target.Result == plan.CompileResult {
		returned = g.plan.Compiled
	}
	return g.states.State(returned).Marshal(ctx, bk.Platform(g.platform), bk.WithCaps(g.daemon.caps))
}

// unfitBase is the error of a base that no packages can be added to, at its line or else
// at those of the packages.
func (p *parsed) unfitBase(fault apktools.Fault) error {
	err := fmt.Errorf("base %s for %s: %w", p.file.Build.Base.Value, platforms.FormatAll(p.platform), fault)
	return p.atPackages(err, p.file.Build.Base.Range)
}
