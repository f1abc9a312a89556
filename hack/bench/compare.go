package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// bench runs builds on one daemon.
type bench struct {
	bin, cache, tmp string
	env             []string
	base            base
	runs            int
}

// table has rows that compare the same sides.
type table struct {
	title string
	sides []side
	rows  []row
	// show prints a value that is measured: a time if it is nil.
	show func(float64) string
	// emulated is set if its daemon emulates another platform.
	emulated bool
}

// row is what is measured on each side, once a run.
type row struct {
	name string
	// project is what the sides build; nil if they build nothing. It is written when the row
	// begins.
	project project
	// change happens before the build of each side, since the sides share what the client has
	// sent: with one change for all, the first side would pay for the others. It is nil if
	// nothing changes.
	change func(context.Context, *bench) error
	// once is set for a change that happens once a run, for all sides.
	once bool
	// cold is set for a change that empties the daemon. In any other row, each side builds once
	// before the first run, so that the change is all that it does not find in the cache.
	cold bool
	// long is set for a row that takes long: it runs at most twice.
	long bool
	// measure measures one side; nil for the wall time of one build, in seconds.
	measure func(context.Context, *bench, side) (float64, error)
}

// project is a folder with a build file for each frontend.
type project interface {
	folder() string
	write() error
}

// print measures the rows of a table and prints them in markdown: the median, the lowest
// and the highest value, and the ratio of the medians.
func (b *bench) print(ctx context.Context, t table) error {
	show := t.show
	if show == nil {
		show = seconds
	}
	head, line := "| "+t.title+" |", "| --- |"
	for i, s := range t.sides {
		head, line = head+" "+s.name+" |", line+" --- |"
		if i > 0 {
			head, line = head+" |", line+" --- |"
		}
	}
	// A table does not find what another one has built.
	if err := b.prune(ctx); err != nil {
		return err
	}
	fmt.Println(head + "\n" + line)
	for _, r := range t.rows {
		got, err := b.measure(ctx, r, t.sides)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		fmt.Print("| " + r.name + " |")
		for i, values := range got {
			slices.Sort(values)
			fmt.Printf(" %s (%s to %s) |", show(median(values)), show(values[0]), show(values[len(values)-1]))
			if i > 0 {
				fmt.Printf(" %.2fx |", median(got[0])/median(values))
			}
		}
		fmt.Println()
	}
	fmt.Println()
	return nil
}

// measure measures the sides in turn, so that other load on the machine meets all of them.
func (b *bench) measure(ctx context.Context, r row, sides []side) ([][]float64, error) {
	if r.project != nil {
		if err := r.project.write(); err != nil {
			return nil, err
		}
	}
	runs := b.runs
	if r.long {
		runs = min(runs, 2)
	}
	change := r.change
	if change == nil {
		change = func(context.Context, *bench) error { return nil }
	}
	measure := r.measure
	if measure == nil {
		measure = func(ctx context.Context, b *bench, s side) (float64, error) {
			return b.build(ctx, s, r.project.folder())
		}
	}
	if !r.cold {
		for _, s := range sides {
			if _, err := measure(ctx, b, s); err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
		}
	}
	got := make([][]float64, len(sides))
	for range runs {
		for i, s := range sides {
			if !r.once || i == 0 {
				if err := change(ctx, b); err != nil {
					return nil, err
				}
			}
			value, err := measure(ctx, b, s)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", s.name, err)
			}
			got[i] = append(got[i], value)
		}
	}
	return got, nil
}

func median(sorted []float64) float64 {
	if n := len(sorted); n%2 == 0 {
		return (sorted[n/2-1] + sorted[n/2]) / 2
	}
	return sorted[len(sorted)/2]
}

// build builds a project and returns how long it took.
func (b *bench) build(ctx context.Context, s side, dir string) (float64, error) {
	cmd, err := s.command(ctx, b, dir, b.output())
	if err != nil {
		return 0, err
	}
	start := time.Now()
	out, err := cmd.CombinedOutput()
	wall := time.Since(start)
	if err != nil {
		return 0, fmt.Errorf("%w\n%s", err, out)
	}
	return wall.Seconds(), nil
}

// prune empties the daemon.
func (b *bench) prune(ctx context.Context) error {
	if out, err := b.tool(ctx, "buildctl", "prune", "--all").CombinedOutput(); err != nil {
		return fmt.Errorf("prune: %w\n%s", err, out)
	}
	return nil
}

// emptied empties the daemon.
func emptied() func(context.Context, *bench) error {
	return func(ctx context.Context, b *bench) error { return b.prune(ctx) }
}

// changed makes one change.
func changed(change func() error) func(context.Context, *bench) error {
	return func(context.Context, *bench) error { return change() }
}

func (b *bench) tool(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin, name), args...)
	cmd.Env = append(os.Environ(), b.env...)
	return cmd
}

// output is the image of the last build, as an OCI layout in a tar.
func (b *bench) output() string { return filepath.Join(b.tmp, "image.tar") }

func seconds(s float64) string {
	if s < 1 {
		return fmt.Sprintf("%.0f ms", s*1000)
	}
	return fmt.Sprintf("%.1f s", s)
}

func megabytes(n float64) string { return fmt.Sprintf("%.1f MB", n/1e6) }
