// Package steps is the side of our own binary that the steps of a graph run: the
// frontend image's program and the command line hand it their arguments.
package steps

import (
	"context"
	"fmt"
	"io"

	"github.com/rene2/scratch-frontend/frontend/includestep"
	"github.com/rene2/scratch-frontend/frontend/lockstep"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/teststep"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

// Run is one step. Its arguments are those that the step's package made of the
// request, without the program; what it prints is part of the build's progress.
func Run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) == 0 {
		return fmt.Errorf("a step takes one of the commands %s, %s, %s and %s",
			verifystep.Command, includestep.Command, teststep.Command, lockstep.Command)
	}
	// What a tested program or a package manager prints comes from outside too.
	stdout, stderr = quote.NewWriter(stdout), quote.NewWriter(stderr)
	switch command, args := args[0], args[1:]; command {
	case verifystep.Command:
		req, err := verifystep.ParseRequest(args)
		if err != nil {
			return err
		}
		return verifystep.Run(ctx, req, stderr)
	case includestep.Command:
		req, err := includestep.ParseRequest(args)
		if err != nil {
			return err
		}
		return includestep.Run(ctx, req, stderr)
	case teststep.Command:
		req, err := teststep.ParseRequest(args)
		if err != nil {
			return err
		}
		req.Report = teststep.ReportFile
		return teststep.Run(ctx, req, stdout, stderr)
	case lockstep.Command:
		req, err := lockstep.ParseRequest(args)
		if err != nil {
			return err
		}
		return lockstep.Run(ctx, req, stdout)
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}
