package ocilayout

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
	ocispec "github.com/opencontainers/image-spec/specs-go/v1"
)

// These are the names of the programs in the image. The first one is the entrypoint.
const (
	Program = "scratch-frontend"
	Linker  = "scratch-linker"
	Step    = "scratch-step"
)

// Frontend returns the frontend's image. It holds static programs by their names, and has
// the labels, user and entrypoint of the Dockerfile's last stage. The caller adds platform
// and tag.
func Frontend(programs map[string][]byte, dockerfile []byte, created time.Time) (Image, error) {
	config, err := configOf(dockerfile)
	if err != nil {
		return Image{}, fmt.Errorf("reading the Dockerfile: %w", err)
	}
	names := slices.Sorted(maps.Keys(programs))
	layer, err := NewLayer("COPY "+strings.Join(names, " ")+" /", func(w io.Writer) error { return archive(w, programs, created) })
	if err != nil {
		return Image{}, err
	}
	return Image{Config: config, Layers: []Layer{layer}, Created: created}, nil
}

func archive(w io.Writer, programs map[string][]byte, created time.Time) error {
	t := tar.NewWriter(w)
	for _, name := range slices.Sorted(maps.Keys(programs)) {
		header := &tar.Header{
			Typeflag: tar.TypeReg,
			Name:     name,
			Mode:     0o755,
			Size:     int64(len(programs[name])),
			ModTime:  orEpoch(created),
			Format:   tar.FormatPAX,
		}
		if err := t.WriteHeader(header); err != nil {
			return err
		}
		if _, err := t.Write(programs[name]); err != nil {
			return err
		}
	}
	return t.Close()
}

// configOf reads the last stage of a Dockerfile. Besides the configuration, the stage may only
// copy the program. Any other instruction is an error, because it would change only the image
// that docker makes.
func configOf(dockerfile []byte) (ocispec.ImageConfig, error) {
	config := ocispec.ImageConfig{WorkingDir: "/", Labels: map[string]string{}}
	file, err := parser.Parse(bytes.NewReader(dockerfile))
	if err != nil {
		return config, err
	}
	stages, _, err := instructions.Parse(file.AST, nil)
	if err != nil {
		return config, err
	}
	if len(stages) == 0 {
		return config, errors.New("it has no stage")
	}
	for _, command := range stages[len(stages)-1].Commands {
		if err := apply(&config, command); err != nil {
			return config, err
		}
	}
	return config, nil
}

func apply(config *ocispec.ImageConfig, command instructions.Command) error {
	switch c := command.(type) {
	case *instructions.LabelCommand:
		if err := c.Expand(unquote); err != nil {
			return err
		}
		for _, label := range c.Labels {
			config.Labels[label.Key] = label.Value
		}
	case *instructions.UserCommand:
		config.User = c.User
	case *instructions.EntrypointCommand:
		config.Entrypoint = c.CmdLine
	case *instructions.CopyCommand:
	default:
		return fmt.Errorf("%s in the last stage has no counterpart here", command.Name())
	}
	return nil
}

func unquote(word string) (string, error) {
	text, _, err := shell.NewLex('\\').ProcessWord(word, shell.EnvsFromSlice(nil))
	return text, err
}
