package llb

import (
	"time"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Inputs are the states that must be resolved before a graph can be made.
type Inputs struct {
	// Base is the apk-based root filesystem, with its image config applied
	// (PATH above all).
	Base bk.State
	// Context is the build context, holding at least [ContextPaths].
	Context bk.State
	// Named are the build contexts that sources and files come from beside it, by
	// name.
	Named map[string]bk.State
	// Verifier is what runs the verify step.
	Verifier Verifier
}

// Verifier is a root filesystem with this project's own static binary in it.
type Verifier struct {
	// State is the root filesystem.
	State bk.State
	// Path is the binary's absolute path in State.
	Path string
	// Platform is what the binary runs on: the worker's, not the target.
	Platform ocispecs.Platform
}

// Options are the parts of a build request that shape the graph.
type Options struct {
	// Platform is the target platform: the compile state runs on it, and every
	// binary must be made for it.
	Platform ocispecs.Platform
	// NamePrefix is put inside the brackets of every vertex name, so that the
	// platforms of one build can be told apart: "linux/arm64 " or "".
	NamePrefix string
	// SourceMap, when set, ties vertices to lines of the Scratchfile.
	SourceMap *bk.SourceMap
	// Epoch, when set, is the time of every file in the final state.
	Epoch *time.Time
	// CacheNamespace is put before the ids of persistent cache mounts.
	CacheNamespace string
	// BaseDigest is the base's; empty for a base that is no image.
	BaseDigest digest.Digest
	// Project tells the caches of one project from those of another.
	Project string
	// IgnoreCache says which steps run even when their result is cached.
	IgnoreCache func(Step) bool
	// Supports says what the daemon can do. What is only for speed is left out
	// where it can't; nil means a daemon that can do everything.
	Supports func(apicaps.CapID) bool
	// Network is what "network: default" means in this build.
	Network pb.NetMode
	// Limits are the resource settings of the steps that run the user's
	// commands.
	Limits Limits
	// Proxy, when set, reaches the steps with network, and no cache key.
	Proxy *bk.ProxyEnv
	// Whole has the first verify step see the build's root and workdir as one
	// tree, and not only those parts that the binaries' paths name: for links that
	// lead from one to the other.
	Whole bool
	// Lock, when set, is where all packages come from.
	Lock *lock.Platform
}

// Step is a step's name, as --no-cache-filter and vertex names have it.
type Step string

// The steps that run something.
const (
	StepPackages Step = "packages"
	StepSource   Step = "source"
	StepFetch    Step = "fetch"
	StepBuild    Step = "build"
	StepVerify   Step = "verify"
	StepStrip    Step = "strip"
	StepCompress Step = "compress"
	StepInclude  Step = "include"
	StepFinal    Step = "final"
	StepTest     Step = "test"
	StepLock     Step = "lock"
)

// Graph holds the states of one build for one platform.
type Graph struct {
	// Final is the scratch state: verified binaries and data files. It fails to
	// solve if a binary is refused or a test is not passed.
	Final bk.State
	// Compiled is the root of the build step with the workdir in it: not verified,
	// and of no use but to look at.
	Compiled bk.State
	// Reports hold the report of one verify step each and nothing else; see
	// [verifystep.ReportFile]. A step's binaries are what the next one starts
	// from, so a refusal in one makes the rest of the graph meaningless.
	Reports []bk.State
	// Includes are the steps that pick includes out of packages.
	Includes []IncludeStep
	// Overlaps are the places that the content of a folder decides on. Each must be
	// looked at before Final is of use.
	Overlaps []Overlap
	// Tests are the tests that Final can't wait for by itself, since the daemon is
	// too old for it: they fail to solve if the image does not pass them.
	Tests []bk.State
}

// New lays out the whole graph of sf. Nothing is solved. The error is an
// [*UnlockedError] if a lock does not fit the Scratchfile.
func New(sf *spec.Scratchfile, in Inputs, opt Options) (*Graph, error) {
	g := &grapher{sf: sf, opt: opt}
	out, err := g.graph(in)
	if err == nil && len(g.unlocked) > 0 {
		err = &UnlockedError{g.unlocked}
	}
	return out, err
}

func (g *grapher) graph(in Inputs) (*Graph, error) {
	built := g.build(g.packages(in.Base), in)
	verified, reports, err := g.verified(built, in)
	if err != nil {
		return nil, err
	}
	final, err := g.final(verified, in)
	if err != nil {
		return nil, err
	}
	tests := g.tests(final, in.Verifier)
	if g.supports(pb.CapPassthroughOp) {
		final, tests = g.tested(final, tests), nil
	}
	return &Graph{
		Final:    final,
		Reports:  reports,
		Tests:    tests,
		Includes: g.includeSteps,
		Overlaps: g.overlaps,
		Compiled: g.compiledRoot(built),
	}, nil
}

// verified is the compiled binaries as they are shipped. What is changed after it
// was verified is verified again: the last verify step is what ships.
func (g *grapher) verified(built compiled, in Inputs) (bk.State, []bk.State, error) {
	first, err := g.verify(g.compiledTree(built), g.compiledCandidates(), in.Verifier)
	if err != nil || !g.transforms() {
		return first.verified, []bk.State{first.report}, err
	}
	changed := transformedTree(g.transform(in.Base, first.verified))
	second, err := g.verify(changed, g.transformedCandidates(), in.Verifier)
	return second.verified, []bk.State{first.report, second.report}, err
}

// grapher carries what every step needs.
type grapher struct {
	sf  *spec.Scratchfile
	opt Options
	// installs are the additions of packages so far, and unlocked those of them
	// that the lock has nothing for.
	installs, unlocked []Install
	// includeSteps and overlaps are those of the graph so far.
	includeSteps []IncludeStep
	overlaps     []Overlap
}

func (g *grapher) supports(id apicaps.CapID) bool {
	return g.opt.Supports == nil || g.opt.Supports(id)
}
