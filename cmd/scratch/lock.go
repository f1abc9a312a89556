package main

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

const lockLong = `Makes the lock beside a Scratchfile: the base and all packages as they are now, for
the platforms that it has already and for those of --platform. A build does it, as
docker buildx build --target lock would, but with the frontend in this program; see
scratch build for how it finds a builder.

With --check it says whether the lock fits: base, packages and platforms. It needs
no builder and no network then, so it does not say whether there are newer
packages. A lock that does not fit is followed by what differs, "-" before what
only the lock has and "+" before what it lacks.

Exit code: 0 if the lock is made, or fits; 1 if it can't be made, does not fit or is
not there; 2 if a file can't be read, there is no builder, or the command line is
wrong.`

// lockFlags are the options of "scratch lock".
type lockFlags struct {
	solveFlags

	check bool
}

func newLock() *cobra.Command {
	var flags lockFlags
	cmd := &cobra.Command{
		Use:   "lock [flags]",
		Short: "Make the lock of a Scratchfile, or say whether it fits",
		Long:  lockLong,
		Args:  cobra.NoArgs,
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

// makeLock has the lock written where the Scratchfile is. The old one may be
// broken: then only the platforms asked for are in the new one.
func makeLock(ctx context.Context, stderr io.Writer, flags lockFlags) error {
	if err := requireRegular(flags.file); err != nil {
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
	return flags.solve(ctx, stderr, dir, "lock", []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: dir}})
}
