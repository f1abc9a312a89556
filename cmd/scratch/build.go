package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

const buildLong = `Builds a Scratchfile as docker buildx build does, but the frontend runs in this
program. No frontend image is pulled and started, and "# syntax=" has no effect.

The builder is the BuildKit daemon at --addr or $BUILDKIT_HOST. Without either, it is
the builder of docker buildx if one was chosen by "docker buildx use" or $BUILDX_BUILDER.
Without one, it is a BuildKit of your own, which this program starts; see "scratch
builder". Outputs, secrets, SSH agents and caches have the form that buildctl has.
Without --output, --load and --push, the result stays in the builder's cache.

CONTEXT is a folder. To build a repository, write --opt context=ADDRESS. The build
then uses the Scratchfile of the repository.

Exit code: 0 if the build succeeds, 1 if it fails, 2 if it does not start: there is no
builder, or the command line is wrong.`

const buildExample = `  scratch build -t registry.example/hello:1 --push .
  scratch build -t hello --load .
  scratch build --platform linux/amd64,linux/arm64 --output type=oci,dest=hello.tar .
  scratch build --target binary --output out .
  scratch build --build-arg VERSION=1.2 --secret id=token,env=TOKEN .`

// buildFlags are the flags of "scratch build".
type buildFlags struct {
	solveFlags
	resultFlags

	target string
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
			exports, said, err := flags.exports(cmd.Context())
			if err != nil {
				return err
			}
			if err := flags.solve(cmd.Context(), cmd.ErrOrStderr(), dir, flags.target, exports); err != nil {
				return err
			}
			if said != "" && flags.isForPeople() {
				fmt.Fprintln(cmd.ErrOrStderr(), said)
			}
			return nil
		},
	}
	flags.add(cmd)
	addTarget(cmd, &flags.target)
	flags.addResult(cmd)
	return cmd
}
