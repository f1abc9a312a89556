package failure

import (
	"errors"
	"strings"
	"testing"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// TestExplainPlatform: only a command that failed on a platform that the daemon does not
// announce may have failed for want of an emulator.
func TestExplainPlatform(t *testing.T) {
	failed, other := errors.New("process /bin/sh did not complete successfully: exit code: 1"), errors.New("another error")
	workers := []ocispecs.Platform{platforms.MustParse("linux/amd64"), platforms.MustParse("linux/arm/v7")}
	for _, tc := range []struct {
		platform string
		workers  []ocispecs.Platform
		err      error
		want     bool
	}{
		{"linux/amd64", workers, failed, false},
		{"linux/arm/v7", workers, failed, false},
		{"linux/arm64", workers, failed, true},
		{"linux/arm64", nil, failed, false},
		{"linux/arm64", workers, other, false},
	} {
		b := &Build{Platform: platforms.MustParse(tc.platform), Workers: tc.workers}
		err := b.ExplainPlatform(tc.err)
		if !errors.Is(err, tc.err) || (err != tc.err) != tc.want {
			t.Errorf("%s with %v: %v", tc.platform, tc.workers, err)
		}
		if tc.want && !(strings.Contains(err.Error(), "linux/amd64, linux/arm/v7") && strings.Contains(err.Error(), "qemu-aarch64")) {
			t.Errorf("%v does not name the platforms and the emulator", err)
		}
	}
	if (&Build{}).ExplainPlatform(nil) != nil {
		t.Error("no error became one")
	}
}

func TestEmulator(t *testing.T) {
	for arch, want := range map[string]string{"arm64": "qemu-aarch64", "riscv64": "qemu-riscv64", "386": "qemu-i386"} {
		if got := emulator(ocispecs.Platform{Architecture: arch}); got != want {
			t.Errorf("emulator(%s) = %s", arch, got)
		}
	}
}
