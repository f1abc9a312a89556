package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/version"
)

func newVersion() *cobra.Command {
	return &cobra.Command{
		Use:     "version",
		Short:   "Print the version of this program, and of the BuildKit library in it",
		Example: "  scratch version",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprint(cmd.OutOrStdout(), version.Read().Text("scratch"))
			return err
		},
	}
}
