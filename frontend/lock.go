package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// alsoFollow has one more path of a local source sent: the lock comes with the
// build file.
type alsoFollow string

// SetLocalOption adds to the paths that are set already.
func (p alsoFollow) SetLocalOption(li *bk.LocalInfo) {
	var paths []string
	if json.Unmarshal([]byte(li.FollowPaths), &paths) == nil {
		bk.FollowPaths(append(paths, string(p))).SetLocalOption(li)
	}
}

func (r *request) lockName() string { return r.source.Filename + lock.Suffix }

// refresh is the command that makes the lock anew, for all the platforms that it
// has and that the request is for.
func (r *request) refresh() string {
	all := &lock.Lock{}
	for _, p := range r.platforms() {
		all = all.With(lock.Platform{Name: platformName(p)})
	}
	if r.lock != nil {
		for _, p := range r.lock.Platforms {
			all = all.With(p)
		}
	}
	return lock.Refresh(r.source.Filename, all.Names()...)
}

// readLock reads the lock that stands beside the build file: nil if none does. It
// was loaded with the build file, whatever that was loaded from.
func (r *request) readLock(ctx context.Context) (*lock.Lock, error) {
	res, err := r.daemon.client.Solve(ctx, client.SolveRequest{Definition: r.source.Definition.ToPB()})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	dt, err := dockerui.ReadFile(ctx, ref, r.lockName())
	if err != nil && isNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", r.lockName(), err)
	}
	l, err := lock.Parse(r.lockName(), dt)
	if err != nil {
		sm := bk.NewSourceMap(r.source.State, r.lockName(), language, dt)
		sm.Definition = r.source.Definition
		return nil, parseError(fmt.Errorf("%w\nto make it anew: %s", err, r.refresh()), sm)
	}
	return l, nil
}

// checkLock compares the lock with what the Scratchfile needs on the platform.
func (p *parsed) checkLock() error {
	err := plan.CheckLock(p.written, p.lock, p.platform)
	var misfit *plan.LockError
	if errors.As(err, &misfit) {
		return p.stale(misfit.Ranges, "\n%s", strings.Join(misfit.Differences, "\n"))
	}
	return err
}

// stale is the error of a lock that does not fit the build: at the given lines, or
// else at the packages.
func (p *parsed) stale(at []spec.Range, format string, args ...any) error {
	err := fmt.Errorf("%s does not fit:%s\n  fix: refresh it: %s", p.lockName(), fmt.Sprintf(format, args...), p.refresh())
	return p.atPackages(err, at...)
}

// atPackages ties err to the given lines, or else to the packages.
func (p *parsed) atPackages(err error, at ...spec.Range) error {
	var packages []spec.Range
	for _, s := range p.file.Build.Packages {
		packages = append(packages, s.Range)
	}
	// Of these, the first that stands in the file counts.
	return p.at(p.at(p.at(err, at...), packages...), p.file.Build.Range)
}

// pin gives the base's name the digest that is locked.
func (p *parsed) pin(named reference.Named, locked *lock.Platform) (reference.Named, error) {
	if locked == nil || locked.Digest == "" {
		return named, p.checkLockedBase(locked, "")
	}
	return reference.WithDigest(named, digest.Digest(locked.Digest))
}

// checkLockedBase compares the base that a build is called with to the one that is locked.
func (p *parsed) checkLockedBase(locked *lock.Platform, got digest.Digest) error {
	if locked == nil || locked.Digest == got.String() {
		return nil
	}
	return p.stale([]spec.Range{p.file.Build.Base.Range}, " it has the base %s, but the build context that stands for it here is %s",
		orNone(locked.Digest), orNone(got.String()))
}

func orNone(dgst string) string {
	if dgst == "" {
		return "without a digest"
	}
	return dgst
}
