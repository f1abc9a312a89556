package e2e

import (
	"io/fs"
	"path/filepath"
	"testing"

	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/hack/buildkit"
)

// machine is a daemon of a test's own, with nothing in it.
type machine struct {
	*buildkit.Daemon
	vars []string // select it, in place of the run's
}

func emptyMachine(t *testing.T) machine {
	t.Helper()
	d, err := buildkit.Start(t.Context(), buildkit.Options{BinDir: env.bin})
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

// content is the size of each blob in the daemon's content store.
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
