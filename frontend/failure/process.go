package failure

import (
	"cmp"
	"context"
	"errors"

	"strings"

	"github.com/containerd/platforms"
	"github.com/moby/buildkit/solver/errdefs"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step/teststep"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// explainTest explains why a test failed. BuildKit returns no result for a failed step,
// so the step leaves its reason in the root that it ran in.
func (b *Build) explainTest(ctx context.Context, err error) error {
	reason, ran := b.leftBy(ctx, err, teststep.Command, teststep.ReportPath, teststep.MaxReport)
	switch {
	case !ran:
		return err
	case len(reason) == 0:
		return Wrapf(err, "test failed; the output of its step says why")
	}
	return &explained{message: teststep.ParseReport(reason), err: err}
}

// explainTool explains why a tool that changes binaries failed, at the key that asks for it.
func (b *Build) explainTool(ctx context.Context, err error) error {
	left, _ := b.leftBy(ctx, err, verifystep.Command, verifystep.FailurePath, verifystep.MaxFailure)
	failed, parseErr := verifystep.ParseFailure(left)
	if parseErr != nil || failed.Binary >= len(b.File.Binaries) {
		return err
	}
	key, why := "strip", ""
	if failed.Tool == "upx" {
		key = "compress"
		for said, reason := range refusalsOfUPX {
			if strings.Contains(failed.Message, said) {
				why = ": " + reason
			}
		}
	}
	text := failed.Message + "; fix: leave " + key + " out" + why
	// BuildKit's error marks all binaries.
	return b.at(&explained{text, failed}, plan.ToolRange(failed.Tool, b.File.Binaries[failed.Binary]))
}

// refusalsOfUPX are why UPX does not pack a program that has passed, by what it says.
var refusalsOfUPX = map[string]string{
	"UnknownExecutableFormatException": "UPX packs no programs of this platform, such as riscv64, loong64 and s390x",
	"NotCompressibleException":         "the program would not become smaller",
	"file is too small":                "the program would not become smaller",
}

// leftBy reads what a failed step of the frontend's own program has left in the root that it
// ran in. It reports whether such a step has failed. Old daemons give no access to its files
// (0.13.2).
func (b *Build) leftBy(ctx context.Context, err error, command, file string, length int) (left []byte, ran bool) {
	var failed *errdefs.SolveError
	if !errors.As(err, &failed) || failed.Solve == nil || !llb.RunsStep(failed.Op, command) || len(failed.MountIDs) == 0 {
		return nil, false
	}
	left, err = b.ReadFailed(ctx, failed.MountIDs[0], file, length)
	if err != nil {
		return nil, true
	}
	return left, true
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
