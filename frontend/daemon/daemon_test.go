package daemon

import (
	"context"
	"strings"
	"testing"

	"github.com/moby/buildkit/frontend/gateway/client"
)

// fileRef is a reference with one file. It answers no other question.
type fileRef struct {
	client.Reference

	content string
}

func (r fileRef) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	return []byte(r.content[:min(len(r.content), req.Range.Length)]), nil
}

// TestReadFile: the daemon is asked once, and a file that does not fit is not cut off.
func TestReadFile(t *testing.T) {
	for size, ok := range map[int]bool{0: true, 1: true, maxFile: true, maxFile + 1: false, maxFile + 2: false} {
		dt, err := ReadFile(t.Context(), fileRef{content: strings.Repeat("x", size)}, "report.json")
		if (err == nil) != ok || ok && len(dt) != size {
			t.Errorf("of %d bytes: %d, %v", size, len(dt), err)
		}
	}
}
