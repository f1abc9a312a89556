package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoBuilder: a daemon that is not there is another answer than a failed build.
func TestNoBuilder(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"build", "--addr", "unix://" + filepath.Join(dir, "missing.sock"), dir}, &stdout, &stderr)
	if code != exitFault || !strings.Contains(stderr.String(), "no builder: ") {
		t.Errorf("exit code %d, want %d: %s", code, exitFault, &stderr)
	}
}
