package frontend

import (
	"context"
	"errors"

	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"

	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/llb"
)

// explainTest explains why a test failed. BuildKit returns no result for a failed step,
// so the step leaves its reason in the root that it ran in.
func (p *parsed) explainTest(ctx context.Context, err error) error {
	var failed *errdefs.SolveError
	if err == nil || !errors.As(err, &failed) || failed.Solve == nil || !llb.RunsStep(failed.Op, teststep.Command) || len(failed.MountIDs) == 0 {
		return err
	}
	reason, readErr := p.daemon.readFailed(ctx, failed.MountIDs[0], teststep.ReportPath)
	if readErr != nil || len(reason) == 0 {
		// Old daemons give no access to the files of a failed step (0.13.2).
		return explain(err, "test failed; the output of its step says why")
	}
	return &explainedError{message: teststep.ParseReport(reason), err: err}
}

// readFailed reads a file that a failed step left behind. It runs no process.
func (d daemon) readFailed(ctx context.Context, resultID, name string) ([]byte, error) {
	ctr, err := d.client.NewContainer(ctx, client.NewContainerRequest{
		Mounts: []client.Mount{{Dest: "/", ResultID: resultID, Readonly: true}},
	})
	if err != nil {
		return nil, err
	}
	dt, err := ctr.ReadFile(ctx, client.ReadContainerRequest{
		ReadRequest: client.ReadRequest{Filename: name, Range: &client.FileRange{Length: teststep.MaxReport}},
	})
	return dt, errors.Join(err, ctr.Release(ctx))
}
