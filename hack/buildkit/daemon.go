package buildkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/moby/buildkit/client"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
)

// HostEnv is the variable in which clients find the daemon's address.
const HostEnv = "BUILDKIT_HOST"

const pollInterval = 20 * time.Millisecond

func init() {
	// launch.Start starts the program of the test again.
	if filepath.Base(os.Args[0]) == launch.Name {
		launch.Main(os.Args[1:])
	}
}

// Daemon is a running buildkitd.
type Daemon struct {
	addr     string
	logFile  string
	dir      stateDir
	stopTime time.Duration

	process *launch.Process // nil when the daemon is not ours
	janitor *janitor

	stopOnce sync.Once
	stopErr  error
}

// StartOrReuse returns the daemon that BUILDKIT_HOST names, or starts one. Stop never
// stops a reused daemon.
func StartOrReuse(ctx context.Context, o Options) (*Daemon, error) {
	addr := os.Getenv(HostEnv)
	if addr == "" {
		return Start(ctx, o)
	}
	if o.ReadyTimeout == 0 {
		o.ReadyTimeout = defaultReadyTimeout
	}
	d := &Daemon{addr: addr}
	if err := d.waitReady(ctx, o.ReadyTimeout); err != nil {
		return nil, fmt.Errorf("%s=%s: %w", HostEnv, addr, err)
	}
	return d, nil
}

// Start starts a private daemon and returns when the daemon can build. ctx limits only
// the start.
func Start(ctx context.Context, o Options) (*Daemon, error) {
	if err := requirements(); err != nil {
		return nil, err
	}
	o, err := o.withDefaults()
	if err != nil {
		return nil, err
	}
	buildkitd, err := Tool(o.BinDir, o.Program)
	if err != nil {
		return nil, err
	}
	d, err := start(ctx, buildkitd, o)
	if err != nil {
		return nil, fmt.Errorf("starting buildkitd: %w", err)
	}
	ready, cancel := context.WithTimeout(ctx, o.ReadyTimeout)
	defer cancel()
	if err := d.process.WaitReady(ready, d.ping); err != nil {
		return nil, errors.Join(fmt.Errorf("starting buildkitd: %w", err), d.shutdown())
	}
	return d, nil
}

func start(ctx context.Context, buildkitd string, o Options) (*Daemon, error) {
	dir, err := newStateDir(o)
	if err != nil {
		return nil, err
	}
	janitor, err := startJanitor(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(string(dir)))
	}
	d := &Daemon{addr: dir.addr(), dir: dir, logFile: o.LogFile, stopTime: o.StopTimeout, janitor: janitor}
	if d.logFile == "" {
		d.logFile = dir.log()
	}
	d.process, err = launch.Start(ctx, launch.Command{
		Path: buildkitd,
		Args: []string{filepath.Base(buildkitd), "--config", dir.config()},
		Env:  append(os.Environ(), "TMPDIR="+dir.tmp()),
		Dir:  string(dir),
		Log:  d.logFile,
	})
	if err != nil {
		return nil, errors.Join(err, janitor.clean())
	}
	return d, nil
}

// waitReady waits until a daemon that is not ours has a worker.
func (d *Daemon) waitReady(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := d.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (last answer: %w)", ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

func (d *Daemon) ping(ctx context.Context) error {
	c, err := client.New(ctx, d.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	workers, err := c.ListWorkers(ctx)
	if err != nil {
		return err
	}
	if len(workers) == 0 {
		return errors.New("the daemon has no worker")
	}
	return nil
}

// Addr returns the daemon's address in the form of BUILDKIT_HOST.
func (d *Daemon) Addr() string { return d.addr }

// LogFile returns the path of the daemon's log; empty for a reused daemon.
func (d *Daemon) LogFile() string { return d.logFile }

// Dir returns the directory that Stop removes; empty for a reused daemon.
func (d *Daemon) Dir() string { return string(d.dir) }

// Owned reports whether Stop ends the daemon.
func (d *Daemon) Owned() bool { return d.process != nil }

// Client connects to the daemon.
func (d *Daemon) Client(ctx context.Context) (*client.Client, error) {
	return client.New(ctx, d.addr)
}

// Stop ends the daemon and removes all its files. It may be called again. If the daemon
// had already ended, the error has the end of its log.
func (d *Daemon) Stop() error {
	if !d.Owned() {
		return nil
	}
	d.stopOnce.Do(func() {
		select {
		case <-d.process.Exited():
			d.stopErr = fmt.Errorf("buildkitd had exited by itself: %v\n%s", d.process.Err(), launch.Tail(d.logFile))
		default:
		}
		d.stopErr = errors.Join(d.stopErr, d.shutdown())
	})
	return d.stopErr
}

// shutdown ends the daemon and cleans up.
func (d *Daemon) shutdown() error {
	d.process.Stop(d.stopTime)
	return d.janitor.clean()
}
