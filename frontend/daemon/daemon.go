// Package daemon has BuildKit solve states, and refuses a graph that the daemon is too
// old for before it is sent.
package daemon

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/containerd/containerd/v2/defaults"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	"github.com/moby/buildkit/util/apicaps"
	"golang.org/x/sync/errgroup"
)

// Daemon solves states.
type Daemon struct {
	Client client.Client
	Caps   apicaps.CapSet
	// Imports are the caches that the request names.
	Imports []client.CacheOptionsEntry
	// marshalling is held while a state is marshalled, which sorts the mounts of its execs
	// in place.
	marshalling *sync.Mutex
}

// New returns the daemon that a gateway client is of. The imports are those of the request.
func New(c client.Client, imports []client.CacheOptionsEntry) Daemon {
	return Daemon{Client: c, Caps: c.BuildOpts().LLBCaps, Imports: imports, marshalling: &sync.Mutex{}}
}

// Supports reports whether the daemon has a capability.
func (d Daemon) Supports(id apicaps.CapID) bool { return d.Caps.Supports(id) == nil }

// Solve returns a reference for a state. BuildKit builds it when the reference is read or
// exported.
func (d Daemon) Solve(ctx context.Context, st bk.State, defaults ...bk.ConstraintsOpt) (client.Reference, error) {
	return d.solve(ctx, st, false, defaults)
}

func (d Daemon) solve(ctx context.Context, st bk.State, evaluate bool, defaults []bk.ConstraintsOpt) (client.Reference, error) {
	def, err := d.Marshal(ctx, st, defaults...)
	if err != nil {
		return nil, err
	}
	if err := requireCapabilities(def, d.Caps); err != nil {
		return nil, err
	}
	res, err := d.Client.Solve(ctx, client.SolveRequest{
		Definition:   def.ToPB(),
		CacheImports: d.Imports,
		Evaluate:     evaluate,
	})
	if err != nil {
		return nil, err
	}
	return res.SingleRef()
}

// Marshal returns the definition of a state. Several may be marshalled at the same time.
func (d Daemon) Marshal(ctx context.Context, st bk.State, defaults ...bk.ConstraintsOpt) (*bk.Definition, error) {
	d.marshalling.Lock()
	defer d.marshalling.Unlock()
	def, err := st.Marshal(ctx, append(defaults, bk.WithCaps(d.Caps))...)
	if err != nil {
		return nil, fmt.Errorf("marshal graph: %w", err)
	}
	return def, nil
}

// Build builds a state and returns its reference. So the frontend, and not the exporter,
// meets its errors and can explain them. The reference of an empty state is nil.
func (d Daemon) Build(ctx context.Context, st bk.State, defaults ...bk.ConstraintsOpt) (client.Reference, error) {
	return d.solve(ctx, st, true, defaults)
}

// BuildAll builds all states at the same time.
func (d Daemon) BuildAll(ctx context.Context, states []bk.State, defaults ...bk.ConstraintsOpt) error {
	eg, ctx := errgroup.WithContext(ctx)
	for _, st := range states {
		eg.Go(func() error {
			_, err := d.Build(ctx, st, defaults...)
			return err
		})
	}
	return eg.Wait()
}

// Read returns the content of a file in a state.
func (d Daemon) Read(ctx context.Context, st bk.State, name string, defaults ...bk.ConstraintsOpt) ([]byte, error) {
	ref, err := d.Solve(ctx, st, defaults...)
	if err != nil {
		return nil, err
	}
	if ref == nil {
		return nil, fmt.Errorf("there is nothing to read %s from", name)
	}
	return ReadFile(ctx, ref, name)
}

// maxFile is how many bytes of a file fit into an answer of the daemon.
const maxFile = defaults.DefaultMaxRecvMsgSize

// ReadFile returns the content of a file. dockerui's function of the name asks the daemon
// twice.
func ReadFile(ctx context.Context, ref client.Reference, name string) ([]byte, error) {
	dt, err := ref.ReadFile(ctx, client.ReadRequest{Filename: name, Range: &client.FileRange{Length: maxFile + 1}})
	if err == nil && len(dt) > maxFile {
		return nil, fmt.Errorf("%s has more than %d bytes", name, maxFile)
	}
	return dt, err
}

// ReadFailed reads the beginning of a file that a failed step left behind. It runs no
// process.
func (d Daemon) ReadFailed(ctx context.Context, resultID, name string, length int) ([]byte, error) {
	ctr, err := d.Client.NewContainer(ctx, client.NewContainerRequest{
		Mounts: []client.Mount{{Dest: "/", ResultID: resultID, Readonly: true}},
	})
	if err != nil {
		return nil, err
	}
	dt, err := ctr.ReadFile(ctx, client.ReadContainerRequest{
		ReadRequest: client.ReadRequest{Filename: name, Range: &client.FileRange{Length: length}},
	})
	return dt, errors.Join(err, ctr.Release(ctx))
}
