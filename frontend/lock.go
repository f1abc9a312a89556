package frontend

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/distribution/reference"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/errdefs"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
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

func (b *builder) lockName() string { return b.src.Filename + lock.Suffix }

// refresh is the command that makes the lock anew, for all the platforms that it
// has and that the request is for.
func (b *builder) refresh() string {
	all := &lock.Lock{}
	for _, p := range b.platforms() {
		all = all.With(lock.Platform{Name: platformName(p)})
	}
	if b.lock != nil {
		for _, p := range b.lock.Platforms {
			all = all.With(p)
		}
	}
	return lock.Refresh(b.src.Filename, all.Names()...)
}

// readLock reads the lock that stands beside the build file: nil if none does. It
// was loaded with the build file, whatever that was loaded from.
func (b *builder) readLock(ctx context.Context) (*lock.Lock, error) {
	res, err := b.GatewayClient().Solve(ctx, client.SolveRequest{Definition: b.src.Definition.ToPB()})
	if err != nil {
		return nil, err
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	dt, err := dockerui.ReadFile(ctx, ref, b.lockName())
	if err != nil && isNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", b.lockName(), err)
	}
	l, err := lock.Parse(b.lockName(), dt)
	if err != nil {
		sm := bk.NewSourceMap(b.src.State, b.lockName(), language, dt)
		sm.Definition = b.src.Definition
		return nil, parseError(fmt.Errorf("%w\nto make it anew: %s", err, b.refresh()), sm)
	}
	return l, nil
}

// useLock has the platform built as it is locked. A lock is for one base: what it
// has are the packages that this one lacked.
func (b *platformBuilder) useLock() error {
	if b.lock == nil {
		return nil
	}
	if b.locked = b.lock.Find(platformName(b.platform)); b.locked == nil {
		return b.stale(nil, "it has nothing for %s", platformName(b.platform))
	}
	if want := b.sf.Build.Base.Value; b.locked.Base != want {
		return b.stale([]spec.Range{b.sf.Build.Base.Range}, "it is for the base %s, not for %s", b.locked.Base, want)
	}
	return nil
}

// stale is the error of a lock that does not fit the build: at the given lines, or
// else at the packages.
func (b *platformBuilder) stale(at []spec.Range, format string, args ...any) error {
	err := fmt.Errorf("%s does not fit: %s. To refresh it: %s", b.lockName(), fmt.Sprintf(format, args...), b.refresh())
	return b.atPackages(err, at...)
}

// atPackages ties err to the given lines, or else to the packages.
func (b *platformBuilder) atPackages(err error, at ...spec.Range) error {
	var packages []spec.Range
	for _, p := range b.sf.Build.Packages {
		packages = append(packages, p.Range)
	}
	// Of these, the first that stands in the file counts.
	return b.at(b.at(b.at(err, at...), packages...), b.sf.Build.Range)
}

// pinned is the base's name with the digest that is locked.
func (b *platformBuilder) pinned(named reference.Named) (reference.Named, error) {
	if b.locked == nil || b.locked.Digest == "" {
		return named, b.checkLockedBase("")
	}
	return reference.WithDigest(named, digest.Digest(b.locked.Digest))
}

// checkLockedBase compares the base that a build is called with to the one that is
// locked.
func (b *platformBuilder) checkLockedBase(got digest.Digest) error {
	if b.locked == nil || b.locked.Digest == got.String() {
		return nil
	}
	return b.stale([]spec.Range{b.sf.Build.Base.Range}, "it has the base %s, but the build context that stands for it here is %s",
		orNone(b.locked.Digest), orNone(got.String()))
}

func orNone(dgst string) string {
	if dgst == "" {
		return "without a digest"
	}
	return dgst
}

// explainUnlocked says which packages have to be locked.
func (b *platformBuilder) explainUnlocked(err error) error {
	var unlocked *llb.UnlockedError
	if !errors.As(err, &unlocked) {
		return err
	}
	var at []spec.Range
	for _, in := range unlocked.Installs {
		at = append(at, in.Ranges...)
	}
	return b.stale(at, "%s", unlocked)
}

// explainFetch names the package whose file can't be had as it is locked.
func (b *platformBuilder) explainFetch(ctx context.Context, g *llb.Graph, err error) error {
	var failed *errdefs.VertexError
	if err == nil || b.locked == nil || !errors.As(err, &failed) {
		return err
	}
	def, marshalErr := g.Final.Marshal(ctx, bk.Platform(b.platform))
	if marshalErr != nil {
		return err
	}
	f := b.locked.FindURL(opOf(def, failed.Digest).GetSource().GetIdentifier())
	if f == nil {
		return err
	}
	return explain(err, "the package %s can't be fetched as %s has it. If its repository has dropped or rebuilt it, refresh the lock: %s",
		f.ID(), b.lockName(), b.refresh())
}
