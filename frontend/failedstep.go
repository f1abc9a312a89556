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

// explain explains a failure of the daemon, if one of the explainers recognises it.
func (g *graph) explain(ctx context.Context, err error) error {
	err = g.explainTest(ctx, g.explainMissing(ctx, g.explainLogin(g.explainConflict(g.explainMismatch(err)))))
	return g.explainPlatform(g.explainPackages(ctx, err))
}

// explainPackages explains why packages were not fetched or added: it names the packages
// and not the script of the step, and says if the base has no usable apk. The step finds
// that out by itself. To ask the base first would cost every build one more container.
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

// failedStep returns the step of a failed vertex; nil if no step belongs to it.
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

// marshal returns the graph of what the target returns.
func (g *graph) marshal(ctx context.Context) (*bk.Definition, error) {
	returned := g.plan.Image
	if g.target.Result == plan.CompileResult {
		returned = g.plan.Compiled
	}
	return g.states.State(returned).Marshal(ctx, bk.Platform(g.platform), bk.WithCaps(g.daemon.caps))
}

// unfitBase returns the error of a base to which no packages can be added. It is at the
// line of the base or, if the base is a default, at the lines of the packages.
func (p *parsed) unfitBase(fault apktools.Fault) error {
	err := fmt.Errorf("base %s for %s: %w", p.file.Build.Base.Value, platforms.FormatAll(p.platform), fault)
	return p.atPackages(err, p.file.Build.Base.Range)
}
