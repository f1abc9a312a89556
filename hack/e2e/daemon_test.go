//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"io/fs"
	"path/filepath"
	"sync"
	"testing"

	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// machine is an empty daemon for one test.
type machine struct {
	*buildkit.Daemon
	vars []string // select it, in place of the run's
}

func emptyMachine(t *testing.T) machine {
	t.Helper()
	d, err := buildkit.Start(t.Context(), buildkit.Options{BinDir: env.bin, Program: env.program})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Stop(); err != nil {
			t.Error(err)
		}
	})
	vars, err := buildkit.Buildx(t.Context(), env.bin, t.TempDir(), d.Addr())
	if err != nil {
		t.Fatal(err)
	}
	return machine{Daemon: d, vars: append(vars, buildkit.HostEnv+"="+d.Addr())}
}

// oldest returns a daemon of the oldest supported BuildKit.
var oldest = sharedMachine{program: "buildkitd-0.13", version: "v0.13.2"}

// sharedMachine is a daemon that the first test starts and TestMain stops.
type sharedMachine struct {
	program, version string

	once sync.Once
	machine
	err error
}

// project returns a [newProject] that this daemon builds.
func (m *sharedMachine) project(t *testing.T, files map[string]string) *project {
	t.Helper()
	m.once.Do(func() { m.err = m.start(context.Background()) })
	if m.err != nil {
		t.Fatal(m.err)
	}
	p := newProject(t, files)
	p.vars = m.vars
	return p
}

func (m *sharedMachine) start(ctx context.Context) (err error) {
	m.Daemon, err = buildkit.Start(ctx, buildkit.Options{BinDir: env.bin, Program: m.program})
	if err != nil {
		return err
	}
	c, err := m.Client(ctx)
	if err != nil {
		return err
	}
	defer c.Close()
	info, err := c.Info(ctx)
	if err != nil {
		return err
	}
	if info.BuildkitVersion.Version != m.version {
		return fmt.Errorf("%s is %s, not %s", m.program, info.BuildkitVersion.Version, m.version)
	}
	m.vars, err = buildkit.Buildx(ctx, env.bin, filepath.Join(m.Dir(), "docker"), m.Addr())
	return err
}

// stop ends the daemon if a test has started it.
func (m *sharedMachine) stop() error {
	if m.Daemon == nil {
		return nil
	}
	return m.Daemon.Stop()
}

// content returns the size of each blob in the daemon's content store.
func (m machine) content(t *testing.T) map[digest.Digest]int64 {
	t.Helper()
	stores, err := filepath.Glob(filepath.Join(m.Dir(), "root", "runc-*", "content", "blobs", "sha256"))
	if err != nil || len(stores) != 1 {
		t.Fatalf("content stores %v: %v", stores, err)
	}
	sizes := map[digest.Digest]int64{}
	err = filepath.WalkDir(stores[0], func(_ string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		info, err := d.Info()
		sizes[digest.NewDigestFromEncoded(digest.SHA256, d.Name())] = info.Size()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return sizes
}
