package step

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step/checksumstep"
	"github.com/rene2/scratch-frontend/frontend/step/datastep"
	"github.com/rene2/scratch-frontend/frontend/step/findstep"
	"github.com/rene2/scratch-frontend/frontend/step/includestep"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

// ReportFile is the name of a report in the mount where a step writes it.
const ReportFile = contract.ReportFile

// row is a step in the registry.
type row struct {
	// Command is the sub-command that runs the step.
	Command string
	// Run runs the step with the arguments after the command.
	Run func(ctx context.Context, args []string, stdout, stderr io.Writer) error
}

// rows is the registry of the steps.
func rows() []row {
	return []row{
		{verifystep.Command, parsed(verifystep.ParseRequest, verifystep.Run)},
		{includestep.Command, parsed(includestep.ParseRequest, includestep.Run)},
		{teststep.Command, parsed(teststep.ParseRequest, teststep.Run)},
		{lockstep.Command, parsed(lockstep.ParseRequest, lockstep.Run)},
		{datastep.Command, parsed(datastep.ParseRequest, datastep.Run)},
		{sbomstep.Command, parsed(sbomstep.ParseRequest, sbomstep.Run)},
		{checksumstep.Command, parsed(checksumstep.ParseRequest, checksumstep.Run)},
		{findstep.Command, parsed(findstep.ParseRequest, findstep.Run)},
	}
}

// parsed returns the Run of a row.
func parsed[Request any](
	parse func(args []string) (Request, error),
	run func(ctx context.Context, req Request, stdout, stderr io.Writer) error,
) func(context.Context, []string, io.Writer, io.Writer) error {
	return func(ctx context.Context, args []string, stdout, stderr io.Writer) error {
		req, err := parse(args)
		if err != nil {
			return err
		}
		return run(ctx, req, stdout, stderr)
	}
}

// Run runs one step. args are the arguments that the package of the step made. The output
// is part of the build's progress.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("a step takes one of the commands %s", strings.Join(commands(), ", "))
	}
	// The output of a tested program or of a package manager may be anything.
	stdout, stderr = quote.NewWriter(stdout), quote.NewWriter(stderr)
	for _, r := range rows() {
		if r.Command == args[0] {
			return r.Run(ctx, args[1:], stdout, stderr)
		}
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func commands() []string {
	var out []string
	for _, r := range rows() {
		out = append(out, r.Command)
	}
	return out
}
