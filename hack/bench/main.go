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
	"slices"
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

func run(ctx context.Context, runs, files int, rows string, list bool) error {
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
	plain := slices.DeleteFunc(slices.Clone(tables), func(t table) bool { return t.emulated })
	if err := b.printAll(ctx, buildkit.Options{}, plain); err != nil || len(plain) == len(tables) {
		return err
	}
	options, err := b.emulating()
	if err != nil {
		return err
	}
	return b.printAll(ctx, options, slices.DeleteFunc(tables, func(t table) bool { return !t.emulated }))
}

// printAll prints tables that are measured on one daemon.
func (b *bench) printAll(ctx context.Context, options buildkit.Options, tables []table) (err error) {
	if len(tables) == 0 {
		return nil
	}
	daemon, err := buildkit.Start(ctx, options)
	if err != nil {
		return err
	}
	defer func() {
		if e := daemon.Stop(); err == nil {
			err = e
		}
	}()
	config, err := os.MkdirTemp(b.tmp, "config-")
	if err != nil {
		return err
	}
	env, err := buildkit.Buildx(ctx, b.bin, config, daemon.Addr())
	if err != nil {
		return err
	}
	b.env = append(env, buildkit.HostEnv+"="+daemon.Addr(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1")
	made, stop, err := b.served(ctx)
	if stop != nil {
		defer stop()
	}
	if err != nil {
		return err
	}
	b.base = made
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
