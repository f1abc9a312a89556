package main

import (
	"archive/tar"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/distribution/reference"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/cmd/buildctl/build"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
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
	for i, e := range exports {
		if e.Type == typeRegistry {
			exports[i].Type = client.ExporterImage
			e.Attrs["push"] = "true"
		}
		if e.Attrs["name"] == "" && len(names) > 0 && e.Type != client.ExporterLocal && e.Type != client.ExporterTar {
			e.Attrs["name"] = strings.Join(names, ",")
		}
		// BuildKit would push nothing, and succeed. It takes "push=" for true.
		value, pushes := e.Attrs["push"]
		push, _ := strconv.ParseBool(cmp.Or(value, "true"))
		if pushes && push && e.Attrs["name"] == "" && e.Attrs["dangling-name-prefix"] == "" {
			return nil, "", unnamed("--output")
		}
	}
	if r.push {
		if len(names) == 0 {
			return nil, "", unnamed("--push")
		}
		exports = append(exports, client.ExportEntry{Type: client.ExporterImage, Attrs: map[string]string{"name": strings.Join(names, ","), "push": "true"}})
	}
	if r.load {
		store := findStore(ctx)
		if store.needsName && len(names) == 0 {
			return nil, "", fmt.Errorf("--load: the image has no name, by which %s keeps it\nfix: give it one: -t NAME", store.name)
		}
		if store.load == nil {
			if err := requireReplaceable(store.file(names)); err != nil {
				return nil, "", fmt.Errorf("--load: %w", err)
			}
		}
		exports = append(exports, store.export(names))
		said = store.said(names)
	}
	if len(exports) == 0 && len(names) > 0 {
		said = "the image stays in the builder's cache; to have it, build with --load or --push"
	}
	return exports, said, nil
}

// unnamed is the error for an image that a flag pushes without a name.
func unnamed(flag string) error {
	return fmt.Errorf("%s: the image has no name\nfix: give it one: -t REGISTRY/NAME:TAG", flag)
}

// requireReplaceable returns an error if a file is there that is no image: the user has not
// named it.
func requireReplaceable(file string) error {
	if _, err := os.Lstat(file); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	err := requireRegular(file)
	if err == nil {
		err = requireArchive(file)
	}
	if err != nil {
		return fmt.Errorf("there is no Docker, Podman or containerd here, and what an OCI archive would replace is none: %w\nfix: name another file: --output type=oci,dest=FILE", err)
	}
	return nil
}

// requireArchive returns an error if a file does not begin as an archive of an image does. A
// build that was cut off has left no more than that, or nothing.
func requireArchive(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	first, err := tar.NewReader(f).Next()
	switch {
	case err == io.EOF:
		return nil
	case err != nil:
		return fmt.Errorf("%s is no OCI archive: %w", file, err)
	case !slices.Contains(ofArchive, strings.Split(path.Clean(first.Name), "/")[0]):
		return fmt.Errorf("%s is no OCI archive: it begins with %q", file, first.Name)
	}
	return nil
}

// ofArchive is what an archive of an image has at its root.
var ofArchive = []string{ocispecs.ImageBlobsDir, ocispecs.ImageIndexFile, ocispecs.ImageLayoutFile}

// typeRegistry is docker buildx's name of an image that is pushed.
const typeRegistry = "registry"

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
		if _, ok := named.(reference.Digested); ok {
			return nil, fmt.Errorf("%q: an image gets its digest from its content, so its name can have a tag alone", tag)
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
	// tag is a command that gives a loaded image more names. A store with one takes an
	// archive with one name at most.
	tag       []string
	needsName bool // an image without a name is not kept
}

// stores are those that --load looks for, in this order. Each is there if its question is
// answered.
var stores = []struct {
	store

	ask []string
}{
	{store{name: "Docker", kind: client.ExporterDocker, load: []string{"docker", "load"}}, []string{"docker", "version"}},
	{store{name: "Podman", kind: client.ExporterOCI, load: []string{"podman", "load"}, tag: []string{"podman", "tag"}}, []string{"podman", "info"}},
	{store{name: "containerd", kind: client.ExporterOCI, load: []string{"nerdctl", "load"}}, []string{"nerdctl", "version"}},
	{store{name: "containerd", kind: client.ExporterOCI, load: []string{"ctr", "images", "import", "-"}, needsName: true}, []string{"ctr", "version"}},
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
	commands := [][]string{s.load}
	if s.tag != nil && len(names) > 1 {
		commands = append(commands, slices.Concat(s.tag, names))
		names = names[:1]
	}
	if len(names) > 0 {
		entry.Attrs["name"] = strings.Join(names, ",")
	}
	entry.Output = func(map[string]string) (io.WriteCloser, error) {
		if s.load == nil {
			return os.Create(s.file(names))
		}
		return startLoad(commands)
	}
	return entry
}

// loading is the input of a command that loads an image.
type loading struct {
	io.WriteCloser
	end func() error // waits for the command, and returns what it said if it failed
}

// startLoad starts the first command. The others run when it has loaded the image.
func startLoad(commands [][]string) (io.WriteCloser, error) {
	cmd := exec.Command(commands[0][0], commands[0][1:]...)
	var output strings.Builder
	cmd.Stdout, cmd.Stderr = &output, &output
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	end := sync.OnceValue(func() error {
		if err := cmd.Wait(); err != nil {
			return loadError(commands[0], err, output.String())
		}
		for _, c := range commands[1:] {
			if out, err := exec.Command(c[0], c[1:]...).CombinedOutput(); err != nil {
				return loadError(c, err, string(out))
			}
		}
		return nil
	})
	return loading{input, end}, cmd.Start()
}

func loadError(command []string, err error, output string) error {
	return fmt.Errorf("%s: %w: %s", strings.Join(command, " "), err, strings.TrimSpace(quote.Text(output)))
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
