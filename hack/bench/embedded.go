package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// byEmbedded starts `scratch build` without a daemon.
var byEmbedded = side{name: "`scratch build`"}

// embeddedRows measure a build that has nothing to do, so that what remains is the start: of
// the command line, and of its own BuildKit.
func (b *bench) embeddedRows() []row {
	fresh := func(ctx context.Context, b *bench) error {
		if err := b.stopEmbedded(ctx); err != nil {
			return err
		}
		return os.RemoveAll(b.embeddedState())
	}
	stopped := func(ctx context.Context, b *bench) error { return b.stopEmbedded(ctx) }
	return []row{
		{name: "the first start", change: fresh, cold: true, measure: started},
		{name: "started again", change: stopped, measure: started},
		{name: "it runs already", measure: started},
	}
}

func (b *bench) embeddedState() string { return filepath.Join(b.tmp, "data") }

// stopEmbedded stops the builder if one was started.
func (b *bench) stopEmbedded(ctx context.Context) error {
	if _, err := os.Stat(b.embeddedState()); err != nil {
		return nil
	}
	return b.embedded(ctx, "builder", "stop")
}

// started measures a build of a program that is there already.
func started(ctx context.Context, b *bench, _ side) (float64, error) {
	dir := filepath.Join(b.tmp, "embedded")
	program, err := os.ReadFile(filepath.Join(b.bin, "scratch-linker"))
	if err == nil {
		err = errors.Join(writeFile(dir, "Scratchfile", "# syntax=rene2/scratch-frontend\nbinary: program\n"), writeFile(dir, "program", string(program)), os.Chmod(filepath.Join(dir, "program"), 0o755))
	}
	if err != nil {
		return 0, err
	}
	began := time.Now()
	err = b.embedded(ctx, "build", "--progress=plain", dir)
	return time.Since(began).Seconds(), err
}

// embedded runs the command line with a BuildKit of its own.
func (b *bench) embedded(ctx context.Context, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(b.bin, "scratch"), args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "XDG_DATA_HOME=" + b.embeddedState(), "HOME=" + b.tmp}
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, out)
	}
	return nil
}
