// Scratch-frontend is what the frontend image runs. Without arguments it serves
// one build over the gateway that BuildKit opened on its standard streams; with a
// sub-command it is a step of such a build, or prints its version.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime/debug"

	"github.com/moby/buildkit/frontend/gateway/grpcclient"
	"github.com/moby/buildkit/util/appcontext"
	_ "github.com/moby/buildkit/util/grpcutil/encoding/proto" // the gateway's codec

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/version"
)

func main() {
	if err := run(appcontext.Context(), os.Args[1:]); err != nil {
		// Standard output is the gateway's. What is written here goes to the
		// daemon's log, or, from a step, to the user's progress.
		fmt.Fprintln(quote.NewWriter(os.Stderr), "scratch-frontend:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string) error {
	switch {
	case len(args) == 0:
		// A build takes some 20 MB in all. To collect garbage takes longer than it saves.
		debug.SetGCPercent(800)
		return grpcclient.RunFromEnvironment(ctx, frontend.Build)
	case args[0] == "version":
		_, err := fmt.Print(version.Read().Text("scratch-frontend"))
		return err
	}
	return step.Run(ctx, args, os.Stdout, os.Stderr)
}
