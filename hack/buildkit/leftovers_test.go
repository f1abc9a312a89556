package buildkit_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// wantNothingLeft fails if a process, a directory, or a mount in any namespace still has
// the name of a daemon's directory.
func wantNothingLeft(t *testing.T, dir string) {
	t.Helper()
	deadline := time.Now().Add(15 * time.Second)
	for {
		left := leftovers(t, dir)
		if len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("left behind by %s: %q", dir, left)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func leftovers(t *testing.T, dir string) []string {
	t.Helper()
	var left []string
	if _, err := os.Stat(dir); err == nil {
		left = append(left, dir)
	}
	for _, name := range []string{"cmdline", "mountinfo"} {
		paths, err := filepath.Glob("/proc/[0-9]*/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range paths {
			// A process may end between the listing and the read.
			if data, err := os.ReadFile(path); err == nil && bytes.Contains(data, []byte(dir)) {
				left = append(left, path)
			}
		}
	}
	return left
}
