package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

func main() {
	runs := flag.Int("runs", 5, "how often each scenario runs with each frontend; the median counts")
	files := flag.Int("files", 200, "how many source files the project has")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *runs, *files)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, runs, files int) (err error) {
	tmp, err := os.MkdirTemp("", "scratch-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tmp)
	daemon, err := buildkit.Start(ctx, buildkit.Options{})
	if err != nil {
		return err
	}
	defer func() {
		if e := daemon.Stop(); err == nil {
			err = e
		}
	}()
	bin, err := buildkit.BinDir()
	if err != nil {
		return err
	}
	env, err := buildkit.Buildx(ctx, bin, filepath.Join(tmp, "config"), daemon.Addr())
	if err != nil {
		return err
	}
	b := &bench{
		bin: bin, cache: filepath.Dir(bin), runs: runs,
		env:     append(env, buildkit.HostEnv+"="+daemon.Addr(), "BUILDX_NO_DEFAULT_ATTESTATIONS=1"),
		project: project{dir: filepath.Join(tmp, "project"), files: files},
	}
	if err := b.project.write(); err != nil {
		return err
	}
	for _, g := range groups() {
		if err := b.compare(ctx, g); err != nil {
			return err
		}
	}
	return timeVerification(os.Stdout, tmp, runs)
}
