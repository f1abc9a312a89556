package main

import (
	"archive/tar"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"
)

// crowd is many small projects.
type crowd struct {
	dir   string
	size  int
	edits int
}

func (p *crowd) folder() string { return p.dir }

func (p *crowd) write() error {
	const steps = `RUN --mount=type=cache,target=/etc/apk/cache apk add --no-progress build-base
WORKDIR /src
COPY main.c .
RUN --network=none gcc -static main.c -o program
FROM scratch
COPY --from=build /src/program /program
ENTRYPOINT ["/program"]
`
	const scratchfile = `# syntax=rene2/scratch-frontend
build: {packages: [build-base], sources: [main.c], run: gcc -static main.c -o program}
binary: program
`
	var errs []error
	for i := range p.size {
		dir := p.project(i)
		errs = append(errs, writeFile(dir, "Scratchfile", scratchfile), twins(dir, steps), repository(dir))
	}
	return errors.Join(append(errs, p.edit())...)
}

func (p *crowd) project(i int) string { return filepath.Join(p.dir, fmt.Sprint(i)) }

// edit changes the program of every project, so that all compile.
func (p *crowd) edit() error {
	p.edits++
	var errs []error
	for i := range p.size {
		errs = append(errs, writeFile(p.project(i), "main.c",
			fmt.Sprintf("#include <stdio.h>\nint main(void) { printf(\"%s\"); return 0; }\n", p.says(i))))
	}
	return errors.Join(errs...)
}

// says is what the program of a project prints.
func (p *crowd) says(i int) string { return fmt.Sprintf("%d, edit %d", i, p.edits) }

// buildAll builds all projects at the same time, and then runs the program of each image.
func (p *crowd) buildAll(ctx context.Context, b *bench, s side) (float64, error) {
	start := time.Now()
	var eg errgroup.Group
	for i := range p.size {
		eg.Go(func() error {
			cmd, err := s.command(ctx, b, p.project(i), p.image(i))
			if err != nil {
				return err
			}
			if out, err := cmd.CombinedOutput(); err != nil {
				return fmt.Errorf("project %d: %w\n%s", i, err, out)
			}
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return 0, err
	}
	wall := time.Since(start)
	for i := range p.size {
		program := filepath.Join(p.dir, "program")
		if err := extract(p.image(i), "program", program); err != nil {
			return 0, err
		}
		out, err := exec.CommandContext(ctx, program).Output()
		if err != nil || string(out) != p.says(i) {
			return 0, fmt.Errorf("the program of project %d says %q, not %q: %w", i, out, p.says(i), err)
		}
	}
	return wall.Seconds(), nil
}

func (p *crowd) image(i int) string { return filepath.Join(p.dir, fmt.Sprintf("%d.tar", i)) }

// extract writes a file of the only layer that has it, of the image in an OCI layout.
func extract(layout, name, to string) error {
	blobs, err := readTar(layout)
	if err != nil {
		return err
	}
	var index ocispecs.Index
	var manifest ocispecs.Manifest
	if err := json.Unmarshal(blobs[ocispecs.ImageIndexFile], &index); err != nil {
		return err
	}
	blob := func(d ocispecs.Descriptor) []byte { return blobs["blobs/sha256/"+d.Digest.Encoded()] }
	if err := json.Unmarshal(blob(index.Manifests[0]), &manifest); err != nil {
		return err
	}
	for _, layer := range manifest.Layers {
		cmd := exec.Command("tar", "-xzO", name)
		cmd.Stdin = strings.NewReader(string(blob(layer)))
		if data, err := cmd.Output(); err == nil {
			return os.WriteFile(to, data, 0o755)
		}
	}
	return fmt.Errorf("%s has no %s", layout, name)
}

func readTar(name string) (map[string][]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	out := map[string][]byte{}
	for r := tar.NewReader(f); ; {
		h, err := r.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		if out[h.Name], err = io.ReadAll(r); err != nil {
			return nil, err
		}
	}
}
