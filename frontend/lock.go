package frontend

import (
	"context"
	"encoding/json"
	"fmt"
	"path"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/lockstep"
	"github.com/rene2/scratch-frontend/llb"
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
		all = all.With(lock.Platform{Name: plan.PlatformName(p)})
	}
	if r.lock != nil {
		for _, p := range r.lock.Platforms {
			all = all.With(p)
		}
	}
	return lock.Refresh(r.source.Filename, all.Names()...)
}

// readLock reads the lock beside the build file; it returns nil if there is none.
func (r *request) readLock(ctx context.Context) (*lock.Lock, error) {
	dt, ok, err := r.readBeside(ctx, lock.Suffix)
	if err != nil || !ok {
		return nil, err
	}
	l, err := lock.Parse(r.lockName(), dt)
	if err != nil {
		sm := bk.NewSourceMap(r.source.State, r.lockName(), language, dt)
		sm.Definition = r.source.Definition
		return nil, failure.AtProblems(fmt.Errorf("%w\nto make it anew: %s", err, r.refresh()), sm)
	}
	return l, nil
}

// makeLock makes the lock file. It has an entry for each requested platform. The entries
// of other platforms in the old lock stay as they are. The result is one file for all
// platforms.
func (r *request) makeLock(ctx context.Context) (*client.Result, error) {
	made := r.lock
	var mu sync.Mutex
	eg, egCtx := errgroup.WithContext(ctx)
	for i, p := range r.platforms() {
		eg.Go(func() error {
			locked, err := r.lockPlatform(egCtx, p, i)
			if err != nil {
				return err
			}
			mu.Lock()
			defer mu.Unlock()
			made = made.With(locked)
			return nil
		})
	}
	if err := eg.Wait(); err != nil {
		return nil, err
	}
	data := made.Format(r.source.Filename)
	if _, err := lock.Parse(r.lockName(), data); err != nil {
		return nil, fmt.Errorf("this can't be locked: %w", err)
	}
	ref, err := r.daemon.Solve(ctx, lockState(r.lockName(), data))
	if err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.SetRef(ref)
	return res, nil
}

// lockState returns a state with the lock file, at its place beside the build file.
func lockState(name string, data []byte) bk.State {
	dir, file := path.Dir(path.Join("/", name)), path.Join("/", name)
	var actions *bk.FileAction
	if dir != "/" {
		actions = bk.Mkdir(dir, 0o755, bk.WithParents(true))
	}
	return bk.Scratch().File(actions.Mkfile(file, 0o644, data), bk.WithCustomNamef("[lock] write %s", quote.Line(name)))
}

// lockPlatform finds out which base and packages a build for the platform would use now.
func (r *request) lockPlatform(ctx context.Context, requested ocispecs.Platform, index int) (lock.Platform, error) {
	out := lock.Platform{Name: plan.PlatformName(requested)}
	p, err := r.parsePlatform(ctx, &requested, index)
	if err != nil {
		return out, err
	}
	steps := plan.Lock(p.file, p.planOptions())
	var base base
	out.Build = steps.Build
	if out.Base = steps.Base; out.Base != "" {
		if base, err = p.resolveBase(ctx, nil); err != nil {
			return out, err
		}
		out.Digest = base.digest.String()
	}
	for _, img := range steps.Images {
		found, err := p.resolveImage(ctx, img, nil)
		if err != nil {
			return out, err
		}
		out.Images = append(out.Images, lock.Image{Ref: img.Ref, Digest: found.digest.String()})
	}
	graph := llb.Convert(steps.Steps, llb.Inputs{Base: base.state, BaseDigest: base.digest, Program: r.program}, p.graphOptions())
	reports, err := p.lockReports(ctx, steps.Answers, graph)
	if err != nil {
		return out, p.failure().ExplainPlatform(err)
	}
	var refused []spec.Range
	for i, s := range steps.Answers {
		if fault := reports[i].Base; fault != apktools.None {
			return out, p.failure().UnfitBase(fault)
		}
		if no := reports[i].Err(); no != nil {
			err, refused = no, append(refused, s.Ranges...)
		}
		out.Installs = append(out.Installs, lock.Install{Packages: s.Packages, Arch: s.Arch, Files: reports[i].Files})
	}
	return out, p.at(err, refused...)
}

// lockReports runs the steps, all at the same time, and reads their reports.
func (p *parsed) lockReports(ctx context.Context, steps []plan.LockAnswer, graph *llb.Graph) ([]lockstep.Report, error) {
	reports := make([]lockstep.Report, len(steps))
	eg, ctx := errgroup.WithContext(ctx)
	for i, s := range steps {
		eg.Go(func() error {
			var err error
			reports[i], err = readReport(ctx, p, graph.State(s.Report), lockstep.Command, lockstep.ParseReport)
			return err
		})
	}
	return reports, eg.Wait()
}
