package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

const graphLong = `Prints the steps that a Scratchfile becomes, in the order in which they depend on
each other: what each runs, with which environment, network and mounts, and the
lines that it comes from. What a toolchain brings is among it.

It needs no builder and no network. What only a builder knows is left open: $PATH is
the base's own, and the base has a digest only if a lock beside the Scratchfile
names it. The id of a cache that belongs to one project differs from a build's,
which also knows the repository. Secrets have no values here, only ids.

Exit code: 0 if there is a graph, 1 if the Scratchfile has errors or its lock does
not fit, 2 if a file can't be read or the command line is wrong.`

// graphFlags are the options of "scratch graph".
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
			return runGraph(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), flags)
		},
	}
	flags.add(cmd)
	f := cmd.Flags()
	f.StringVar(&flags.platform, "platform", "", "the `platform` to build for, such as linux/arm64 (default: this machine's)")
	f.StringVar(&flags.target, "target", "", "the `target` to build (default: the image)")
	f.BoolVar(&flags.json, "json", false, "print one JSON object a step instead of text")
	return cmd
}

func runGraph(ctx context.Context, stdout, stderr io.Writer, flags graphFlags) error {
	p := builderPlatform()
	if flags.platform != "" {
		var err error
		if p, err = platforms.Parse(flags.platform); err != nil {
			return fmt.Errorf("--platform: %w", err)
		}
	}
	if strings.EqualFold(flags.target, "lock") {
		return errors.New("--target lock has no graph of its own: what it does depends on what a base's repositories answer")
	}
	data, err := readScratchfile(flags.file)
	if err != nil {
		return err
	}
	if _, err := readLock(flags.file + lock.Suffix); err != nil {
		return err
	}
	vertices, err := flags.graph(ctx, stderr, data, p)
	if lines, ok := inFile(err, flags.file); ok {
		fmt.Fprintln(stderr, lines)
		return errNo
	}
	if err != nil {
		return err
	}
	return printGraph(stdout, vertices, flags.json)
}

// graph has the frontend itself lay the graph out, so that what is shown is what a
// build runs.
func (f *graphFlags) graph(ctx context.Context, warnings io.Writer, data []byte, p ocispecs.Platform) ([]vertex, error) {
	sf, err := f.parse(data, p)
	if err != nil {
		return nil, err
	}
	c := &offline{file: f.file, warnings: warnings, opts: f.request(sf, p)}
	if _, err := frontend.Plan(ctx, c); err != nil {
		return nil, err
	}
	return vertices(c.solved)
}

// request is what a client would ask a daemon for.
func (f *graphFlags) request(sf *spec.Scratchfile, p ocispecs.Platform) map[string]string {
	opts := map[string]string{
		"filename": filepath.Base(f.file),
		"target":   f.target,
		"platform": platforms.FormatAll(p),
		// What is good or bad about the file is another question.
		"build-arg:BUILDKIT_DOCKERFILE_CHECK": "skip=all",
	}
	for name, value := range buildArgs(f.buildArgs) {
		opts["build-arg:"+name] = value
	}
	for name := range llb.NamedContexts(sf) {
		opts["context:"+name] = "local:" + name
	}
	return opts
}

// inFile writes an error that is about lines of the Scratchfile as
// "name:line:column: message"; those of the parser are that already.
func inFile(err error, file string) (string, bool) {
	var problems *spec.Errors
	if errors.As(err, &problems) {
		return problems.Error(), true
	}
	sources := errdefs.Sources(err)
	if err == nil || len(sources) == 0 || len(sources[0].Ranges) == 0 {
		return "", false
	}
	return fmt.Sprintf("%s: %v", inSource(file, sources[0].Ranges), err), true
}

func printGraph(w io.Writer, vertices []vertex, asJSON bool) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	for i, v := range vertices {
		if asJSON {
			if err := enc.Encode(v); err != nil {
				return err
			}
			continue
		}
		if i > 0 {
			fmt.Fprintln(w)
		}
		if _, err := io.WriteString(w, v.String()); err != nil {
			return err
		}
	}
	return nil
}
