package main

import (
	"fmt"
	"io"

	"github.com/moby/buildkit/client"
)

// printWarnings prints the warnings of a build with their details. It prints them as
// compilers do: "name:line:column: warning: message".
func printWarnings(w io.Writer, file string, warnings []client.VertexWarning) error {
	for _, warning := range warnings {
		at := file
		if r := warning.Range; len(r) > 0 {
			at = fmt.Sprintf("%s:%d:%d", file, r[0].Start.Line, r[0].Start.Character)
		}
		text := fmt.Sprintf("%s: warning: %s\n", at, warning.Short)
		for _, line := range warning.Detail {
			text += fmt.Sprintf("  %s\n", line)
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}
