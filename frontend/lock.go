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

// alsoFollow adds one path to those that the client sends: the lock beside the build
// file.
type alsoFollow string

// SetLocalOption adds the path to the paths that are already set.
func (p alsoFollow) SetLocalOption(li *bk.LocalInfo) {
	var paths []string
	if json.Unmarshal([]byte(li.FollowPaths), &paths) == nil {
		bk.FollowPaths(append(paths, string(p))).SetLocalOption(li)
	}
}

func (r *request) lockName() string { return r.source.Filename + lock.Suffix }

// refresh returns the command that makes the lock anew for its own platforms and those of
// the request.
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

// readLock reads the lock beside the build file; it returns nil if there is none. The
// lock comes from the same source as the build file.
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

// explainLock says in which ways the lock does not fit, if that is what a plan failed for.
func (p *parsed) explainLock(err error) error {
	var misfit *plan.LockError
	if errors.As(err, &misfit) {
		return p.lockError(misfit.Ranges, "\n%s", strings.Join(misfit.Differences, "\n"))
	}
	return err
}

// lockError returns the error of a lock that does not fit the build. It is at the given
// lines or, without any, at the packages.
func (p *parsed) lockError(at []spec.Range, format string, args ...any) error {
	err := fmt.Errorf("%s does not fit:%s\n  fix: refresh it: %s", p.lockName(), fmt.Sprintf(format, args...), p.refresh())
	return p.atPackages(err, at...)
}

// atPackages ties err to the given lines or, without any, to the packages.
func (p *parsed) atPackages(err error, at ...spec.Range) error {
	var packages []spec.Range
	for _, s := range p.file.Build.Packages {
		packages = append(packages, s.Range)
	}
	// The first ranges that are in the file win.
	return p.at(p.at(p.at(err, at...), packages...), p.file.Build.Range)
}

// pin adds the digest of the lock to the base's name.
func (p *parsed) pin(named reference.Named, locked *lock.Platform) (reference.Named, error) {
	if locked == nil || locked.Digest == "" {
		return named, p.checkLockedBase(locked, "")
	}
	return reference.WithDigest(named, digest.Digest(locked.Digest))
}

// checkLockedBase compares the digest of a base from a build context with the locked
// digest.
func (p *parsed) checkLockedBase(locked *lock.Platform, got digest.Digest) error {
	if locked == nil || locked.Digest == got.String() {
		return nil
	}
	return p.lockError([]spec.Range{p.file.Build.Base.Range}, " it has the base %s, but the build context that stands for it here is %s",
		orNone(locked.Digest), orNone(got.String()))
}

func orNone(dgst string) string {
	if dgst == "" {
		return "without a digest"
	}
	return dgst
}
