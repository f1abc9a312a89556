// Package failure explains why a build failed to the author of its Scratchfile: at which
// line, what was found, and what to change.
//
// BuildKit's errors are text. This package alone knows which text means what.
package failure

import (
	"context"

	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
)

// Build is a build on one platform, with what explains its failures.
type Build struct {
	File   *spec.Scratchfile
	Source *bk.SourceMap
	// Platform is the target platform.
	Platform ocispecs.Platform
	// Workers are the platforms that the daemon announces.
	Workers []ocispecs.Platform
	// Lock is the name of the lock file.
	Lock string
	// Refresh is the command that makes the lock anew. Locked is true if there is a lock.
	Refresh string
	Locked  bool
	// Step is the step that failed; nil if no step is known to have failed.
	Step *plan.Step
	// ReadFailed reads the beginning of a file that a failed step left behind.
	ReadFailed func(ctx context.Context, resultID, name string, length int) ([]byte, error)
	// Find asks which packages have what a command did not find. failure is the daemon's id
	// for a result of the command.
	Find func(ctx context.Context, failure string, needs []missing.Need) (findstep.Report, error)
	// ReadIgnore reads the ignore file of the main build context.
	ReadIgnore func(ctx context.Context) Ignore
}

// Explain explains an error of the daemon. It returns an error that it does not recognise
// as it is.
func (b *Build) Explain(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	for _, explain := range []func(error) error{
		b.explainChecksum,
		b.explainCommit,
		b.explainArchive,
		b.explainConflict,
		b.explainLogin,
		func(err error) error { return b.explainMissing(ctx, err) },
		func(err error) error { return b.explainTest(ctx, err) },
		b.nameCommand,
		func(err error) error { return b.explainTool(ctx, err) },
		func(err error) error { return b.explainCommand(ctx, err) },
		b.explainPackages,
		b.explainFetch,
	} {
		err = explain(err)
	}
	return b.ExplainPlatform(err)
}

// at ties an error to places of the Scratchfile.
func (b *Build) at(err error, ranges ...spec.Range) error {
	return At(err, b.Source, ranges...)
}
