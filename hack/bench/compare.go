package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
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

// scenario is a change that happens before a timed build.
type scenario struct {
	name   string
	change func(context.Context, *bench) error
	// each repeats the change before the build of every side. Otherwise it happens once
	// for all.
	each bool
}

// cold is a build on an empty daemon.
var cold = scenario{"cold", func(ctx context.Context, b *bench) error { return b.prune(ctx) }, true}

// oneLink and manyLinks change what the project links.
var (
	oneLink   = scenario{"cold, one link", func(ctx context.Context, b *bench) error { return errors.Join(b.project.link(1), b.prune(ctx)) }, true}
	manyLinks = scenario{"cold, 50 links", func(ctx context.Context, b *bench) error { return errors.Join(b.project.link(50), b.prune(ctx)) }, true}
)

func scenarios() []scenario {
	return []scenario{
		cold,
		{"nothing changed", func(context.Context, *bench) error { return nil }, false},
		{"one source file edited", func(_ context.Context, b *bench) error { return b.project.editSource() }, false},
		{"one package added", func(_ context.Context, b *bench) error { return b.project.addPackage() }, false},
		{"one data file changed", func(_ context.Context, b *bench) error { return b.project.editData() }, false},
	}
}

// sample is one timed build.
type sample struct {
	wall time.Duration
	sent string // context that the client sent, as buildx prints it
	// pulled is how many bytes of images the daemon fetched.
	pulled float64
}

// compare compares all frontends that one client can use.
func (b *bench) compare(ctx context.Context, g group) error {
	fmt.Printf("%-24s", g.client+", "+fmt.Sprint(b.runs)+" runs")
	for i, s := range g.sides {
		fmt.Printf(" %12s", s.name)
		if i > 0 {
			fmt.Printf(" %7s", "ratio")
		}
	}
	fmt.Printf("   %-30s %s\n", "context sent", "pulled (MB)")
	// Each client starts with the same project.
	if err := b.project.withoutPackages(); err != nil {
		return err
	}
	for _, s := range g.scenarios {
		got, err := b.measure(ctx, s, g.sides)
		if err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
		print(s.name, got)
	}
	fmt.Println()
	return nil
}

// measure runs the builds of the sides in turn and returns the samples of each side.
func (b *bench) measure(ctx context.Context, s scenario, sides []side) ([][]sample, error) {
	got := make([][]sample, len(sides))
	for range b.runs {
		if !s.each {
			if err := s.change(ctx, b); err != nil {
				return nil, err
			}
		}
		for i, side := range sides {
			if s.each {
				if err := s.change(ctx, b); err != nil {
					return nil, err
				}
			}
			sample, err := b.build(ctx, side)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", side.name, err)
			}
			got[i] = append(got[i], sample)
		}
	}
	if !s.each {
		return got, nil
	}
	// The change before one side's build also changed the project of the others.
	for _, side := range sides {
		if _, err := b.build(ctx, side); err != nil {
			return nil, fmt.Errorf("%s: %w", side.name, err)
		}
	}
	return got, nil
}

func print(name string, got [][]sample) {
	ours := median(got[0])
	var sent, pulled []string
	fmt.Printf("%-24s", name)
	for i, samples := range got {
		m := median(samples)
		fmt.Printf(" %12s", m.wall.Round(time.Millisecond))
		if i > 0 {
			fmt.Printf(" %6.2fx", float64(ours.wall)/float64(m.wall))
		}
		sent, pulled = append(sent, m.sent), append(pulled, fmt.Sprintf("%.1f", m.pulled/1e6))
	}
	fmt.Printf("   %-30s %s\n", strings.Join(sent, ", "), strings.Join(pulled, ", "))
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

func (b *bench) build(ctx context.Context, s side) (sample, error) {
	cmd, err := s.command(ctx, b)
	if err != nil {
		return sample{}, err
	}
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
	// The first transfer is that of .dockerignore. The last line of the context's
	// transfer has the total.
	if all := sent.FindAllStringSubmatch(string(out), -1); len(all) > 0 {
		got.sent = all[len(all)-1][1]
	}
	return got, nil
}

// pulledBytes adds up the sizes of the blobs that the progress reports as fetched.
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
