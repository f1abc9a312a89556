package main

import (
	"context"
	"errors"
	"strings"

	"github.com/containerd/containerd/v2/defaults"
	"github.com/moby/buildkit/cache/util"
	gateway "github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend"
	"github.com/rene2/scratch-frontend/llb"
)

// process is a build whose frontend runs in this program.
type process struct {
	programs programs
	// folders are the folders of this machine that the build reads, by the names of their
	// local sources.
	folders map[string]string
}

// build implements gateway.BuildFunc.
func (p process) build(ctx context.Context, c gateway.Client) (*gateway.Result, error) {
	opts := c.BuildOpts()
	if len(opts.Workers) == 0 || len(opts.Workers[0].Platforms) == 0 {
		return nil, errors.New("the builder names no platform that it runs")
	}
	worker := opts.Workers[0].Platforms[0]
	if err := p.programs.runsOn(worker); err != nil {
		return nil, err
	}
	return frontend.Build(ctx, inProcess{c, p.programs.root(opts.SessionID, worker), p.folders})
}

// optProvenance is the option of a request that asks for a provenance.
const optProvenance = "attest:provenance"

// inProcess is the gateway client of a frontend that runs in this program.
type inProcess struct {
	gateway.Client
	program llb.Program
	folders map[string]string
}

// Program implements [frontend.InProcess].
func (c inProcess) Program() llb.Program { return c.program }

// Solve is that of the gateway. But what the frontend reads of a folder of this machine,
// such as the Scratchfile and the ignore file, it reads here: the daemon would fetch the
// files from this program to give them back to it. With a provenance it does, since that
// names the folders that the daemon has read.
func (c inProcess) Solve(ctx context.Context, req gateway.SolveRequest) (*gateway.Result, error) {
	res, err := c.Client.Solve(ctx, req)
	if err != nil {
		return nil, err
	}
	folder, ok := c.folderRead(req)
	if !ok {
		return res, nil
	}
	ref, err := res.SingleRef()
	if err != nil {
		return nil, err
	}
	res.SetRef(folderRef{ref, folder})
	return res, nil
}

// folderRead returns the folder of this machine that a request reads, if that is all it does.
// The sources that dockerui reads are those without a differ. A build context has one.
func (c inProcess) folderRead(req gateway.SolveRequest) (string, bool) {
	_, recorded := c.BuildOpts().Opts[optProvenance]
	if recorded || req.Evaluate || len(req.Definition.GetDef()) != 2 {
		return "", false
	}
	for _, data := range req.Definition.Def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			return "", false
		}
		source := op.GetSource()
		name, ok := strings.CutPrefix(source.GetIdentifier(), "local://")
		attrs := source.GetAttrs()
		if ok && attrs[pb.AttrLocalSessionID] == c.BuildOpts().SessionID && attrs[pb.AttrLocalDiffer] == pb.AttrLocalDifferNone {
			folder, ok := c.folders[name]
			return folder, ok
		}
	}
	return "", false
}

// folderRef is a reference for a folder of this machine. The daemon has not read it yet.
type folderRef struct {
	gateway.Reference
	folder string
}

// ReadFile reads a file of the folder as the daemon does: no link leads out of the folder,
// and only regular files are opened. An empty file is nil, as in an answer of the daemon:
// dockerui takes an empty ignore file of a build file for none, and then reads .dockerignore.
func (r folderRef) ReadFile(ctx context.Context, req gateway.ReadRequest) ([]byte, error) {
	read := util.ReadRequest{Filename: req.Filename}
	if req.Range != nil {
		read.Range = &util.FileRange{Offset: req.Range.Offset, Length: req.Range.Length}
	}
	data, err := util.ReadFile(ctx, r.folder, read, defaults.DefaultMaxSendMsgSize)
	if len(data) == 0 {
		return nil, err
	}
	return data, err
}

// StatFile returns what the folder says of a file.
func (r folderRef) StatFile(ctx context.Context, req gateway.StatRequest) (*types.Stat, error) {
	return util.StatFile(ctx, r.folder, req.Path)
}
