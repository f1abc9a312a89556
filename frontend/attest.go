package frontend

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/attestations/sbom"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	bkresult "github.com/moby/buildkit/solver/result"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/failure"
)

// attestSBOM runs the SBOM scanner of the request on the result of each platform. Without
// a scanner it adds no attestation, since any attestation turns a plain image into an
// index.
func (r *request) attestSBOM(ctx context.Context, rb *dockerui.ResultBuilder, scans *scans) error {
	if r.options.SBOM == nil {
		return nil
	}
	scanner, err := r.scanner(ctx)
	if err != nil {
		return failure.Wrapf(err, "SBOM scanner %s", r.options.SBOM.Generator)
	}
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, _ ocispecs.Platform) error {
		s, ok := scans.of(id)
		if !ok {
			return fmt.Errorf("no result for %s to scan", id)
		}
		var opts []bk.ConstraintsOpt
		if r.options.IsNoCache("sbom") {
			opts = append(opts, bk.IgnoreCache)
		}
		attestation, err := scanner(ctx, id, s.core, s.extras, opts...)
		if err != nil {
			return err
		}
		solved, err := bkresult.ConvertAttestation(&attestation, func(st *bk.State) (client.Reference, error) {
			return r.daemon.Solve(ctx, *st)
		})
		if err != nil {
			return err
		}
		rb.AddAttestation(id, *solved)
		return nil
	})
}

// scan is the input of the SBOM scanner for one platform.
type scan struct {
	core   bk.State
	extras map[string]bk.State
}

// scans are the scans of all platforms of a request. The key is the platform's id in the
// result.
type scans struct {
	mu   sync.Mutex
	byID map[string]scan
}

func (s *scans) add(id string, one scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = map[string]scan{}
	}
	s.byID[id] = one
}

func (s *scans) of(id string) (scan, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	one, ok := s.byID[id]
	return one, ok
}

// These build args ask the scanner to scan more than the result. They mean what they mean
// in a Dockerfile.
const (
	argScanStage   = "BUILDKIT_SBOM_SCAN_STAGE"
	argScanContext = "BUILDKIT_SBOM_SCAN_CONTEXT"
)

// scan returns the input of the SBOM scanner for a result. If the request asks for them,
// it includes the compile root, which has the records of all linked packages, and the
// build context.
func (g *graph) scan(core bk.State) scan {
	extras := map[string]bk.State{}
	if asksFor(g.options.BuildArgs[argScanStage], "build") {
		extras["build"] = g.states.State(g.plan.Compiled)
	}
	if asksFor(g.options.BuildArgs[argScanContext], "") {
		if st, ok := g.contexts[""]; ok {
			extras["context"] = st
		}
	}
	return scan{core: core, extras: extras}
}

// asksFor reports whether a build arg that is a boolean or a list of names includes name.
func asksFor(value, name string) bool {
	if yes, err := strconv.ParseBool(value); err == nil {
		return yes
	}
	return name != "" && slices.Contains(strings.Split(value, ","), name)
}

func (r *request) scanner(ctx context.Context) (sbom.Scanner, error) {
	worker := r.worker()
	return sbom.CreateSBOMScanner(ctx, r.daemon.Client, r.options.SBOM.Generator, worker, sourceresolver.Opt{
		ImageOpt: &sourceresolver.ResolveImageOpt{
			Platform:    &worker,
			ResolveMode: r.options.ImageResolveMode.String(),
		},
	}, r.options.SBOM.Parameters)
}
