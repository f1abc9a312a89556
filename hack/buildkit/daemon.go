package buildkit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/moby/buildkit/client"
)

// HostEnv is the variable in which clients find the daemon's address.
const HostEnv = "BUILDKIT_HOST"

// launcher gives the daemon the /proc of its own PID namespace, and keeps its mounts
// private.
const launcher = `mount --make-rprivate / && mount -t proc proc /proc && exec "$@"`

const pollInterval = 20 * time.Millisecond

// Daemon is a running buildkitd.
type Daemon struct {
	addr     string
	logFile  string
	dir      stateDir
	stopTime time.Duration

	cmd     *exec.Cmd // nil when the daemon is not ours
	janitor *janitor
	exited  chan struct{} // closed after cmd.Wait, whose result is exitErr
	exitErr error

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
	d, err := launch(buildkitd, o)
	if err != nil {
		return nil, fmt.Errorf("starting buildkitd: %w", err)
	}
	if err := d.waitReady(ctx, o.ReadyTimeout); err != nil {
		err = fmt.Errorf("starting buildkitd: %w\n%s", err, tail(d.logFile))
		return nil, errors.Join(err, d.shutdown())
	}
	return d, nil
}

func launch(buildkitd string, o Options) (*Daemon, error) {
	dir, err := newStateDir(o)
	if err != nil {
		return nil, err
	}
	janitor, err := startJanitor(dir)
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(string(dir)))
	}
	d := &Daemon{addr: dir.addr(), dir: dir, logFile: o.LogFile, stopTime: o.StopTimeout, janitor: janitor, exited: make(chan struct{})}
	if d.logFile == "" {
		d.logFile = dir.log()
	}
	if err := d.exec(buildkitd); err != nil {
		return nil, errors.Join(err, janitor.clean())
	}
	return d, nil
}

func (d *Daemon) exec(buildkitd string) error {
	log, err := os.Create(d.logFile)
	if err != nil {
		return err
	}
	defer log.Close()
	d.cmd = exec.Command("/bin/sh", "-c", launcher, "buildkitd", buildkitd, "--config", d.dir.config())
	d.cmd.Dir = string(d.dir)
	d.cmd.Env = append(os.Environ(), "TMPDIR="+d.dir.tmp())
	d.cmd.Stdout, d.cmd.Stderr = log, log
	d.cmd.SysProcAttr = ownNamespaces()
	if err := d.cmd.Start(); err != nil {
		return err
	}
	go func() {
		d.exitErr = d.cmd.Wait()
		close(d.exited)
	}()
	return nil
}

// waitReady waits until the daemon has a worker.
func (d *Daemon) waitReady(ctx context.Context, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := d.ping(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-d.exited:
			return fmt.Errorf("it exited at once: %w", d.exitErr)
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
func (d *Daemon) Owned() bool { return d.cmd != nil }

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
		case <-d.exited:
			d.stopErr = fmt.Errorf("buildkitd had exited by itself: %v\n%s", d.exitErr, tail(d.logFile))
		default:
		}
		d.stopErr = errors.Join(d.stopErr, d.shutdown())
	})
	return d.stopErr
}

// shutdown asks the daemon to end, kills it after a timeout, and cleans up.
func (d *Daemon) shutdown() error {
	// An error means that the process has already ended.
	_ = d.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-d.exited:
	case <-time.After(d.stopTime):
		_ = d.cmd.Process.Kill()
		<-d.exited
	}
	return d.janitor.clean()
}

const tailSize = 4 << 10

// tail returns the end of a log file for an error message.
func tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	if len(data) > tailSize {
		data = data[len(data)-tailSize:]
	}
	return fmt.Sprintf("--- end of %s\n%s---", filepath.Base(path), data)
}
