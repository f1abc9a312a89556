// Scratch is the command line of scratch-frontend.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/containerd/log"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
)

// These are the exit codes. They are the same for all commands.
const (
	exitOK    = 0
	exitNo    = 1 // the answer is no: a refused file, a lock that does not fit, an error in the Scratchfile
	exitFault = 2 // there is no answer: wrong usage, an unreadable file
)

// errNo ends a command that has printed its answer, if the answer is no.
var errNo = errors.New("no")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Users can do nothing about most of what libraries log.
	log.L.Logger.SetOutput(quote.NewWriter(os.Stderr))
	if err := log.SetLevel("error"); err != nil {
		panic(err) // the level exists
	}
	var code int
	if filepath.Base(os.Args[0]) == stepProgram {
		code = runStep(ctx, os.Args[1:])
	} else {
		code = untilCancelled(ctx, func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
	}
	stop()
	os.Exit(code)
}

// runStep runs this program as a step of a build.
func runStep(ctx context.Context, args []string) int {
	if err := step.Run(ctx, args, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(quote.NewWriter(os.Stderr), stepProgram+":", err)
		return exitNo
	}
	return exitOK
}

// run runs a command. It makes all output printable, since it may contain text from a
// Scratchfile, a file name or a daemon.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	stdout, stderr = quote.NewWriter(stdout), quote.NewWriter(stderr)
	root := newRoot()
	root.SetArgs(args)
	root.SetOut(stdout)
	root.SetErr(stderr)
	err := root.ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, errNo):
		return exitNo
	default:
		fmt.Fprintln(stderr, "scratch:", err)
		return exitFault
	}
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:           "scratch",
		Short:         "Tools around Scratchfiles and the static binaries they ship",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.SetFlagErrorFunc(explainFlag)
	root.AddCommand(newInit(), newBuild(), newCheck(), newGraph(), newLock(), newSBOM(), newVerify(), newConvert(), newSchema(), newMan(), newVersion())
	return root
}
