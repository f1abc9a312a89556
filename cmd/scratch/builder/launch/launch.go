// Package launch starts a daemon as the first process of a PID and a mount namespace of
// its own. When the daemon ends, in whatever way, the kernel ends all of its processes and
// mounts. As an ordinary user, the daemon gets a user namespace too, in which it is root.
//
// Between the starter and the daemon is a process of the starter's own program, under the
// name [Name]. It makes the namespaces ready and then becomes the daemon.
package launch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

// Name is the name under which a program is the launcher. A program that calls [Start]
// must call [Main] if it has this name.
const Name = "scratch-launch"

// Command is a daemon to start.
type Command struct {
	Path string   // the program
	Args []string // its arguments, with its name
	Env  []string
	Dir  string
	Log  string // the file that receives its output
}

// Process is a started daemon.
type Process struct {
	cmd     *exec.Cmd
	log     string
	exited  chan struct{} // closed when the process has ended, as exitErr says
	exitErr error
}

// Start starts the daemon. An ordinary user needs newuidmap, newgidmap and a range of
// subordinate ids.
func Start(ctx context.Context, c Command) (*Process, error) {
	p, err := start(ctx, c, namespaces{pid: true, user: os.Geteuid() != 0})
	if err == nil {
		return p, nil
	}
	if !errors.Is(err, errNoProc) {
		return nil, err
	}
	// A container hides parts of /proc, and then no namespace in it may have a /proc of
	// its own. The daemon is less tidy without, but it builds.
	return start(ctx, c, namespaces{user: os.Geteuid() != 0})
}

// Exited is closed when the daemon has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Err returns how the daemon has ended, after Exited.
func (p *Process) Err() error { return p.exitErr }

// pollInterval is the time between two questions whether a daemon is ready.
const pollInterval = 10 * time.Millisecond

// WaitReady asks until the daemon is ready. If it ends or the context is done, the error
// has the end of the log.
func (p *Process) WaitReady(ctx context.Context, ask func(context.Context) error) error {
	for {
		err := ask(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-p.exited:
			if ctx.Err() != nil {
				return fmt.Errorf("not ready: %w", ctx.Err())
			}
			return fmt.Errorf("it exited at once: %s\n%s", p.cmd.ProcessState, Tail(p.log))
		case <-ctx.Done():
			return fmt.Errorf("not ready: %w (last answer: %w)\n%s", ctx.Err(), err, Tail(p.log))
		case <-time.After(pollInterval):
		}
	}
}

// Stop asks the daemon to end, and kills it after a timeout.
func (p *Process) Stop(timeout time.Duration) {
	// An error means that the process has already ended.
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	select {
	case <-p.exited:
	case <-time.After(timeout):
		p.Kill()
	}
}

// Kill ends the daemon, and all that runs in its namespaces, at once.
func (p *Process) Kill() {
	_ = p.cmd.Process.Kill() // an error means that it has already ended
	<-p.exited
}

// tailSize is the part of a log that an error shows, in bytes.
const tailSize = 4 << 10

// Tail returns the end of a log for an error message.
func Tail(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Sprintf("(no log: %v)", err)
	}
	if len(data) > tailSize {
		data = data[len(data)-tailSize:]
	}
	return fmt.Sprintf("--- end of %s\n%s---", filepath.Base(path), data)
}
