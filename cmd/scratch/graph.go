package main

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/picture"
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

Formats: text; json, an object on a line for each step; dot, for Graphviz; svg, an image;
mermaid, for pages on GitHub and GitLab. The colours of the last three say what is
trusted: nothing of the compile, until a verify step has let it through. Steps that are
alike, such as the packages of a lock, share a box.

Exit code: 0 if it prints the steps, 1 if the Scratchfile has errors or its lock does
not fit, 2 if a file can't be read or the command line is wrong.`

const graphExample = `  scratch graph
  scratch graph --format svg > graph.svg
  scratch graph --format dot | dot -Tpng > graph.png
  scratch graph --target build --platform linux/arm64`

// graphFlags are the flags of "scratch graph".
type graphFlags struct {
	scratchfileFlags

	platform string
	target   string
	format   string
}

func newGraph() *cobra.Command {
	var flags graphFlags
	cmd := &cobra.Command{
		Use:     "graph [flags]",
		Short:   "Print or draw the steps that a Scratchfile becomes",
		Long:    graphLong,
		Example: graphExample,
		Args:    onlyFile,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runGraph(cmd.OutOrStdout(), cmd.ErrOrStderr(), flags)
		},
	}
	flags.add(cmd)
	addTarget(cmd, &flags.target)
	addPlatform(cmd, &flags.platform)
	addFormat(cmd, &flags.format, graphFormats())
	return cmd
}

func runGraph(stdout, stderr io.Writer, flags graphFlags) error {
	p, err := parsePlatform(flags.platform)
	if err != nil {
		return err
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
	text, err := drawGraph(flags.format, steps)
	if err != nil {
		return err
	}
	_, err = io.WriteString(stdout, text)
	return err
}

// steps plans the build as the frontend does, so the printed steps are those that a build
// runs.
func (f *graphFlags) steps(stderr io.Writer, data []byte, locked *lock.Lock, target plan.Target, p ocispecs.Platform) ([]plan.Step, error) {
	sf, err := f.parse(data, builderPlatform(), p)
	if err != nil {
		return nil, err
	}
	for _, name := range sf.UndeclaredArgs {
		fmt.Fprintf(stderr, "warning: %s\n", spec.UndeclaredArg(name))
	}
	args := buildArgs(f.buildArgs)
	opt := plan.Options{
		Platform:       p,
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

// graphDrawings are the formats of a graph. The default comes first.
var graphDrawings = []struct {
	name string
	draw func([]plan.Step) (string, error)
}{
	{"text", func(steps []plan.Step) (string, error) { return plan.Text(steps), nil }},
	{"json", jsonLines},
	{"dot", picture.DOT},
	{"svg", picture.SVG},
	{"mermaid", picture.Mermaid},
}

// graphFormats lists the names of the formats.
func graphFormats() []string {
	var names []string
	for _, d := range graphDrawings {
		names = append(names, d.name)
	}
	return names
}

func drawGraph(format string, steps []plan.Step) (string, error) {
	return graphDrawings[slices.Index(graphFormats(), format)].draw(steps)
}

// jsonLines returns an object on a line for each step.
func jsonLines(steps []plan.Step) (string, error) {
	objects, err := plan.JSON(steps)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, o := range objects {
		b.Write(append(o, '\n'))
	}
	return b.String(), nil
}
