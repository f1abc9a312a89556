// Scratch-frontend is what the frontend image runs. Without arguments it serves
// one build over the gateway that BuildKit opened on its standard streams; as
// "verify REQUEST" it is the verify step of such a build.
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the gateway's codec

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
)

func main() {
	if err := run(appcontext.Context(), os.Args[1:]); err != nil {
		// Standard output is the gateway's; this goes to the daemon's log.
		fmt.Fprintln(os.Stderr, "scratch-frontend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	if len(args) == 0 {
		return grpcclient.RunFromEnvironment(ctx, frontend.Build)
	}
	if args[0] != verifystep.Command {
		return fmt.Errorf("unknown command %q; the only one is %q", args[0], verifystep.Command)
	}
	req, err := verifystep.ParseRequest(args[1:])
	if err != nil {
		return err
	}
	return verifystep.Run(ctx, req)
}
