package frontend

import (
	"cmp"
	"context"
	"fmt"
	"path"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/frontend/gateway/client"
	dockerspec "github.com/moby/docker-image-spec/specs-go/v1"
	"golang.org/x/sync/errgroup"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/verifystep"
	"github.com/rene2/scratch-frontend/llb"
)

// target is something that --target can ask for.
type target struct {
	name        string
	description string
	// prepare changes a Scratchfile to what the target is about; nil changes
	// nothing.
	prepare func(*spec.Scratchfile)
	// whole, when set, answers for all platforms at once, and there is no graph.
	whole func(context.Context, *builder) (*client.Result, error)
	// result has the target's part of the graph solved.
	result func(context.Context, *platformBuilder, *llb.Graph) (*dockerui.BuildResult, error)
}

// targets lists what there is, the default first.
func targets() []target {
	return []target{
		{name: "image", description: "the scratch image: verified binaries and data files, after its tests", result: imageResult},
		{name: "binary", description: "the verified binaries alone, side by side: for --output", prepare: binariesOnly, result: imageResult},
		{name: "build", description: "the compile root with the workdir in it, not verified: to look around in", result: compiledResult},
		{name: "debug", description: "the scratch image with its symbols: without strip and compress", prepare: untransformed, result: imageResult},
		{name: "test", description: "an empty result, after the image has passed its tests", result: testResult},
		{name: "lock", description: "the lock file, with the packages and the base as they are now: for --output", whole: lockResult},
	}
}

// findTarget looks a target up as --target names it; empty means the default.
func findTarget(name string) (target, error) {
	all := targets()
	if name == "" {
		return all[0], nil
	}
	if i := slices.IndexFunc(all, func(t target) bool { return strings.EqualFold(t.name, name) }); i >= 0 {
		return all[i], nil
	}
	var names []string
	for _, t := range all {
		names = append(names, t.name)
	}
	return target{}, fmt.Errorf("there is no target %q; the targets are %s", name, strings.Join(names, ", "))
}

// binariesOnly makes a Scratchfile that ships its binaries at the root, under
// their base names, and nothing else; binaries that share a base name stay where
// they are. The tests and the folders are about the image, so they go too.
func binariesOnly(sf *spec.Scratchfile) {
	sf.Files, sf.Includes, sf.Tests = nil, nil, nil
	sf.Image.Workdir, sf.Image.Volumes = spec.String{Value: "/"}, nil
	if sharesBaseName(sf.Binaries) {
		return
	}
	for i := range sf.Binaries {
		to := &sf.Binaries[i].To.Value
		flat := "/" + path.Base(*to)
		if e := sf.Image.Entrypoint; len(e) > 0 && e[0].Value == *to {
			e[0].Value = flat
		}
		*to = flat
	}
}

// sharesBaseName reports whether two binaries can't lie side by side.
func sharesBaseName(binaries []spec.Binary) bool {
	seen := map[string]bool{}
	for _, b := range binaries {
		name := path.Base(b.To.Value)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

func untransformed(sf *spec.Scratchfile) {
	for i := range sf.Binaries {
		sf.Binaries[i].Strip = false
		sf.Binaries[i].Compress = spec.CompressNone
	}
}

// imageResult is the final state, which is returned only once all of its binaries
// are verified and all of its tests have passed.
func imageResult(ctx context.Context, b *platformBuilder, g *llb.Graph) (*dockerui.BuildResult, error) {
	g, err := b.check(ctx, g)
	if err != nil {
		return nil, err
	}
	ref, err := b.shipped(ctx, g)
	if err != nil {
		return nil, err
	}
	return b.result(g, g.Final, ref, imageConfig(b.sf, b.platform, b.Labels, b.epoch)), nil
}

func testResult(ctx context.Context, b *platformBuilder, g *llb.Graph) (*dockerui.BuildResult, error) {
	g, err := b.check(ctx, g)
	if err != nil {
		return nil, err
	}
	if _, err := b.shipped(ctx, g); err != nil {
		return nil, err
	}
	return b.result(g, bk.Scratch(), nil, emptyConfig(b.platform, b.epoch)), nil
}

// compiledResult is what the build left, as an image in whose container the build
// could go on.
func compiledResult(ctx context.Context, b *platformBuilder, g *llb.Graph) (*dockerui.BuildResult, error) {
	env, err := g.Compiled.Env(ctx)
	if err != nil {
		return nil, err
	}
	ref, err := b.built(ctx, g.Compiled)
	if err != nil {
		return nil, err
	}
	res := b.result(g, g.Compiled, ref, compiledConfig(b.base.image, env.ToArray(), b.sf, b.platform, b.epoch))
	res.BaseImage = b.base.image
	return res, nil
}

// check has the includes picked, the binaries verified, the places of the image looked
// at, and those tests run that the final state does not wait for. It gives the graph
// to go on with.
//
// The graph of the final state verifies by itself. The reports are read before,
// to warn, and to say why something is refused. But they are no part of the final
// state, so that an imported cache may lack them: with one, the final state is
// tried first, and reports are read only if that fails. A build that is all in the
// cache then runs nothing. The price: where it is not, warnings about the binaries
// stand in the verify step's output alone.
//
// Includes are picked and places looked at beside the compile. Neither stops the other
// one when it fails: what is compiled by then is there for the next build, no transfer
// is cut off, and of two errors it is always the same that is said.
func (b *platformBuilder) check(ctx context.Context, g *llb.Graph) (*llb.Graph, error) {
	if b.planned {
		return g, nil
	}
	if len(b.CacheImports) > 0 && len(g.Tests) == 0 && b.evaluate(ctx, g.Final) == nil {
		return g, cmp.Or(b.checkPlaces(ctx, g), b.checkMounts(ctx, g))
	}
	var eg errgroup.Group
	eg.Go(func() error {
		if err := b.requireIncluded(ctx, g.Includes); err != nil {
			return err
		}
		return b.checkPlaces(ctx, g)
	})
	verified, err := b.checkBinaries(ctx, g)
	if err := cmp.Or(err, eg.Wait()); err != nil {
		return nil, err
	}
	if err := b.checkMounts(ctx, verified); err != nil {
		return nil, err
	}
	return verified, b.evaluate(ctx, verified.Tests...)
}

// checkBinaries reads the reports of the verify steps. It gives the graph to go on
// with.
func (b *platformBuilder) checkBinaries(ctx context.Context, g *llb.Graph) (*llb.Graph, error) {
	rep, err := b.readReport(ctx, g.Reports[0])
	if err == nil && rep.Unseen() {
		// A link may lead from the workdir to the root, or back. Few do, and all
		// others would pay for the root, which changes with every build.
		g, rep, err = b.lookAtAll(ctx)
	}
	if err != nil {
		return nil, err
	}
	if err := b.requireVerified(ctx, rep); err != nil {
		return nil, err
	}
	for _, report := range g.Reports[1:] {
		rep, err := b.readReport(ctx, report)
		if err != nil {
			return nil, err
		}
		if err := b.requireVerified(ctx, rep); err != nil {
			return nil, err
		}
	}
	return g, nil
}

// lookAtAll lays the graph out again, with a verify step that sees all of the
// build's tree, and reads its report.
func (b *platformBuilder) lookAtAll(ctx context.Context) (*llb.Graph, *verifystep.Report, error) {
	g, err := b.layOut(true)
	if err != nil {
		return nil, nil, err
	}
	rep, err := b.readReport(ctx, g.Reports[0])
	return g, rep, err
}

// result is a platform's part of the answer, and what its SBOM is made from.
func (b *platformBuilder) result(g *llb.Graph, st bk.State, ref client.Reference, img *dockerspec.DockerOCIImage) *dockerui.BuildResult {
	b.scans.Store(b.id, scan{core: st, extras: b.scanExtras(g)})
	return &dockerui.BuildResult{Reference: ref, Image: img, Epoch: b.epoch}
}
