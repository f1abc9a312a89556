// Scratch-step is the program of the steps of a build that run code of ours: it verifies,
// tests, reads packages, makes documents.
//
// It is a program of its own because each step is a container that waits for it to start:
// the frontend's program takes twice as long, and the command line three times.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := step.Run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		// What is written here is part of the build's progress.
		fmt.Fprintln(quote.NewWriter(os.Stderr), step.Program+":", err)
		os.Exit(1)
	}
}
