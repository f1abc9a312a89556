package main

import (
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func newSchema() *cobra.Command {
	return &cobra.Command{
		Use:     "schema",
		Short:   "Print the JSON Schema of a Scratchfile, for editors",
		Example: "  scratch schema > .scratchfile.schema.json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := cmd.OutOrStdout().Write(spec.Schema())
			return err
		},
	}
}
