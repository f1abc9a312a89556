package frontend

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"
)

// folderRef is a reference of a folder of this machine.
type folderRef struct {
	client.Reference
	dir string
}

func (r folderRef) ReadDir(_ context.Context, req client.ReadDirRequest) ([]*fstypes.Stat, error) {
	list, err := os.ReadDir(filepath.Join(r.dir, req.Path))
	if err != nil {
		return nil, err
	}
	var out []*fstypes.Stat
	for _, e := range list {
		info, err := e.Info()
		if err != nil {
			return nil, err
		}
		out = append(out, &fstypes.Stat{Path: e.Name(), Mode: uint32(info.Mode())})
	}
	return out, nil
}

// TestPlainData: only data in which nothing can be started goes without the step that reads
// it. Whose execute bit it is makes no difference, and what can't be listed is not plain.
func TestPlainData(t *testing.T) {
	file := func(name string, mode os.FileMode) func(dir string) error {
		return func(dir string) error {
			at := filepath.Join(dir, name)
			err := os.MkdirAll(filepath.Dir(at), 0o755)
			if err == nil {
				err = os.WriteFile(at, nil, 0o600)
			}
			if err == nil {
				err = os.Chmod(at, mode)
			}
			return err
		}
	}
	for name, tc := range map[string]struct {
		put   func(dir string) error
		plain bool
	}{
		"a file":              {file("a", 0o644), true},
		"deep":                {file("a/b/c/d", 0o600), true},
		"a program":           {file("a", 0o755), false},
		"deep program":        {file("a/b/c/d", 0o711), false},
		"for others alone":    {file("a", 0o641), false},
		"for its group":       {file("a", 0o610), false},
		"setuid":              {file("a", os.ModeSetuid|0o700), false},
		"a link to a program": {func(dir string) error { return os.Symlink("/bin/sh", filepath.Join(dir, "a")) }, true},
		"a FIFO":              {func(dir string) error { return syscall.Mkfifo(filepath.Join(dir, "a"), 0o755) }, true},
		"nothing":             {func(string) error { return nil }, true},
		"what removes a file": {file("a/.wh.b", 0o644), false},
		"no folder":           {os.RemoveAll, false},
		"many folders": {func(dir string) error {
			for i := range maxFolders {
				if err := os.Mkdir(filepath.Join(dir, fmt.Sprint(i)), 0o755); err != nil {
					return err
				}
			}
			return nil
		}, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "data")
			if err := os.Mkdir(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := tc.put(dir); err != nil {
				t.Fatal(err)
			}
			if got := isPlain(t.Context(), folderRef{dir: dir}, "/"); got != tc.plain {
				t.Errorf("plain: %v, want %v", got, tc.plain)
			}
		})
	}
}
