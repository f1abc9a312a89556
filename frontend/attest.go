package frontend

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	intoto "github.com/in-toto/in-toto-golang/in_toto"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/attestations"
	"github.com/moby/buildkit/frontend/attestations/sbom"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	gatewaypb "github.com/moby/buildkit/frontend/gateway/pb"
	bkresult "github.com/moby/buildkit/solver/result"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/failure"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step/sbomstep"
)

// attestSBOM adds to an image of each platform what its binaries were linked of. It runs
// the SBOM scanner of the request on any other result, and on an image if the request
// names the scanner: the one that BuildKit takes by itself sees nothing in a static
// program. A request without SBOM gets no attestation, since any attestation turns a plain
// image into an index.
func (r *request) attestSBOM(ctx context.Context, rb *dockerui.ResultBuilder, scans *scans) error {
	if r.options.SBOM == nil {
		return nil
	}
	if r.target.Result == plan.ImageResult {
		if err := r.attestDocuments(ctx, rb, scans); err != nil || !namesScanner(r.gateway.BuildOpts().Opts) {
			return err
		}
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

// attestDocuments attaches the SPDX document to the image of each platform.
func (r *request) attestDocuments(ctx context.Context, rb *dockerui.ResultBuilder, scans *scans) error {
	return rb.EachPlatform(ctx, func(ctx context.Context, id string, _ ocispecs.Platform) error {
		s, ok := scans.of(id)
		if !ok {
			return fmt.Errorf("no result for %s to describe", id)
		}
		ref, err := s.graph.build(ctx, s.graph.plan.Documents)
		if err != nil {
			return s.graph.explain(ctx, err)
		}
		rb.AddAttestation(id, client.Attestation{
			Kind: gatewaypb.AttestationKind_InToto,
			Ref:  ref,
			Path: sbomstep.SPDXFile,
			Metadata: map[string][]byte{
				bkresult.AttestationReasonKey: []byte(bkresult.AttestationReasonSBOM),
			},
			InToto: bkresult.InTotoAttestation{PredicateType: intoto.PredicateSPDX},
		})
		return nil
	})
}

// namesScanner reports whether the options of a request name an SBOM scanner. BuildKit's
// parser does not tell such a request from one that leaves the scanner to BuildKit.
func namesScanner(opts map[string]string) bool {
	for name, value := range opts {
		for _, prefix := range []string{"attest:", "build-arg:BUILDKIT_ATTEST_"} {
			if kind, ok := strings.CutPrefix(name, prefix); ok && strings.EqualFold(kind, attestations.KeyTypeSbom) &&
				strings.Contains(value, "generator=") {
				return true
			}
		}
	}
	return false
}

// scan is the input of the SBOM scanner for one platform.
type scan struct {
	core   bk.State
	extras map[string]bk.State
	graph  *graph
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
	return scan{core: core, extras: extras, graph: g}
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
