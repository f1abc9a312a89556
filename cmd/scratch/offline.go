package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/gateway/client"
	gwpb "github.com/moby/buildkit/frontend/gateway/pb"
	"github.com/moby/buildkit/solver/pb"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/llb"
)

// basePath stands for the PATH of the base, which only a builder knows.
const basePath = "$PATH"

// offline is a gateway client without a daemon behind it: it keeps the graph that it
// is to solve, and says that all went well. Of what a daemon could read it has the
// build file and the files beside it that bear its name.
type offline struct {
	client.Client // what a frontend does not call

	file     string // the build file
	opts     map[string]string
	warnings io.Writer

	mu     sync.Mutex
	solved *pb.Definition // the last one that is not empty
}

func (c *offline) BuildOpts() client.BuildOpts {
	return client.BuildOpts{
		Opts:      c.opts,
		SessionID: "offline",
		Workers:   []client.WorkerInfo{{Platforms: []ocispecs.Platform{builderPlatform()}}},
		LLBCaps:   pb.Caps.CapSet(pb.Caps.All()),
		Caps:      gwpb.Caps.CapSet(gwpb.Caps.All()),
	}
}

func (c *offline) Inputs(context.Context) (map[string]bk.State, error) { return nil, nil }

// Verifier stands for the image that the verify step runs in.
func (c *offline) Verifier() llb.Verifier {
	return llb.Verifier{
		State:    bk.Image("rene2/scratch-frontend", bk.WithCustomName("[frontend] the frontend's own image")),
		Path:     "/" + stepProgram,
		Platform: builderPlatform(),
	}
}

// ResolveSourceMetadata knows nothing of an image but that it has a PATH.
func (c *offline) ResolveSourceMetadata(_ context.Context, op *pb.SourceOp, _ sourceresolver.Opt) (*sourceresolver.MetaResponse, error) {
	config := fmt.Sprintf(`{"config": {"Env": ["PATH=%s"]}}`, basePath)
	return &sourceresolver.MetaResponse{Op: op, Image: &sourceresolver.ResolveImageResponse{Config: []byte(config)}}, nil
}

func (c *offline) Solve(_ context.Context, req client.SolveRequest) (*client.Result, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(req.Definition.GetDef()) > 0 {
		c.solved = req.Definition
	}
	res := client.NewResult()
	res.SetRef(&offlineRef{file: c.file})
	return res, nil
}

func (c *offline) Warn(_ context.Context, _ digest.Digest, msg string, opts client.WarnOpts) error {
	return printWarning(c.warnings, c.file, msg, opts.Range)
}

// offlineRef is a result that nobody made.
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
	name := r.file + suffix
	data, err := readFile(name, lock.MaxSize) // no file beside it is larger
	if len(data) > lock.MaxSize && suffix != "" {
		return nil, fmt.Errorf("%s has more than %d bytes", name, lock.MaxSize)
	}
	return data, err
}
