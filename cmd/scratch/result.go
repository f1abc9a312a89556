package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"strings"
	"sync"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"
	"github.com/spf13/cobra"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// resultFlags say where the result of a build goes.
type resultFlags struct {
	outputs []string
	tags    []string
	push    bool
	load    bool
}

func (r *resultFlags) addResult(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringArrayVarP(&r.outputs, "output", "o", nil, "where the `result` goes: a folder, - for a tar on standard output, or type=image,name=…,push=true, type=oci,dest=…; can be given again")
	f.StringArrayVarP(&r.tags, "tag", "t", nil, "a `name` of the image, NAME[:TAG]; can be given again")
	f.BoolVar(&r.push, "push", false, "push the image to the registry of its name")
	f.BoolVar(&r.load, "load", false, "load the image into Docker, Podman or containerd; where there is none, write an OCI archive")
}

// exports returns where the result goes. The text says so after the build, if the user did
// not.
func (r *resultFlags) exports(ctx context.Context) (exports []client.ExportEntry, said string, err error) {
	names, err := imageNames(r.tags)
	if err != nil {
		return nil, "", fmt.Errorf("--tag: %w", err)
	}
	if exports, err = build.ParseOutput(exporters(r.outputs)); err != nil {
		return nil, "", fmt.Errorf("--output: %w", err)
	}
	for _, e := range exports {
		if e.Attrs["name"] == "" && len(names) > 0 && e.Type != client.ExporterLocal && e.Type != client.ExporterTar {
			e.Attrs["name"] = strings.Join(names, ",")
		}
	}
	if r.push {
		if len(names) == 0 {
			return nil, "", errors.New("--push: the image has no name\nfix: give it one: -t REGISTRY/NAME:TAG")
		}
		exports = append(exports, client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{"name": strings.Join(names, ","), "push": "true"}})
	}
	if r.load {
		store := findStore(ctx)
		exports = append(exports, store.export(names))
		said = store.said(names)
	}
	if len(exports) == 0 && len(names) > 0 {
		said = "the image stays in the builder's cache; to have it, build with --load or --push"
	}
	return exports, said, nil
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

// imageNames completes the names of an image, as docker buildx does.
func imageNames(tags []string) ([]string, error) {
	var out []string
	for _, tag := range tags {
		named, err := reference.ParseNormalizedNamed(tag)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", tag, err)
		}
		out = append(out, reference.TagNameOnly(named).String())
	}
	return out, nil
}

// store is where --load puts an image.
type store struct {
	name string
	kind string   // of the exporter
	load []string // a command that reads the image from its standard input; none for a file
}

// stores are those that --load looks for, in this order. Each is there if its question is
// answered.
var stores = []struct {
	store

	ask []string
}{
	{store{"Docker", client.ExporterDocker, []string{"docker", "load"}}, []string{"docker", "version"}},
	{store{"Podman", client.ExporterOCI, []string{"podman", "load"}}, []string{"podman", "info"}},
	{store{"containerd", client.ExporterOCI, []string{"nerdctl", "load"}}, []string{"nerdctl", "version"}},
	{store{"containerd", client.ExporterOCI, []string{"ctr", "images", "import", "-"}}, []string{"ctr", "version"}},
}

// findStore returns the first store on this machine that answers.
func findStore(ctx context.Context) store {
	for _, s := range stores {
		if exec.CommandContext(ctx, s.ask[0], s.ask[1:]...).Run() == nil {
			return s.store
		}
	}
	return store{kind: client.ExporterOCI}
}

// file is where the image goes without a store: the last part of its name.
func (s store) file(names []string) string {
	if len(names) == 0 {
		return "image.tar"
	}
	name, _, _ := strings.Cut(path.Base(names[0]), ":")
	name, _, _ = strings.Cut(name, "@")
	return name + ".tar"
}

func (s store) said(names []string) string {
	if s.load == nil {
		return fmt.Sprintf("there is no Docker, Podman or containerd here: the image is in the OCI archive %s", s.file(names))
	}
	if len(names) == 0 {
		return "loaded into " + s.name
	}
	return fmt.Sprintf("loaded into %s: %s", s.name, strings.Join(familiar(names), ", "))
}

// familiar returns names as users write them.
func familiar(names []string) []string {
	var out []string
	for _, name := range names {
		if named, err := reference.ParseNormalizedNamed(name); err == nil {
			name = reference.FamiliarString(named)
		}
		out = append(out, name)
	}
	return out
}

func (s store) export(names []string) client.ExportEntry {
	entry := client.ExportEntry{Type: s.kind, Attrs: map[string]string{}}
	if len(names) > 0 {
		entry.Attrs["name"] = strings.Join(names, ",")
	}
	entry.Output = func(map[string]string) (io.WriteCloser, error) {
		if s.load == nil {
			return os.Create(s.file(names))
		}
		return startLoad(s.load)
	}
	return entry
}

// loading is the input of a command that loads an image.
type loading struct {
	io.WriteCloser
	end func() error // waits for the command, and returns what it said if it failed
}

func startLoad(command []string) (io.WriteCloser, error) {
	cmd := exec.Command(command[0], command[1:]...)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	end := sync.OnceValue(func() error {
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(quote.Text(output.String())))
		}
		return nil
	})
	return loading{input, end}, cmd.Start()
}

// Write returns why the command failed if it no longer reads.
func (l loading) Write(p []byte) (int, error) {
	n, err := l.WriteCloser.Write(p)
	if err != nil {
		if failed := l.Close(); failed != nil {
			err = failed
		}
	}
	return n, err
}

// Close returns when the command has loaded the image.
func (l loading) Close() error {
	// An error of the pipe means that the command has ended, which end explains.
	_ = l.WriteCloser.Close()
	return l.end()
}
