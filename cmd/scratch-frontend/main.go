// Scratch-frontend is what the frontend image runs. Without arguments it serves
// one build over the gateway that BuildKit opened on its standard streams; with a
// sub-command it is a step of such a build.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the gateway's codec

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/teststep"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

func main() {
	if err := run(appcontext.Context(), os.Args[1:]); err != nil {
		// Standard output is the gateway's. What is written here goes to the
		// daemon's log, or, from a step, to the user's progress.
		fmt.Fprintln(os.Stderr, "scratch-frontend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return grpcclient.RunFromEnvironment(ctx, frontend.Build)
	}
	switch command, args := args[0], args[1:]; command {
	case verifystep.Command:
		req, err := verifystep.ParseRequest(args)
		if err != nil {
			return err
		}
		return verifystep.Run(ctx, req, os.Stderr)
	case teststep.Command:
		req, err := teststep.ParseRequest(args)
		if err != nil {
			return err
		}
		return teststep.Run(ctx, req, os.Stdout, os.Stderr)
	default:
		return fmt.Errorf("unknown command %q", command)
	}
}
