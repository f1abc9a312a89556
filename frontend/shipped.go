package frontend

import (
	"context"
	"fmt"
	"io"
	"os"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// shipped has the final state built, and looks at its binaries once more.
//
// The graph verifies by itself, but a daemon takes the result of any of its steps
// from a cache, and a cache that was imported, by this build or by another one on
// that daemon, holds what its maker wants. So the reference that is about to be
// returned is read: by the frontend, since a step would be cached like any other, and
// in ranges, since the headers are enough. The daemon has the layers already, or pulls
// them, which are no more than the image.
func (g *graph) shipped(ctx context.Context) (client.Reference, error) {
	ref, err := g.built(ctx, g.states.State(g.plan.Image))
	if err != nil {
		return ref, err
	}
	var refused []spec.Range
	var first error
	for _, bin := range g.file.Binaries {
		reason, err := g.inspect(ctx, ref, bin)
		if err != nil {
			return nil, fmt.Errorf("read %s of the image: %w", bin.To.Value, err)
		}
		if reason == nil {
			continue
		}
		refused = append(refused, bin.Range)
		if first == nil {
			first = fmt.Errorf("refused: %s was not made by this build, but comes from an imported cache, and %w; fix: build without that cache (--cache-from), after docker buildx prune if it was imported before", bin.To.Value, reason)
		}
	}
	return ref, g.at(first, refused...)
}

// inspect holds a binary of the final state to the rule that it was verified by. The
// reason is what is wrong with it; the error is about reading it.
func (g *graph) inspect(ctx context.Context, ref client.Reference, bin spec.Binary) (reason, err error) {
	if ref == nil {
		return fmt.Errorf("the image is empty"), nil
	}
	name := bin.To.Value
	st, err := ref.StatFile(ctx, client.StatRequest{Path: name})
	if err != nil {
		if isNotExist(err) {
			return fmt.Errorf("the image has no such file"), nil
		}
		return nil, err
	}
	if mode := os.FileMode(st.Mode); mode != bin.Mode.Perm() {
		return fmt.Errorf("it has the mode %v instead of %v", mode, bin.Mode.Perm()), nil
	}
	if st.Uid != 0 || st.Gid != 0 {
		return fmt.Errorf("it belongs to %d:%d instead of 0:0", st.Uid, st.Gid), nil
	}
	report, err := verify.ELF(&shippedFile{ctx, ref, name}, st.Size, verify.Options{
		Platform: g.platform,
		Packed:   bin.Compress != spec.CompressNone,
	})
	if err != nil {
		return nil, err
	}
	return report.Err(), nil
}

// built has a state built, so that what goes wrong is explained here and not by the
// exporter.
func (g *graph) built(ctx context.Context, st bk.State) (client.Reference, error) {
	ref, err := g.solve(ctx, st)
	if err != nil || ref == nil {
		return nil, err
	}
	return ref, ref.Evaluate(ctx)
}

// shippedFile reads a file of a reference. It lives as long as one call of
// [verify.ELF], which knows no context.
type shippedFile struct {
	ctx  context.Context
	ref  client.Reference
	name string
}

func (f *shippedFile) ReadAt(p []byte, off int64) (int, error) {
	dt, err := f.ref.ReadFile(f.ctx, client.ReadRequest{
		Filename: f.name,
		Range:    &client.FileRange{Offset: int(off), Length: len(p)},
	})
	n := copy(p, dt)
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
