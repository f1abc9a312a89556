package server

import (
	"context"
	"strings"
	"testing"
	"time"
)

// TestRootOfAnotherServer: the error says what helps where "scratch builder stop" finds no
// server, since its socket was deleted.
func TestRootOfAnotherServer(t *testing.T) {
	c := Config{Root: t.TempDir(), Idle: 10 * time.Minute}
	unlock, err := c.lock(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.lock(ctx); err == nil || !strings.Contains(err.Error(), "\nfix: end it: scratch builder stop; or wait: it ends when nobody has used it for 10m0s") {
		t.Errorf("a second server: %v", err)
	}
	if err := unlock(); err != nil {
		t.Fatal(err)
	}
}
