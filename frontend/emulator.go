package frontend

import (
	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// explainPlatform adds a possible reason to a command that failed on a foreign platform,
// that is, one that the daemon does not announce. There may be another reason: a daemon
// with an emulator also runs programs of platforms that it does not announce.
func (p *parsed) explainPlatform(err error) error {
	workers := p.gateway.BuildOpts().Workers
	if len(workers) == 0 || runs(workers, p.platform) || !isFailedProcess(err) {
		return err
	}
	return explain(err, "this daemon names %s as what it runs, and not %s; if its programs fail with \"exec format error\", register an emulator there (%s through binfmt_misc, for instance by the image tonistiigi/binfmt), or add a builder of that platform",
		platformNames(workers), platforms.FormatAll(p.platform), emulator(p.platform))
}

func runs(workers []client.WorkerInfo, p ocispecs.Platform) bool {
	for _, w := range workers {
		if len(w.Platforms) > 0 && platforms.Any(w.Platforms...).Match(p) {
			return true
		}
	}
	return false
}

func platformNames(workers []client.WorkerInfo) string {
	var names []string
	for _, w := range workers {
		for _, p := range w.Platforms {
			names = append(names, platforms.FormatAll(p))
		}
	}
	return strings.Join(names, ", ")
}

// emulator returns the name of QEMU's emulator for a platform.
func emulator(p ocispecs.Platform) string {
	names := map[string]string{
		"amd64": "x86_64", "386": "i386", "arm64": "aarch64", "loong64": "loongarch64",
		"mips64le": "mips64el", "mipsle": "mipsel",
	}
	if name, ok := names[p.Architecture]; ok {
		return "qemu-" + name
	}
	return "qemu-" + p.Architecture
}
