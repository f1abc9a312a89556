package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"time"

	"github.com/docker/go-units"
)

// bench runs builds of one project on one daemon.
type bench struct {
	bin, cache string
	env        []string
	runs       int
	project    project
}

// scenario is what happens before a build that is timed.
type scenario struct {
	name   string
	change func(context.Context, *bench) error
}

func scenarios() []scenario {
	return []scenario{
		{"cold", func(ctx context.Context, b *bench) error { return b.prune(ctx) }},
		{"nothing changed", func(context.Context, *bench) error { return nil }},
		{"one source file edited", func(_ context.Context, b *bench) error { return b.project.editSource() }},
		{"one package added", func(_ context.Context, b *bench) error { return b.project.addPackage() }},
		{"one data file changed", func(_ context.Context, b *bench) error { return b.project.editData() }},
	}
}

// builds are the two sides.
var builds = []string{"Scratchfile", "Dockerfile"}

// sample is one timed build.
type sample struct {
	wall time.Duration
	sent string // context that the client sent, as buildx prints it
	// pulled is what the daemon fetched of images, in bytes.
	pulled float64
}

func (b *bench) compare(ctx context.Context) error {
	fmt.Printf("%-24s %14s %14s %7s   %-22s %s\n", "scenario, medians of "+fmt.Sprint(b.runs), builds[0], builds[1], "ratio", "context sent", "pulled")
	for _, s := range scenarios() {
		got := map[string][]sample{}
		for range b.runs {
			if s.name != "cold" {
				if err := s.change(ctx, b); err != nil {
					return err
				}
			}
			for _, file := range builds {
				// Each side begins its cold build with nothing.
				if s.name == "cold" {
					if err := s.change(ctx, b); err != nil {
						return err
					}
				}
				sample, err := b.build(ctx, file)
				if err != nil {
					return fmt.Errorf("%s, %s: %w", s.name, file, err)
				}
				got[file] = append(got[file], sample)
			}
		}
		print(s.name, got)
	}
	return nil
}

func print(name string, got map[string][]sample) {
	ours, theirs := median(got[builds[0]]), median(got[builds[1]])
	fmt.Printf("%-24s %14s %14s %6.2fx   %-22s %.1f MB, %.1f MB\n", name,
		ours.wall.Round(time.Millisecond), theirs.wall.Round(time.Millisecond),
		float64(ours.wall)/float64(theirs.wall), ours.sent+", "+theirs.sent, ours.pulled/1e6, theirs.pulled/1e6)
}

func median(s []sample) sample {
	s = slices.Clone(s)
	slices.SortFunc(s, func(a, b sample) int { return int(a.wall - b.wall) })
	return s[len(s)/2]
}

var (
	sent   = regexp.MustCompile(`transferring context: (\S+)`)
	pulled = regexp.MustCompile(`sha256:([0-9a-f]{64}) \S+ / (\S+)`)
)

func (b *bench) build(ctx context.Context, file string) (sample, error) {
	cmd := b.tool(ctx, "docker-buildx", "build", "--progress=plain",
		"-f", filepath.Join(b.project.dir, file),
		"--build-context", "rene2/scratch-frontend=oci-layout://"+filepath.Join(b.cache, "frontend"),
		"--build-context", "alpine:3.22=oci-layout://"+filepath.Join(b.cache, "alpine")+":3.22",
		"--output", "type=oci,dest="+filepath.Join(b.project.dir, "..", "image.tar"),
		b.project.dir)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%w\n%s", err, out)
	}
	got := sample{wall: wall, sent: "none"}
	if got.pulled, err = pulledBytes(string(out)); err != nil {
		return sample{}, err
	}
	// The first transfer is .dockerignore's; the last line of the context's own
	// has the total.
	if all := sent.FindAllStringSubmatch(string(out), -1); len(all) > 0 {
		got.sent = all[len(all)-1][1]
	}
	return got, nil
}

// pulledBytes adds up the blobs that a build's progress names as fetched.
func pulledBytes(progress string) (float64, error) {
	blobs := map[string]float64{}
	for _, m := range pulled.FindAllStringSubmatch(progress, -1) {
		size, err := units.FromHumanSize(m[2])
		if err != nil {
			return 0, fmt.Errorf("size of a blob: %w", err)
		}
		blobs[m[1]] = float64(size)
	}
	total := 0.0
	for _, size := range blobs {
		total += size
	}
	return total, nil
}

func (b *bench) prune(ctx context.Context) error {
	if out, err := b.tool(ctx, "buildctl", "prune", "--all").CombinedOutput(); err != nil {
		return fmt.Errorf("prune: %w\n%s", err, out)
	}
	return nil
}

func (b *bench) tool(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin, name), args...)
	cmd.Env = append(os.Environ(), b.env...)
	return cmd
}
