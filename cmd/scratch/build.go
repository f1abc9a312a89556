package main

import (
	"fmt"
	"strings"

	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/spf13/cobra"
)

const buildLong = `Builds a Scratchfile as docker buildx build does, but the frontend runs in this
program. No frontend image is pulled and started, and "# syntax=" has no effect.

The builder is the BuildKit daemon at --addr or $BUILDKIT_HOST. Without either, it is
the builder that docker buildx uses. Outputs, secrets, SSH agents and caches have the
form that buildctl has. Without an --output, the result stays in the builder's cache.

CONTEXT is a folder. To build a repository, write --opt context=ADDRESS. The build
then uses the Scratchfile of the repository.

Exit code: 0 if the build succeeds, 1 if it fails, 2 if it does not start: there is no
builder, or the command line is wrong.`

const buildExample = `  scratch build --output type=image,name=registry.example/hello,push=true .
  scratch build --platform linux/amd64,linux/arm64 --output type=oci,dest=hello.tar .
  scratch build --target binary --output out .
  scratch build --build-arg VERSION=1.2 --secret id=token,env=TOKEN .`

// buildFlags are the flags of "scratch build".
type buildFlags struct {
	solveFlags

	target  string
	outputs []string
}

func newBuild() *cobra.Command {
	var flags buildFlags
	cmd := &cobra.Command{
		Use:     "build [flags] [CONTEXT]",
		Short:   "Build a Scratchfile, without a frontend image",
		Long:    buildLong,
		Example: buildExample,
		Args:    cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := flags.context(cmd, args)
			exports, err := build.ParseOutput(exporters(flags.outputs))
			if err != nil {
				return fmt.Errorf("--output: %w", err)
			}
			return flags.solve(cmd.Context(), cmd.ErrOrStderr(), dir, flags.target, exports)
		},
	}
	flags.add(cmd)
	f := cmd.Flags()
	addTarget(cmd, &flags.target)
	f.StringArrayVarP(&flags.outputs, "output", "o", nil, "where the `result` goes: a folder, - for a tar on standard output, or type=image,name=…,push=true, type=oci,dest=…; can be given again")
	return cmd
}

// exporters rewrites outputs in buildctl's form. A folder alone becomes a local output,
// and "-" becomes a tar on standard output, as with docker buildx.
func exporters(list []string) []string {
	var out []string
	for _, o := range list {
		switch {
		case o == "-":
			o = "type=" + client.ExporterTar + ",dest=-"
		case !strings.Contains(o, "="):
			o = "type=" + client.ExporterLocal + ",dest=" + o
		}
		out = append(out, o)
	}
	return out
}
