// Frontend-image writes the frontend's image as an OCI layout directory and
// prints the digest of its manifest. See package ocilayout for how BuildKit is
// told to use it.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime"

	"github.com/containerd/platforms"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	err := run(ctx, os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "frontend-image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("frontend-image", flag.ContinueOnError)
	binary := flags.String("binary", "", "the static frontend `program`")
	linker := flags.String("linker", "", "the linker's wrapper, a static `program` beside it; none if empty")
	step := flags.String("step", "", "the program of the steps, a static `program` beside it; none if empty")
	dockerfile := flags.String("dockerfile", "Dockerfile", "the `file` whose last stage has the image's labels")
	out := flags.String("out", "", "the layout `directory` to write")
	tag := flags.String("tag", "latest", "the image's `tag` in the layout")
	platform := flags.String("platform", "linux/"+runtime.GOARCH, "what the program was built for")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *binary == "" || *out == "" || flags.NArg() > 0 {
		return errors.New("usage: frontend-image --binary PROGRAM --out DIRECTORY [--linker PROGRAM] [--step PROGRAM] [--dockerfile FILE] [--tag TAG] [--platform OS/ARCH]")
	}
	image, err := newImage(map[string]string{ocilayout.Program: *binary, ocilayout.Linker: *linker, ocilayout.Step: *step}, *dockerfile, *tag, *platform)
	if err != nil {
		return err
	}
	dgst, err := ocilayout.Write(ctx, *out, image)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, dgst)
	return err
}

func newImage(files map[string]string, dockerfile, tag, platform string) (ocilayout.Image, error) {
	p, err := platforms.Parse(platform)
	if err != nil {
		return ocilayout.Image{}, fmt.Errorf("--platform: %w", err)
	}
	created, err := ocilayout.ParseEpoch(os.Getenv("SOURCE_DATE_EPOCH"))
	if err != nil {
		return ocilayout.Image{}, err
	}
	programs := map[string][]byte{}
	for name, from := range files {
		if from == "" {
			continue
		}
		if programs[name], err = os.ReadFile(from); err != nil {
			return ocilayout.Image{}, fmt.Errorf("reading a program: %w", err)
		}
	}
	file, err := os.ReadFile(dockerfile)
	if err != nil {
		return ocilayout.Image{}, err
	}
	image, err := ocilayout.Frontend(programs, file, created)
	image.Platform, image.Tag = p, tag
	return image, err
}
