package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

const lockLong = `Makes the lock beside a Scratchfile. The lock pins the base and all packages to what
they are now, for the platforms that the old lock has and for those of --platform. It
does what docker buildx build --target lock does, but the frontend runs in this
program. It finds the builder as scratch build does.

With --check it compares the lock with the Scratchfile: base, packages and platforms.
That needs no builder and no network, so it does not look for newer packages. If the
lock does not fit, it prints the differences: "-" marks what only the lock has, and
"+" marks what the lock lacks.

Exit code: 0 if the lock is made or fits; 1 if it can't be made, does not fit or does
not exist; 2 if a file can't be read, there is no builder, or the command line is
wrong.`

const lockExample = `  scratch lock --platform linux/amd64,linux/arm64
  scratch lock --check`

// lockFlags are the flags of "scratch lock".
type lockFlags struct {
	solveFlags

	check bool
}

func newLock() *cobra.Command {
	var flags lockFlags
	cmd := &cobra.Command{
		Use:     "lock [flags]",
		Short:   "Make the lock of a Scratchfile, or say whether it fits",
		Long:    lockLong,
		Example: lockExample,
		Args:    onlyFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if flags.check {
				return checkLock(cmd.OutOrStdout(), cmd.ErrOrStderr(), flags)
			}
			return makeLock(cmd.Context(), cmd.ErrOrStderr(), flags)
		},
	}
	flags.add(cmd)
	cmd.Flags().BoolVar(&flags.check, "check", false, "compare, and change nothing")
	return cmd
}

// makeLock builds the lock and writes it beside the Scratchfile. If the old lock can't be
// read, the new one has only the requested platforms.
func makeLock(ctx context.Context, stderr io.Writer, flags lockFlags) (err error) {
	if _, err := readScratchfile(flags.file); err != nil {
		return err
	}
	old, err := readLock(flags.file + lock.Suffix)
	if err != nil {
		fmt.Fprintf(stderr, "scratch: %v\nit is made anew\n", err)
		old = &lock.Lock{}
	}
	if flags.platforms, err = platformNames(append(old.Names(), flags.platforms...)); err != nil {
		return err
	}
	dir := filepath.Dir(flags.file)
	made, err := os.MkdirTemp(dir, ".scratch-lock-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(made)) }()
	if err := flags.solve(ctx, stderr, dir, "lock", []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: made}}); err != nil {
		return err
	}
	// Only a lock that is whole replaces the old one.
	return os.Rename(filepath.Join(made, filepath.Base(flags.file)+lock.Suffix), flags.file+lock.Suffix)
}
