package failure

import (
	"errors"
	"testing"
)

// TestCopyConflict: the path in the image does not include the daemon's own folders.
func TestCopyConflict(t *testing.T) {
	for text, want := range map[string]string{
		"cannot copy to non-directory: /tmp/buildkit-mount123/srv/x":                                      "/srv/x",
		"cannot copy to non-directory: /tmp/b/runc-overlayfs/cachemounts/buildkit423472454/srv/x":         "/srv/x",
		"cannot replace to directory /var/lib/buildkit/snapshots/snapshots/7/fs/srv/a b with file":        "/srv/a b",
		"failed to solve: look at /x: cannot replace to directory /tmp/buildkit-mount1/a with file\nmore": "/a",
		"cannot copy to non-directory: /somewhere/else":                                                   "",
	} {
		if got := conflictIn(errors.New(text)); got != want {
			t.Errorf("%s: path %q, want %q", text, got, want)
		}
	}
}

// TestMissingInNothing: a copy from an empty tree names the path as any other copy does.
func TestMissingInNothing(t *testing.T) {
	for text, want := range map[string]string{
		"failed to solve: lstat /dist: no such file or directory":                      "/dist",
		"lstat /tmp/b/tmp/buildkit-mount338910407/dist/a b: no such file or directory": "/dist/a b",
		`failed to calculate checksum of ref x::y: "/dist": not found`:                 "/dist",
		"open /dist: no such file or directory":                                        "",
	} {
		if got := missingFileIn(errors.New(text)); got != want {
			t.Errorf("%s: path %q, want %q", text, got, want)
		}
	}
}
