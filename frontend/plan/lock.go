package plan

import (
	"slices"
	"strings"

	"github.com/containerd/platforms"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
)

// LockError means that a lock does not fit a Scratchfile.
type LockError struct {
	// Differences has one line for each difference; see [lock.Lock.Stale].
	Differences []string
	// Ranges are the places in the Scratchfile that the lock does not fit. Without such
	// places, they are those of the packages, or of build.
	Ranges []spec.Range
}

func (e *LockError) Error() string {
	return "the lock does not fit:\n" + strings.Join(e.Differences, "\n")
}

// CheckLock compares a lock with what a build of sf needs on a platform. A nil lock
// always fits. The error is a [*LockError].
func CheckLock(sf *spec.Scratchfile, l *lock.Lock, p ocispecs.Platform) error {
	if l == nil {
		return nil
	}
	asked := unlocked(sf)
	want := lock.Want{Platform: PlatformName(p), Build: buildName(sf)}
	if asked.NeedsBase() {
		want.Base = sf.Build.Base.Value
	}
	for _, i := range asked.Images {
		want.Images = append(want.Images, i.Ref)
	}
	for _, in := range asked.Installs {
		want.Installs = append(want.Installs, lock.Install{Packages: in.Packages, Arch: in.Arch})
	}
	differences := l.Stale(want)
	if len(differences) == 0 {
		return nil
	}
	e := &LockError{Differences: differences}
	if found := l.Find(want.Platform, want.Build); found != nil {
		if found.Base != want.Base {
			e.Ranges = append(e.Ranges, sf.Build.Base.Range)
		}
		for _, i := range asked.Images {
			if found.FindImage(i.Ref) == nil {
				e.Ranges = append(e.Ranges, i.Range)
			}
		}
		for _, in := range asked.Installs {
			if found.Find(in.Packages, in.Arch) == nil {
				e.Ranges = append(e.Ranges, in.Ranges...)
			}
		}
	}
	for _, at := range [][]spec.Range{rangesOf(sf.Build.Packages), {sf.Build.Range}} {
		e.Ranges = slices.DeleteFunc(e.Ranges, func(r spec.Range) bool { return r == spec.Range{} })
		if len(e.Ranges) == 0 {
			e.Ranges = at
		}
	}
	return e
}

// PlatformName returns the name of a platform in results and locks.
func PlatformName(p ocispecs.Platform) string { return platforms.FormatAll(platforms.Normalize(p)) }

// buildName returns the name, in locks, of the platform that a build for another platform
// runs on; empty for any other build.
func buildName(sf *spec.Scratchfile) string {
	if c := sf.Build.Cross; c != nil {
		return c.Build
	}
	return ""
}

// LockPlan is the steps that find out which files to lock for one platform.
type LockPlan struct {
	Steps   []Step
	Answers []LockAnswer
	// Build is the platform that the build runs on, if that is another one.
	Build string
	// Base is build.base; empty for a build that starts from none.
	Base string
	// Images are the images besides the base.
	Images []Image
}

// LockAnswer is one addition of packages, and the folder with its report.
type LockAnswer struct {
	Install
	Report Ref
}

// Lock plans the steps that find out what to lock for sf. They run every time, because
// the contents of the repositories are not among their inputs.
func Lock(sf *spec.Scratchfile, opt Options) *LockPlan {
	p := newPlanner(sf, opt)
	asked := unlocked(sf)
	out := &LockPlan{Build: buildName(sf), Images: asked.Images}
	if asked.NeedsBase() {
		out.Base = sf.Build.Base.Value
	}
	for _, in := range asked.Installs {
		out.Answers = append(out.Answers, LockAnswer{in, p.lock(in)})
	}
	out.Steps = p.out.Steps
	return out
}

// lock adds the step for one addition of packages. It runs in the base, as the
// installation does.
func (p *planner) lock(in Install) Ref {
	req := lockstep.Request{Packages: in.Packages, Root: "/", Arch: in.Arch, Cache: apkCacheDir, Report: reportPath}
	e := ownStep(ProgramDir, p.program(), nil)
	e.Root, e.Online, e.Limited = p.base(), true, true
	if in.Arch != "" {
		req.Root, req.Cache = sysrootBeside, sysrootBeside+apkCacheDir
		e.Mounts = append(e.Mounts, Mount{At: sysrootBeside, From: p.emptySysroot(in.Arch)})
	}
	e.Args = lockstep.Args(req)
	e.Mounts = append(e.Mounts, Mount{At: req.Cache, Dropped: true}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindLock, Title: in.title(), Ranges: in.Ranges, Always: true, Exec: e})
	return Ref{step.Step, reportDir}
}
