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

// verifyImage builds the image and verifies its binaries once more.
//
// The verify step is not enough where caches are imported. A daemon may take the result
// of any step from a cache, and whoever wrote an imported cache decides what it holds. So
// the frontend itself reads the reference that it returns: a step could be answered by
// the cache again. It reads ranges, because the headers are enough. The daemon then pulls
// at most the layers of the image.
func (g *graph) verifyImage(ctx context.Context) (client.Reference, error) {
	ref, err := g.evaluateRef(ctx, g.states.State(g.plan.Image))
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

// inspect applies the verification rule to a binary of the image. The reason says what is
// wrong with the binary; err means that it could not be read.
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
	report, err := verify.ELF(&imageFile{ctx, ref, name}, st.Size, verify.Options{
		Platform: g.platform,
		Packed:   bin.Compress != spec.CompressNone,
	})
	if err != nil {
		return nil, err
	}
	return report.Err(), nil
}

// evaluateRef builds a state and returns its reference. So the frontend, and not the
// exporter, meets its errors and can explain them.
func (g *graph) evaluateRef(ctx context.Context, st bk.State) (client.Reference, error) {
	ref, err := g.solve(ctx, st)
	if err != nil || ref == nil {
		return nil, err
	}
	return ref, ref.Evaluate(ctx)
}

// imageFile reads a file of a reference. It holds a context because [verify.ELF] takes
// none; it is used for one call only.
type imageFile struct {
	ctx  context.Context
	ref  client.Reference
	name string
}

func (f *imageFile) ReadAt(p []byte, off int64) (int, error) {
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
