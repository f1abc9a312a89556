package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"syscall"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

func main() {
	runs := flag.Int("runs", 5, "how often each row runs on each side; rows that take long run at most twice")
	files := flag.Int("files", 200, "how many source files the generated project has")
	rows := flag.String("rows", "", "run only the rows whose table and name match this `regexp`, such as 'scratch build: nothing'")
	list := flag.Bool("list", false, "print the names of the rows, and run none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *runs, *files, *rows, *list)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs, files int, rows string, list bool) (err error) {
	chosen, err := regexp.Compile(rows)
	if err != nil {
		return err
	}
	tmp, err := os.MkdirTemp("", "scratch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	bin, err := buildkit.BinDir()
	if err != nil {
		return err
	}
	b := &bench{bin: bin, cache: filepath.Dir(bin), tmp: tmp, runs: runs}
	tables := choose(b.tables(files), chosen)
	if list {
		for _, t := range tables {
			for _, r := range t.rows {
				fmt.Println(t.title + ": " + r.name)
			}
		}
		return nil
	}
	daemon, err := buildkit.Start(ctx, buildkit.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if e := daemon.Stop(); err == nil {
			err = e
		}
	}()
	env, err := buildkit.Buildx(ctx, bin, filepath.Join(tmp, "config"), daemon.Addr())
	if err != nil {
		return err
	}
	b.env = append(env, buildkit.HostEnv+"="+daemon.Addr(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	defer func() { err = errors.Join(err, b.stopEmbedded(context.WithoutCancel(ctx))) }()
	for _, t := range tables {
		if err := b.print(ctx, t); err != nil {
			return fmt.Errorf("%s: %w", t.title, err)
		}
	}
	return nil
}

// choose returns the tables with only the rows that match.
func choose(tables []table, chosen *regexp.Regexp) []table {
	var out []table
	for _, t := range tables {
		var rows []row
		for _, r := range t.rows {
			if chosen.MatchString(t.title + ": " + r.name) {
				rows = append(rows, r)
			}
		}
		if t.rows = rows; len(rows) > 0 {
			out = append(out, t)
		}
	}
	return out
}
