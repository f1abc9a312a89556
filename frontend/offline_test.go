package frontend

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/llb"
)

// offline is a gateway client without a daemon. It solves nothing and reports success. It
// can read only the build file, and the files beside it whose names begin with its name.
type offline struct {
	client.Client // the methods that a frontend does not call

	file     string // the build file
	opts     map[string]string
	warnings io.Writer
}

func (c *offline) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts:      c.opts,
		SessionID: "offline",
		Workers:   []client.WorkerInfo{{Platforms: []ocispecs.Platform{amd64}}},
		LLBCaps:   pb.Caps.CapSet(pb.Caps.All()),
		Caps:      gwpb.Caps.CapSet(gwpb.Caps.All()),
	}
}

func (c *offline) Inputs(context.Context) (map[string]bk.State, error) { return nil, nil }

// Program takes the place of the frontend's own image.
func (c *offline) Program() llb.Program {
	return llb.Program{
		State:    bk.Image("rene2/scratch-frontend", bk.WithCustomName("[frontend] the frontend's own image")),
		Path:     "/scratch-frontend",
		Platform: amd64,
	}
}

// ResolveSourceMetadata returns an image config that has only a PATH.
func (c *offline) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, _ sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	config := fmt.Sprintf(`{"config": {"Env": ["PATH=%s"]}}`, "/bin")
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Config: []byte(config)}}, nil
}

func (c *offline) Solve(context.Context, client.SolveRequest) (*client.Result, error) {
	res := client.NewResult()
	res.SetRef(&offlineRef{file: c.file})
	return res, nil
}

func (c *offline) Warn(_ context.Context, _ digest.Digest, msg string, opts client.WarnOpts) error {
	_, err := fmt.Fprintf(c.warnings, "%s %s\n", msg, opts.Detail)
	return err
}

// offlineRef is a reference to a result that was never built.
type offlineRef struct {
	client.Reference

	file string
}

func (r *offlineRef) Evaluate(context.Context) error { return nil }

func (r *offlineRef) StatFile(context.Context, client.StatRequest) (*fstypes.Stat, error) {
	return nil, fs.ErrNotExist
}

func (r *offlineRef) ReadFile(_ context.Context, req client.ReadRequest) ([]byte, error) {
	suffix, ok := strings.CutPrefix(req.Filename, filepath.Base(r.file))
	if !ok {
		return nil, fs.ErrNotExist
	}
	return os.ReadFile(r.file + suffix)
}
