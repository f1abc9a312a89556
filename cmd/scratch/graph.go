package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/project"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

const graphLong = `Prints the steps of a build, each after the steps that it depends on. A step shows
what it runs, its environment, network and mounts, and its lines of the Scratchfile.
The steps include what a toolchain adds. For another platform than this machine's, they
are those of a builder of this machine's platform.

It needs no builder and no network. So it can't show what only a builder knows: $PATH
is that of the base, and the base has a digest only if a lock beside the Scratchfile
names it. The id of a project's own cache differs from that in a build, since a build
also knows the repository. Secrets have ids and no values.

Exit code: 0 if it prints the steps, 1 if the Scratchfile has errors or its lock does
not fit, 2 if a file can't be read or the command line is wrong.`

// graphFlags are the flags of "scratch graph".
type graphFlags struct {
	scratchfileFlags

	platform string
	target   string
	json     bool
}

func newGraph() *cobra.Command {
	var flags graphFlags
	cmd := &cobra.Command{
		Use:   "graph [flags]",
		Short: "Print the steps that a Scratchfile becomes",
		Long:  graphLong,
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runGraph(cmd.OutOrStdout(), cmd.ErrOrStderr(), flags)
		},
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.platform, "platform", "", "the `platform` to build for, such as linux/arm64 (default: this machine's)")
	f.StringVar(&flags.target, "target", "", "the `target` to build (default: the image)")
	f.BoolVar(&flags.json, "json", false, "print one JSON object a step instead of text")
	return cmd
}

func runGraph(stdout, stderr io.Writer, flags graphFlags) error {
	p := builderPlatform()
	if flags.platform != "" {
		var err error
		if p, err = platforms.Parse(flags.platform); err != nil {
			return fmt.Errorf("--platform: %w", err)
		}
	}
	target, err := plan.FindTarget(flags.target)
	if err != nil {
		return fmt.Errorf("--target: %w", err)
	}
	data, err := readScratchfile(flags.file)
	if err != nil {
		return err
	}
	locked, err := readLock(flags.file + lock.Suffix)
	if err != nil {
		return err
	}
	steps, err := flags.steps(stderr, data, locked, target, p)
	if lines, ok := inFile(err, flags.file); ok {
		fmt.Fprintln(stderr, lines)
		return errNo
	}
	if err != nil {
		return err
	}
	return printSteps(stdout, steps, flags.json)
}

// steps plans the build as the frontend does, so the printed steps are those that a build
// runs.
func (f *graphFlags) steps(stderr io.Writer, data []byte, locked *lock.Lock, target plan.Target, p ocispecs.Platform) ([]plan.Step, error) {
	sf, err := f.parse(data, builderPlatform(), p)
	if err != nil {
		return nil, err
	}
	for _, name := range sf.UndeclaredArgs {
		fmt.Fprintf(stderr, "warning: build arg %s is not declared; add it under args: or drop --build-arg %[1]s\n", name)
	}
	args := buildArgs(f.buildArgs)
	opt := plan.Options{
		Platform:       p,
		Evidence:       true,
		Project:        project.ID(nil, filepath.Base(f.file), data),
		CacheNamespace: args["BUILDKIT_CACHE_MOUNT_NS"],
	}
	if len(locked.Platforms) > 0 {
		opt.Lock = locked
	}
	if v := args["SOURCE_DATE_EPOCH"]; v != "" {
		if opt.Epoch, err = frontend.ParseEpoch(v); err != nil {
			return nil, err
		}
	}
	made, err := plan.New(sf, target, opt)
	if err != nil {
		return nil, err
	}
	return made.StepsOf(target), nil
}

// inFile formats an error about lines of the Scratchfile as "name:line:column: message".
// The parser's errors have this form already.
func inFile(err error, file string) (string, bool) {
	var problems *spec.Errors
	if errors.As(err, &problems) {
		return problems.Error(), true
	}
	var misfit *plan.LockError
	if !errors.As(err, &misfit) {
		return "", false
	}
	at := spec.Position{Line: 1, Column: 1}
	if len(misfit.Ranges) > 0 {
		at = misfit.Ranges[0].Start
	}
	return fmt.Sprintf("%s:%d:%d: %s does not fit:\n%s\nfix: refresh it: %s", file, at.Line, at.Column,
		filepath.Base(file)+lock.Suffix, strings.Join(misfit.Differences, "\n"), lock.Refresh(filepath.Base(file))), true
}

func printSteps(w io.Writer, steps []plan.Step, asJSON bool) error {
	if !asJSON {
		_, err := io.WriteString(w, plan.Text(steps))
		return err
	}
	objects, err := plan.JSON(steps)
	if err != nil {
		return err
	}
	for _, o := range objects {
		if _, err := fmt.Fprintf(w, "%s\n", o); err != nil {
			return err
		}
	}
	return nil
}
