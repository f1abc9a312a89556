package frontend

import (
	"context"
	"errors"
	"fmt"
	"path"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/lockstep"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// lockResult makes the lock file. It has all requested platforms, and those of the
// old one that this request is not for: they keep what they have. The result is
// one file, not one for each platform.
func lockResult(ctx context.Context, b *builder) (*client.Result, error) {
	// One that can't be read is about to be replaced.
	made, _ := b.readLock(ctx)
	var mu sync.Mutex
	eg, egCtx := errgroup.WithContext(ctx)
	for i, p := range b.platforms() {
		eg.Go(func() error {
			locked, err := b.lockPlatform(egCtx, p, i == 0)
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
	data := made.Format(b.src.Filename)
	if _, err := lock.Parse(b.lockName(), data); err != nil {
		return nil, fmt.Errorf("this can't be locked: %w", err)
	}
	ref, err := b.solve(ctx, lockState(b.lockName(), data))
	if err != nil {
		return nil, err
	}
	res := client.NewResult()
	res.SetRef(ref)
	return res, nil
}

// lockState holds the lock at its place beside the build file.
func lockState(name string, data []byte) bk.State {
	dir, file := path.Dir(path.Join("/", name)), path.Join("/", name)
	var actions *bk.FileAction
	if dir != "/" {
		actions = bk.Mkdir(dir, 0o755, bk.WithParents(true)).Mkfile(file, 0o644, data)
	} else {
		actions = bk.Mkfile(file, 0o644, data)
	}
	return bk.Scratch().File(actions, bk.WithCustomNamef("[lock] write %s", quote.Line(name)))
}

// lockPlatform finds out what a build for the platform would use now.
func (b *builder) lockPlatform(ctx context.Context, p ocispecs.Platform, warns bool) (lock.Platform, error) {
	out := lock.Platform{Name: platformName(p)}
	pb, err := b.forPlatform(ctx, p, warns)
	if err != nil {
		return out, err
	}
	if err := pb.loadBase(ctx); err != nil {
		return out, err
	}
	out.Base, out.Digest = pb.sf.Build.Base.Value, pb.base.digest.String()
	steps, err := llb.Lock(pb.sf, llb.Inputs{Base: pb.base.state, Verifier: b.verifier}, pb.options())
	if err != nil {
		return out, err
	}
	reports, err := pb.lockReports(ctx, steps)
	if err != nil {
		return out, pb.explainPlatform(err)
	}
	var refused []spec.Range
	for i, s := range steps {
		if fault := reports[i].Base; fault != apktools.None {
			return out, pb.unfitBase(fault)
		}
		if reports[i].Refused != "" {
			err, refused = errors.New(reports[i].Refused), append(refused, s.Ranges...)
		}
		out.Installs = append(out.Installs, lock.Install{Packages: s.Packages, Files: reports[i].Files})
	}
	return out, pb.at(err, refused...)
}

// lockReports has the steps run, all at once, and reads their answers.
func (b *platformBuilder) lockReports(ctx context.Context, steps []llb.Unlocked) ([]lockstep.Report, error) {
	reports := make([]lockstep.Report, len(steps))
	eg, ctx := errgroup.WithContext(ctx)
	for i, s := range steps {
		eg.Go(func() error {
			ref, err := b.solve(ctx, s.Report)
			if err != nil {
				return err
			}
			dt, err := dockerui.ReadFile(ctx, ref, lockstep.ReportFile)
			if err != nil {
				return err
			}
			reports[i], err = lockstep.ParseReport(dt)
			return err
		})
	}
	return reports, eg.Wait()
}
