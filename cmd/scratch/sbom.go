package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/moby/buildkit/client"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
)

const sbomLong = `Builds a Scratchfile and prints what its binaries were linked of: the packages, their
versions and licenses, and the archives and objects that the linker took. It does what
docker buildx build --target sbom does, but the frontend runs in this program. It finds
the builder as scratch build does.

With several platforms, the documents follow one another, in the order of the platforms'
names.

Exit code: 0 if it prints them, 1 if the build fails, 2 if it does not start: there is no
builder, or the command line is wrong.`

const sbomExample = `  scratch sbom .
  scratch sbom --format spdx . > sbom.spdx.json`

// sbomFormats are the values of --format, and the files of the target that they stand for.
var sbomFormats = []struct{ name, file string }{
	{"table", sbomstep.TableFile},
	{"spdx", sbomstep.SPDXFile},
	{"cyclonedx", sbomstep.CycloneDXFile},
}

func newSBOM() *cobra.Command {
	var flags solveFlags
	var format string
	cmd := &cobra.Command{
		Use:     "sbom [flags] [CONTEXT]",
		Short:   "Print what the binaries of a Scratchfile were linked of",
		Long:    sbomLong,
		Example: sbomExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := flags.context(cmd, args)
			return printSBOM(cmd, flags, dir, format)
		},
	}
	flags.add(cmd)
	addFormat(cmd, &format, formatNames())
	return cmd
}

func formatNames() []string {
	var out []string
	for _, f := range sbomFormats {
		out = append(out, f.name)
	}
	return out
}

func printSBOM(cmd *cobra.Command, flags solveFlags, dir, format string) (err error) {
	file := sbomFormats[slices.Index(formatNames(), format)].file
	out, err := os.MkdirTemp("", "scratch-sbom-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(out)) }()
	exports := []client.ExportEntry{{Type: client.ExporterLocal, OutputDir: out}}
	if err := flags.solve(cmd.Context(), cmd.ErrOrStderr(), dir, "sbom", exports); err != nil {
		return err
	}
	return printFiles(cmd.OutOrStdout(), out, file)
}

// printFiles prints the files of a name below a folder: a build of several platforms has
// a folder for each.
func printFiles(w io.Writer, dir, name string) error {
	return filepath.WalkDir(dir, func(at string, e fs.DirEntry, err error) error {
		if err != nil || e.Name() != name {
			return err
		}
		data, err := os.ReadFile(at)
		if err != nil {
			return err
		}
		_, err = w.Write(data)
		return err
	})
}
