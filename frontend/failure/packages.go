package failure

import (
	"errors"
	"fmt"
	"strings"

	"github.com/containerd/platforms"
	gateway "github.com/moby/buildkit/frontend/gateway/pb"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// explainPackages explains why packages were not fetched or added: it names the packages
// and not the script of the step, and says if the base has no usable apk. The step finds
// that out by itself. To ask the base first would cost every build one more container.
func (b *Build) explainPackages(err error) error {
	var exit *gateway.ExitError
	switch {
	case b.Step == nil || b.Step.Kind != plan.KindPackages:
		return err
	case b.Step.Source != nil:
		return Wrapf(err, "the package %s can't be fetched as %s has it. If its repository has dropped or rebuilt it, refresh the lock: %s",
			strings.TrimPrefix(b.Step.Title, "fetch "), b.Lock, b.Refresh)
	case !errors.As(err, &exit):
		return err
	}
	if fault := apktools.OfExitCode(int(exit.ExitCode)); fault != apktools.None {
		return b.UnfitBase(fault)
	}
	message := b.Step.Title + " " + failedProcess
	switch exit.ExitCode {
	case apktools.Failed: // apk has said why
		if b.Locked {
			message += fmt.Sprintf("\n  fix: if %s lacks what apk misses, refresh it: %s", b.Lock, b.Refresh)
		}
	case 1:
		message += fmt.Sprintf(": the base %s has no /bin/sh that can be started, or the builder can start no container; the output of the step says which", b.File.Build.Base.Value)
	default:
		message += fmt.Sprintf(": exit code: %d", exit.ExitCode)
	}
	return &explained{message, err}
}

// UnfitBase returns the error of a base to which no packages can be added. It is at the
// line of the base or, if the base is a default, at the lines of the packages.
func (b *Build) UnfitBase(fault apktools.Fault) error {
	err := fmt.Errorf("base %s for %s: %w", b.File.Build.Base.Value, platforms.FormatAll(b.Platform), fault)
	return b.atPackages(err, b.File.Build.Base.Range)
}

// ExplainLock says how a lock differs from what the build needs, if that is what a plan
// failed for.
func (b *Build) ExplainLock(err error) error {
	var misfit *plan.LockError
	if errors.As(err, &misfit) {
		return b.lockError("\n"+strings.Join(misfit.Differences, "\n"), misfit.Ranges...)
	}
	return err
}

// OtherImage returns the error of an image whose digest is not the locked one. A build
// context stands for it: an image of a registry is looked up by the locked digest.
func (b *Build) OtherImage(name, locked, found string, at spec.Range) error {
	orNone := func(digest string) string {
		if digest == "" {
			return "without a digest"
		}
		return digest
	}
	return b.lockError(fmt.Sprintf(" it has %s %s, but the build context that stands for it here is %s", name, orNone(locked), orNone(found)), at)
}

func (b *Build) lockError(why string, at ...spec.Range) error {
	return b.atPackages(fmt.Errorf("%s does not fit:%s\n  fix: refresh it: %s", b.Lock, why, b.Refresh), at...)
}

// atPackages ties an error to the given places. Defaults have no place; without any, the
// error is tied to the packages or, without packages, to build.
func (b *Build) atPackages(err error, at ...spec.Range) error {
	var packages []spec.Range
	for _, s := range b.File.Build.Packages {
		packages = append(packages, s.Range)
	}
	return b.at(b.at(b.at(err, at...), packages...), b.File.Build.Range)
}
