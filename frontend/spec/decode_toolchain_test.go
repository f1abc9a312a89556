package spec

import (
	"testing"

	"github.com/rene2/scratch-frontend/frontend/toolchain"
)

// TestToolchainsAreSound: what a toolchain brings passes the rules for what a file says.
func TestToolchainsAreSound(t *testing.T) {
	for _, tc := range toolchain.All() {
		for _, p := range tc.Packages {
			if _, bad := packageConstraint(p); bad != nil {
				t.Errorf("%s: package %s: %s", tc.Name, p, bad.found)
			}
		}
		for _, c := range tc.Caches {
			if _, bad := hidesNothing(c.Path); bad != nil {
				t.Errorf("%s: cache %s: %s", tc.Name, c.Path, bad.found)
			}
		}
	}
}
