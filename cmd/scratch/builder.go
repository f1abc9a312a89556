package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/docker/go-units"
	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
)

const builderLong = `The embedded builder is a BuildKit of your own. "scratch build" starts it if no other
builder is chosen: by --builder, --addr, BUILDKIT_HOST, BUILDX_BUILDER or docker buildx use.
It is this program, started again. Root's runs as root. Any other user's runs in a user
namespace, without privileges. It is shared between calls, and ends ten minutes after the
last one. Its cache stays, up to 20 GB, in the folder scratch/builder of XDG_DATA_HOME or of
~/.local/share.

Exit code: 0 if all is well, 2 if not.`

func newBuilder() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "builder",
		Short: "Look after the embedded builder",
		Long:  builderLong,
		Example: `  scratch builder ls
  scratch builder prune --all
  scratch builder stop`,
	}
	var all bool
	prune := &cobra.Command{
		Use:   "prune",
		Short: "Delete the cache of the embedded builder, and say how much it was",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return pruneBuilder(cmd.Context(), cmd.OutOrStdout(), all)
		},
	}
	prune.Flags().BoolVar(&all, "all", false, "delete what BuildKit keeps for itself too")
	cmd.AddCommand(&cobra.Command{
		Use:   "ls",
		Short: "List the builders, and say which one a build takes",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return listBuilders(cmd.Context(), cmd.OutOrStdout())
		},
	}, prune, &cobra.Command{
		Use:   "stop",
		Short: "End the embedded builder, and the builds that it runs",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return stopBuilder(cmd.Context(), cmd.OutOrStdout())
		},
	})
	return cmd
}

// listBuilders prints the embedded builder, and the one that was chosen in its place.
func listBuilders(ctx context.Context, out io.Writer) error {
	own, err := builder.Own()
	if err != nil {
		return err
	}
	flags := builderFlags{builder: builderAuto}
	chosen := flags.choose()
	w := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "BUILDER\tSTATE\tTAKEN\tADDRESS")
	state, err := embeddedState(ctx, own)
	if err != nil {
		return err
	}
	taken := "-"
	if chosen.kind == builderEmbedded {
		taken = "yes"
	}
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", builderEmbedded, state, taken, own.Address())
	switch chosen.kind {
	case builderEmbedded:
	case builderBuildx:
		fmt.Fprintf(w, "%s\t-\tyes, by %s\t-\n", builderBuildx, chosen.because)
	default:
		fmt.Fprintf(w, "%s\t-\tyes\t%s\n", chosen.because, chosen.kind)
	}
	return w.Flush()
}

// embeddedState says whether the embedded builder runs, and how large its state is.
func embeddedState(ctx context.Context, own builder.Builder) (string, error) {
	running, err := own.Running()
	if err != nil {
		return "", err
	}
	var out []string
	for _, r := range running {
		out = append(out, fmt.Sprintf("BuildKit %s runs, process %d", r.Version, r.Process))
	}
	if len(out) == 0 {
		return "stopped", nil
	}
	if c, err := own.Connect(ctx); err == nil {
		defer c.Close()
		usage, err := c.DiskUsage(ctx)
		if err != nil {
			return "", err
		}
		var sum int64
		for _, u := range usage {
			sum += u.Size
		}
		out = append(out, fmt.Sprintf("%s of at most %s", units.HumanSize(float64(sum)), units.HumanSize(float64(own.MaxUsed))))
	}
	return strings.Join(out, ", "), nil
}

func pruneBuilder(ctx context.Context, out io.Writer, all bool) error {
	c, _, err := startEmbedded(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	var opts []client.PruneOption
	if all {
		opts = append(opts, client.PruneAll)
	}
	deleted := make(chan client.UsageInfo)
	var eg errgroup.Group
	eg.Go(func() error {
		defer close(deleted)
		return c.Prune(ctx, deleted, opts...)
	})
	var sum int64
	for d := range deleted {
		sum += d.Size
	}
	if err := eg.Wait(); err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "deleted %s\n", units.HumanSize(float64(sum)))
	return err
}

func stopBuilder(ctx context.Context, out io.Writer) error {
	own, err := builder.Own()
	if err != nil {
		return err
	}
	stopped, err := own.Stop(ctx)
	for _, r := range stopped {
		fmt.Fprintf(out, "ended: BuildKit %s, process %d\n", r.Version, r.Process)
	}
	if len(stopped) == 0 {
		_, printErr := fmt.Fprintln(out, "no builder runs")
		err = errors.Join(err, printErr)
	}
	return err
}
