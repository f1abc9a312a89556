package failure

import (
	"cmp"
	"context"
	"errors"

	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/llb"
)

// explainTest explains why a test failed. BuildKit returns no result for a failed step,
// so the step leaves its reason in the root that it ran in.
func (b *Build) explainTest(ctx context.Context, err error) error {
	var failed *errdefs.SolveError
	if !errors.As(err, &failed) || failed.Solve == nil || !llb.RunsStep(failed.Op, teststep.Command) || len(failed.MountIDs) == 0 {
		return err
	}
	reason, readErr := b.ReadFailed(ctx, failed.MountIDs[0], teststep.ReportPath, teststep.MaxReport)
	if readErr != nil || len(reason) == 0 {
		// Old daemons give no access to the files of a failed step (0.13.2).
		return Wrapf(err, "test failed; the output of its step says why")
	}
	return &explained{message: teststep.ParseReport(reason), err: err}
}

// ExplainPlatform adds a possible reason to a command that failed on a foreign platform,
// that is, one that the daemon does not announce. There may be another reason: a daemon
// with an emulator also runs programs of platforms that it does not announce.
func (b *Build) ExplainPlatform(err error) error {
	if len(b.Workers) == 0 || platforms.Any(b.Workers...).Match(b.Platform) || !isFailedProcess(err) {
		return err
	}
	var names []string
	for _, p := range b.Workers {
		names = append(names, platforms.FormatAll(p))
	}
	return Wrapf(err, "this daemon names %s as what it runs, and not %s; if its programs fail with \"exec format error\", register an emulator there (%s through binfmt_misc, for instance by the image tonistiigi/binfmt), or add a builder of that platform",
		strings.Join(names, ", "), platforms.FormatAll(b.Platform), emulator(b.Platform))
}

// emulator returns the name of QEMU's emulator for a platform.
func emulator(p ocispecs.Platform) string {
	names := map[string]string{
		"amd64": "x86_64", "386": "i386", "arm64": "aarch64", "loong64": "loongarch64",
		"mips64le": "mips64el", "mipsle": "mipsel",
	}
	return "qemu-" + cmp.Or(names[p.Architecture], p.Architecture)
}
