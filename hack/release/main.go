// Release makes what a release has, of the commit that is checked out:
//
//	go run ./hack/release DIR
//
// DIR/image is the frontend's image for all platforms, an OCI layout with provenance and
// SBOM. DIR/assets has the command line for each platform: an archive, its SBOM and its
// provenance, and the checksums of all files. The program prints the digest of the image.
//
// The same commit, Go and, for runc, Debian packages give the same bytes.
package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"

	"github.com/containerd/platforms"
	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/hack/ocilayout"
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt)
	defer cancel()
	err := run(ctx, ".", os.Args[1:], os.Stdout)
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, root string, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("release", flag.ContinueOnError)
	only := flags.String("platforms", "", "a `list` such as linux/amd64,darwin/arm64; all if empty")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() != 1 {
		return errors.New("usage: release [-platforms LIST] DIR")
	}
	chosen, err := choose(*only)
	if err != nil {
		return err
	}
	src, err := readSource(ctx, root)
	if err != nil {
		return err
	}
	r := &release{source: src, out: flags.Arg(0)}
	dgst, err := r.make(ctx, chosen)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(stdout, dgst)
	return err
}

// release is a release in the making.
type release struct {
	source
	out    string
	sums   []string // of the assets, as sha256sum writes them
	images []ocilayout.Image
}

func (r *release) make(ctx context.Context, targets []target) (digest.Digest, error) {
	if entries, err := os.ReadDir(r.out); err == nil && len(entries) > 0 {
		return "", fmt.Errorf("%s has files\nfix: name a new directory", r.out)
	}
	if err := os.MkdirAll(filepath.Join(r.out, "assets"), 0o755); err != nil {
		return "", err
	}
	dockerfile, err := os.ReadFile(filepath.Join(r.root, "Dockerfile"))
	if err != nil {
		return "", err
	}
	for _, t := range targets {
		b, err := r.build(ctx, t)
		if err != nil {
			return "", fmt.Errorf("%s: %w", t.name(), err)
		}
		if err := r.addArchive(b); err != nil {
			return "", err
		}
		if t.platform.OS != "linux" {
			continue
		}
		if err := r.addImage(b, dockerfile); err != nil {
			return "", err
		}
	}
	if err := r.writeSums(); err != nil {
		return "", err
	}
	return ocilayout.Write(ctx, filepath.Join(r.out, "image"), r.images...)
}

// addArchive writes the command line of a platform, and what is known of it.
func (r *release) addArchive(b build) error {
	name := "scratch_" + r.Version + "_" + strings.ReplaceAll(b.target.name(), "/", "_") + ".tar.gz"
	programs := b.choose("scratch", ocilayout.Linker, ocilayout.Step, "runc")
	data, err := archive(slices.Concat(programs.files(), b.licences), r.Created)
	if err != nil {
		return err
	}
	sbom, err := r.sbom(name, b, programs)
	if err != nil {
		return err
	}
	provenance, err := r.provenance(name, fmt.Sprintf("%x", sha256.Sum256(data)), b, programs)
	if err != nil {
		return err
	}
	return errors.Join(
		r.asset(name, data),
		r.asset(name+".spdx.json", sbom),
		r.asset(name+".provenance.json", provenance),
	)
}

// addImage adds the frontend's image of a platform.
func (r *release) addImage(b build, dockerfile []byte) error {
	programs := b.choose(ocilayout.Program, ocilayout.Linker, ocilayout.Step)
	image, err := ocilayout.Frontend(programs.bytes(), dockerfile, r.Created)
	if err != nil {
		return err
	}
	image.Platform, image.Tag = b.target.platform, r.Version
	image.Attest = func(manifest digest.Digest) ([]ocilayout.Statement, error) {
		const name = "rene2/scratch-frontend"
		document, err := r.sbom(name, b, programs)
		if err != nil {
			return nil, err
		}
		sbom, err := statement(name, manifest.Encoded(), spdxType, json.RawMessage(document))
		if err != nil {
			return nil, err
		}
		provenance, err := r.provenance(name, manifest.Encoded(), b, programs)
		return []ocilayout.Statement{
			{PredicateType: spdxType, Data: sbom},
			{PredicateType: provenanceType, Data: provenance},
		}, err
	}
	r.images = append(r.images, image)
	return nil
}

// asset writes a file of the release.
func (r *release) asset(name string, data []byte) error {
	r.sums = append(r.sums, fmt.Sprintf("%x  %s\n", sha256.Sum256(data), name))
	return os.WriteFile(filepath.Join(r.out, "assets", name), data, 0o644)
}

func (r *release) writeSums() error {
	return os.WriteFile(filepath.Join(r.out, "assets", "checksums.txt"), []byte(strings.Join(r.sums, "")), 0o644)
}

// choose returns the targets of a list of platforms.
func choose(list string) ([]target, error) {
	if list == "" {
		return targets, nil
	}
	var out []target
	for _, name := range strings.Split(list, ",") {
		i := slices.IndexFunc(targets, func(t target) bool { return t.name() == name })
		if i < 0 {
			return nil, fmt.Errorf("-platforms: a release has nothing for %q", name)
		}
		out = append(out, targets[i])
	}
	return out, nil
}

func (t target) name() string { return platforms.Format(t.platform) }
