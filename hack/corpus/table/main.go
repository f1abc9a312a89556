//go:build linux

// Table prints the corpus. For each program it prints how it is built, the verdict, and
// the result of a run in an empty root. Then it prints how often the verdict and the
// result agree. Its exit code is 1 if they disagree, or if anything is not as expected.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"sync"
	"syscall"

	"github.com/rene2/scratch-frontend/hack/corpus"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "corpus:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	if runtime.GOARCH != corpus.HostArch || os.Geteuid() != 0 {
		return fmt.Errorf("needs root, for chroot, and a machine of architecture %s", corpus.HostArch)
	}
	dir, err := corpus.Dir()
	if err != nil {
		return err
	}
	builder, err := corpus.NewBuilder(dir)
	if err != nil {
		return err
	}
	rows := examine(ctx, builder, corpus.Cases())
	if err := ctx.Err(); err != nil {
		return err
	}
	printVersions(os.Stdout)
	printRows(os.Stdout, rows)
	printSummary(os.Stdout, rows)
	return errors.Join(faults(rows), builder.Prune())
}

// examine makes the rows, as many at the same time as there are CPUs. It prints its
// progress, because the first run takes minutes.
func examine(ctx context.Context, builder *corpus.Builder, cases []corpus.Case) []corpus.Row {
	rows := make([]corpus.Row, len(cases))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				rows[i] = builder.Examine(ctx, cases[i])
			}
		})
	}
	for i := range cases {
		if i%20 == 0 {
			fmt.Fprintf(os.Stderr, "corpus: %d of %d programs\n", i, len(cases))
		}
		next <- i
	}
	close(next)
	workers.Wait()
	return rows
}

// faults returns an error for all rows that have faults.
func faults(rows []corpus.Row) error {
	var errs []error
	ran := 0
	for _, row := range rows {
		for _, fault := range row.Faults() {
			errs = append(errs, fmt.Errorf("%s: %s", row.Name, fault))
		}
		if row.Outcome.Ran {
			ran++
		}
	}
	if ran == 0 {
		errs = append(errs, errors.New("no program ran: this proves nothing"))
	}
	return errors.Join(errs...)
}
