package spec

import (
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/pkg/cap"
)

// TestCapabilityNames: the names and their order are those of the kernel.
func TestCapabilityNames(t *testing.T) {
	for i, name := range CapabilityNames {
		if want := cap.FromNumber(i); "CAP_"+strings.ToUpper(name) != want {
			t.Errorf("%d is %s, want %s", i, name, want)
		}
	}
	if next := cap.FromNumber(len(CapabilityNames)); next != "" {
		t.Errorf("%s is missing", next)
	}
}
