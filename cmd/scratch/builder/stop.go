package builder

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"time"
)

// stopTime is the time that a builder has to end before it is killed.
const stopTime = 10 * time.Second

// Running is a builder that runs.
type Running struct {
	Version string // of BuildKit
	Process int
}

// Running returns the builders in the folder that run. There can be one of another version,
// until it has been idle.
func (b Builder) Running() ([]Running, error) {
	sockets, err := filepath.Glob(filepath.Join(b.Dir, "*"+socketSuffix))
	if err != nil {
		return nil, err
	}
	var out []Running
	for _, file := range sockets {
		pid, err := listener(file)
		if err != nil {
			return nil, err
		}
		if pid != 0 {
			out = append(out, Running{strings.TrimSuffix(filepath.Base(file), socketSuffix), pid})
		}
	}
	return out, nil
}

// Stop ends the builders in the folder, with the builds that they run.
func (b Builder) Stop(ctx context.Context) ([]Running, error) {
	running, err := b.Running()
	if err != nil {
		return nil, err
	}
	var failed error
	for _, r := range running {
		failed = errors.Join(failed, end(ctx, r.Process, stopTime))
	}
	return running, failed
}

// listener returns the process that listens on a socket, and 0 if there is none.
func listener(file string) (int, error) {
	conn, err := net.Dial("unix", file)
	if errors.Is(err, fs.ErrNotExist) || isRefused(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return peer(conn.(*net.UnixConn))
}
