// Package builder starts and ends a BuildKit of the user's own. It is this program, started
// again: [server.Serve] in namespaces of [launch]. Its state is a folder of the user. Calls
// share it, and it ends when nobody has been connected for some time.
package builder

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/moby/buildkit/client"
	"golang.org/x/sys/unix"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder/launch"
	"github.com/rene2/scratch-frontend/cmd/scratch/builder/server"
	"github.com/rene2/scratch-frontend/frontend/version"
)

const (
	// idleTime is above a minute: BuildKit collects garbage once a minute at most.
	idleTime = 10 * time.Minute
	// maxUsed is the size of the state, in bytes.
	maxUsed = 20e9
	// startTime limits a start, also on a slow and busy machine.
	startTime = time.Minute
)

// Builder is the BuildKit of a user, whether it runs or not.
type Builder struct {
	// Dir is the folder of the state. Only the user may enter it, since who can use the
	// socket can do all that the builder can.
	Dir string
	// Version is the version of BuildKit. The socket of another version is another file.
	Version string
	// Idle and MaxUsed are as [server.Config] has them.
	Idle    time.Duration
	MaxUsed int64
}

// Own returns the builder of the user of this process.
func Own() (Builder, error) {
	data := os.Getenv("XDG_DATA_HOME")
	if !filepath.IsAbs(data) {
		home := os.Getenv("HOME")
		if !filepath.IsAbs(home) {
			return Builder{}, fmt.Errorf("no folder for the builder's state: HOME is %q\nfix: set HOME or XDG_DATA_HOME to a folder, from / on", home)
		}
		data = filepath.Join(home, ".local", "share")
	}
	return Builder{
		Dir:     filepath.Join(data, "scratch", "builder"),
		Version: version.Read().BuildKit,
		Idle:    idleTime,
		MaxUsed: maxUsed,
	}, nil
}

const socketSuffix = ".sock"

func (b Builder) socket() string { return filepath.Join(b.Dir, b.Version+socketSuffix) }
func (b Builder) root() string   { return filepath.Join(b.Dir, "root") }
func (b Builder) log() string    { return filepath.Join(b.Dir, "log") }
func (b Builder) run() string    { return filepath.Join(b.Dir, "run") }
func (b Builder) tmp() string    { return filepath.Join(b.Dir, "tmp") }

// Address returns the address in the form of BUILDKIT_HOST.
func (b Builder) Address() string { return "unix://" + b.socket() }

// Connect connects to the builder if it runs.
func (b Builder) Connect(ctx context.Context) (*client.Client, error) {
	if _, err := os.Stat(b.socket()); err != nil {
		return nil, err
	}
	// Who may enter the folder may have put another socket there.
	if err := requirePrivate(b.Dir); err != nil {
		return nil, err
	}
	c, err := client.New(ctx, b.Address())
	if err != nil {
		return nil, err
	}
	// A builder that ends for being idle refuses its first request.
	if _, err := c.ListWorkers(ctx); err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Start connects to the builder, and starts it if it does not run.
func (b Builder) Start(ctx context.Context) (c *client.Client, started bool, err error) {
	if c, err := b.Connect(ctx); err == nil {
		return c, false, nil
	}
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	if err := b.prepare(); err != nil {
		return nil, false, err
	}
	// Of several calls at once, one starts the builder and the others find it.
	unlock, err := b.lock(ctx)
	if err != nil {
		return nil, false, err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	if c, err := b.Connect(ctx); err == nil {
		return c, false, nil
	}
	if err := b.requireNoOther(); err != nil {
		return nil, false, err
	}
	c, err = b.start(ctx)
	return c, true, err
}

// requireNoOther returns an error if a builder of another version has the state.
func (b Builder) requireNoOther() error {
	running, err := b.Running()
	if err != nil {
		return err
	}
	for _, r := range running {
		if r.Version != b.Version {
			return fmt.Errorf("BuildKit %s of another scratch has %s: process %d\nfix: end it: scratch builder stop; or wait: it ends when nobody has used it for %v", r.Version, b.Dir, r.Process, b.Idle)
		}
	}
	return nil
}

func (b Builder) start(ctx context.Context) (c *client.Client, err error) {
	runc, err := FindRunc(ctx)
	if err != nil {
		return nil, err
	}
	config := server.Config{Root: b.root(), Socket: b.socket(), Runc: runc, Idle: b.Idle, MaxUsed: b.MaxUsed}
	p, err := b.launch(ctx, config, b.log())
	if err != nil {
		return nil, err
	}
	err = p.WaitReady(ctx, func(ctx context.Context) (err error) {
		c, err = b.Connect(ctx)
		return err
	})
	if err == nil {
		return c, nil
	}
	ended := ctx.Err() == nil
	p.Kill()
	switch {
	case ended && p.Err() == nil:
		return nil, errors.New("the builder was stopped while it started\nfix: build again")
	case ended && !strings.Contains(err.Error(), "\nfix: "):
		err = fmt.Errorf("%w\nfix: if it is the state, delete it, which empties the cache: rm -r %s", err, b.root())
	}
	return nil, err
}

// launch starts this program again as a server.
func (b Builder) launch(ctx context.Context, config server.Config, log string) (*launch.Process, error) {
	return launch.Start(ctx, launch.Command{Path: "/proc/self/exe", Args: config.Args(), Env: b.environ(), Dir: b.Dir, Log: log})
}

// maxSocket is the longest path of a socket, in bytes.
const maxSocket = 104

// prepare makes the folder, or finds out why it is no place for the state.
func (b Builder) prepare() error {
	if n := len(b.socket()); n > maxSocket {
		return fmt.Errorf("%s is too long for a socket: %d bytes, and %d are possible\nfix: set XDG_DATA_HOME to a folder with a short name", b.socket(), n, maxSocket)
	}
	if err := requireOwnHome(b.Dir); err != nil {
		return err
	}
	const fix = "fix: set XDG_DATA_HOME to a folder that you may write to"
	for _, dir := range []string{b.Dir, b.run(), b.tmp()} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return fmt.Errorf("the builder's state: %w\n%s", err, fix)
		}
	}
	if err := unix.Access(b.Dir, unix.W_OK); err != nil {
		return fmt.Errorf("the builder's state: write to %s: %w\n%s", b.Dir, err, fix)
	}
	return requirePrivate(b.Dir)
}

func (b Builder) lock(ctx context.Context) (unlock func() error, err error) {
	l := flock.New(filepath.Join(b.Dir, "start.lock"))
	if _, err := l.TryLockContext(ctx, 10*time.Millisecond); err != nil {
		return nil, fmt.Errorf("wait for another start of the builder: %w", err)
	}
	return l.Unlock, nil
}

// kept are the variables, besides PATH, that the builder has from the call that starts it: how
// to reach registries. It serves other calls, so it has nothing else of that one.
var kept = []string{"HOME", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"}

func (b Builder) environ() []string {
	env := []string{
		"PATH=" + strings.Join(programFolders(), string(filepath.ListSeparator)),
		"TMPDIR=" + b.tmp(),
		// runc keeps its records there if it is not root of the machine.
		"XDG_RUNTIME_DIR=" + b.run(),
	}
	for _, name := range kept {
		for _, name := range []string{name, strings.ToLower(name)} {
			if value, ok := os.LookupEnv(name); ok {
				env = append(env, name+"="+value)
			}
		}
	}
	return env
}
