package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/detect"
	"github.com/rene2/scratch-frontend/frontend/quote"
)

const initLong = `Looks at a project and writes a first Scratchfile for it. It knows Cargo, Go, Meson,
CMake, autotools and make, and C and C++ sources without a build system.

FOLDER is the project's; without it, that is the current folder. What init guesses has
a comment in the Scratchfile, and is printed with its line.

It reads a bounded number of files in the folder, runs nothing, and needs no builder and
no network. It never replaces a file.

Exit code: 0 if the Scratchfile is written, 1 if no build system is found, 2 if a file
can't be read or written, or the command line is wrong.`

const initExample = `  scratch init
  scratch init path/to/project
  scratch init -o -`

func newInit() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use:     "init [flags] [FOLDER]",
		Short:   "Write a first Scratchfile for a project",
		Long:    initLong,
		Example: initExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := "."
			if len(args) > 0 {
				dir = args[0]
			}
			return runInit(cmd.OutOrStdout(), cmd.ErrOrStderr(), dir, output)
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "the `file` to write, or - for standard output (default: Scratchfile in the folder)")
	return cmd
}

func runInit(stdout, stderr io.Writer, dir, output string) (err error) {
	// To open a FIFO would wait for somebody to write to it.
	if info, err := os.Stat(dir); err == nil && !info.IsDir() {
		return fmt.Errorf("%s is %s, not a folder", dir, quote.FileType(info.Mode()))
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, root.Close()) }()
	result, err := detect.Project(root)
	if unknown := (detect.UnknownError{}); errors.As(err, &unknown) {
		fmt.Fprintf(stderr, "%s: %v\n", dir, err)
		return errNo
	}
	if err != nil {
		return err
	}
	if output == "" {
		output = filepath.Join(dir, frontend.DefaultFilename)
	}
	if err := writeScratchfile(stdout, output, result.Scratchfile); err != nil {
		return err
	}
	if output == "-" {
		output = frontend.DefaultFilename
	}
	for _, n := range result.Notes {
		fmt.Fprintf(stderr, "%s:%d: guess: %s\n", output, n.Line, n.Text)
	}
	return nil
}
