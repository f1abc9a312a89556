package capability

import (
	"slices"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/pkg/cap"
)

// The names are those that containerd gives the kernel's numbers.
func TestNamesAreTheKernels(t *testing.T) {
	var want []string
	for _, name := range cap.Known() {
		want = append(want, strings.ToLower(strings.TrimPrefix(name, "CAP_")))
	}
	if !slices.Equal(Names(), want) {
		t.Errorf("%q, want %q", Names(), want)
	}
}
