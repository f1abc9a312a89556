// Scratch is the command line of scratch-frontend.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/containerd/log"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
	"github.com/rene2/scratch-frontend/cmd/scratch/builder/server"
	"github.com/rene2/scratch-frontend/cmd/scratch/emptyroot"
	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
)

// These are the exit codes. They are the same for all commands. A signal ends a command
// with another one: see cancelled.
const (
	exitOK    = 0
	exitNo    = 1 // the answer is no: a refused file, a lock that does not fit, an error in the Scratchfile
	exitFault = 2 // there is no answer: wrong usage, an unreadable file
)

// errNo ends a command that has printed its answer, if the answer is no.
var errNo = errors.New("no")

// exitCode ends a command with the exit code of the program that it ran.
type exitCode int

func (c exitCode) Error() string { return fmt.Sprintf("exit code %d", int(c)) }

func main() {
	if own, err := os.Executable(); err == nil && filepath.Base(own) == wrapper.Name {
		wrapper.Program(os.Args) // under the names of linkers too
	}
	ctx, stop := untilSignal(context.Background())
	// Users can do nothing about most of what libraries log.
	log.L.Logger.SetOutput(quote.NewWriter(os.Stderr))
	if err := log.SetLevel("error"); err != nil {
		panic(err) // the level exists
	}
	var code int
	switch filepath.Base(os.Args[0]) {
	case step.Program:
		code = runStep(ctx, os.Args[1:])
	case launch.Name:
		launch.Main(os.Args[1:])
	case emptyroot.Name:
		emptyroot.Main(os.Args[1:])
	case server.Name:
		code = runBuilder(ctx, os.Args[1:])
	default:
		code = untilCancelled(ctx, func(ctx context.Context) int { return run(ctx, os.Args[1:], os.Stdout, os.Stderr) })
	}
	stop()
	os.Exit(code)
}

// runStep runs this program as a step of a build.
func runStep(ctx context.Context, args []string) int {
	if err := step.Run(ctx, args, os.Stdout, os.Stderr); err != nil {
		fmt.Fprintln(quote.NewWriter(os.Stderr), step.Program+":", err)
		return exitNo
	}
	return exitOK
}

// runBuilder runs this program as the embedded BuildKit.
func runBuilder(ctx context.Context, args []string) int {
	config, err := server.Parse(args)
	if err == nil {
		err = server.Serve(ctx, config, quote.NewWriter(os.Stdout))
	}
	if err != nil {
		fmt.Fprintln(quote.NewWriter(os.Stderr), server.Name+":", err)
		return exitFault
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
	root.InitDefaultCompletionCmd() // it keeps the output that is set by now
	root.InitDefaultHelpCmd()
	for _, cmd := range root.Commands() {
		if cmd.Name() == "help" {
			cmd.Args = func(_ *cobra.Command, args []string) error { _, _, err := root.Find(args); return err }
		}
		if cmd.HasSubCommands() {
			onlyCommands(cmd)
		}
	}
	err := root.ExecuteContext(ctx)
	var code exitCode
	switch {
	case err == nil:
		return exitOK
	case errors.As(err, &code):
		return int(code)
	case ctx.Err() != nil:
		return cancelled(ctx) // why it was cancelled is no news to whoever did it
	case errors.Is(err, errNo):
		return exitNo
	default:
		fmt.Fprintln(stderr, "scratch:", inWords(err))
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
	root.AddCommand(newInit(), newBuild(), newCheck(), newGraph(), newLock(), newSBOM(), newVerify(), newConvert(), newSchema(), newMan(), newBuilder(), newDoctor(), newRun(), newInspect(), newVersion())
	return root
}
