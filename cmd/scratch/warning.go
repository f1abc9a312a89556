package main

import (
	"fmt"
	"io"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
)

// printWarning prints a warning as compilers do: "name:line:column: warning: message".
func printWarning(w io.Writer, file, message string, at []*pb.Range) error {
	_, err := fmt.Fprintf(w, "%s: warning: %s\n", inSource(file, at), message)
	return err
}

// inSource returns the start of the first range as "name:line:column".
func inSource(file string, at []*pb.Range) string {
	if len(at) == 0 {
		return file
	}
	return fmt.Sprintf("%s:%d:%d", file, at[0].Start.Line, at[0].Start.Character)
}

// printWarnings prints the warnings of a build with their details.
func printWarnings(w io.Writer, file string, warnings []client.VertexWarning) error {
	for _, warning := range warnings {
		if err := printWarning(w, file, string(warning.Short), warning.Range); err != nil {
			return err
		}
		for _, line := range warning.Detail {
			if _, err := fmt.Fprintf(w, "  %s\n", line); err != nil {
				return err
			}
		}
	}
	return nil
}
