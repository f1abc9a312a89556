package frontend

import (
	"strings"
	"testing"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func TestRuns(t *testing.T) {
	workers := []client.WorkerInfo{
		{},
		{Platforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}, {OS: "linux", Architecture: "arm", Variant: "v7"}}},
	}
	for name, want := range map[string]bool{"linux/amd64": true, "linux/arm/v7": true, "linux/arm64": false} {
		if got := runs(workers, platforms.MustParse(name)); got != want {
			t.Errorf("runs(%s) = %v", name, got)
		}
	}
}

func TestEmulator(t *testing.T) {
	for arch, want := range map[string]string{"arm64": "qemu-aarch64", "riscv64": "qemu-riscv64", "386": "qemu-i386"} {
		if got := emulator(ocispecs.Platform{Architecture: arch}); got != want {
			t.Errorf("emulator(%s) = %s", arch, got)
		}
	}
}

func TestPlatformNames(t *testing.T) {
	names := platformNames([]client.WorkerInfo{{Platforms: []ocispecs.Platform{{OS: "linux", Architecture: "amd64"}}}})
	if !strings.Contains(names, "linux/amd64") {
		t.Errorf("names %q", names)
	}
}
