package main

import (
	"bytes"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/docker/cli/cli/connhelper/commandconn"
)

// TestNoBuilder: a missing daemon has another exit code than a failed build.
func TestNoBuilder(t *testing.T) {
	dir := t.TempDir()
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"build", "--addr", "unix://" + filepath.Join(dir, "missing.sock"), dir}, &stdout, &stderr)
	if code != exitFault || !strings.Contains(stderr.String(), "no builder: ") {
		t.Errorf("exit code %d, want %d: %s", code, exitFault, &stderr)
	}
}

// TestInputCloser: the command ends by itself and is not killed.
func TestInputCloser(t *testing.T) {
	conn, err := commandconn.New(t.Context(), "sh", "-c", "cat; echo ended")
	if err != nil {
		t.Fatal(err)
	}
	if err := (inputCloser{conn}).Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := io.ReadAll(conn); err != nil || string(out) != "ended\n" {
		t.Errorf("read %q, error %v", out, err)
	}
}
