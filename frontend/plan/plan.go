package plan

import (
	"cmp"
	"slices"
	"strings"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Options are the parts of a request that shape a plan.
type Options struct {
	// Platform is what the image is for.
	Platform ocispecs.Platform
	// Epoch, when set, is the time of every file in the image.
	Epoch *time.Time
	// Lock, when set, says where all packages come from.
	Lock *lock.Lock
	// Project tells the caches of one project from those of another.
	Project string
	// CacheNamespace is put before the ids of caches.
	CacheNamespace string
	// Whole has the first verify step see the root and the workdir of the compile as one
	// tree, and not only those parts that the paths of the binaries name: for links that
	// lead from one to the other.
	Whole bool
	// TestsApart is set for a daemon that can't make one result wait for another: the
	// tests are then no part of the image's steps.
	TestsApart bool
}

// Plan is what the build of one target on one platform does.
type Plan struct {
	// File is the Scratchfile that the target is about.
	File *spec.Scratchfile
	// Locked is what the lock has for the platform; nil without a lock.
	Locked *lock.Platform
	// Steps stand behind the steps that they need.
	Steps []Step
	// Installs are the additions of packages to the base, sorted, each once.
	Installs []Install
	// Contexts are the build contexts that steps read, the main one first.
	Contexts []Context

	// Image is the scratch root. It can't be had if a binary is refused or a test
	// fails.
	Image Ref
	// Compiled is the root of the build with the workdir in it. Nothing of it is
	// verified.
	Compiled Ref
	// Reports are the folders with the reports of the verify steps. Each step verifies
	// what the one before it left, so that a refusal makes the rest meaningless.
	Reports []Ref
	// Includes are the steps that pick includes out of packages.
	Includes []IncludeStep
	// Overlaps are the places of the image that the content of a folder decides on. Each
	// must be looked at before Image is of use.
	Overlaps []Overlap
	// Tests are the results of the tests that Image does not wait for.
	Tests []Ref
}

// Install is an addition of packages to the base.
type Install struct {
	// Packages are what is asked for, sorted.
	Packages []string
	// Ranges are the places that ask for it.
	Ranges []spec.Range
}

func (in Install) title() string { return "apk add " + strings.Join(in.Packages, " ") }

// New plans the build of a target of sf. The error is a [*LockError] if the lock does not
// fit sf.
func New(sf *spec.Scratchfile, target Target, opt Options) (*Plan, error) {
	if err := CheckLock(sf, opt.Lock, opt.Platform); err != nil {
		return nil, err
	}
	p := newPlanner(target.Apply(sf), opt)
	p.plan()
	return p.finish(), nil
}

// Installs lists the additions of packages that a build of sf makes.
func Installs(sf *spec.Scratchfile) []Install {
	p := newPlanner(sf, Options{})
	p.plan()
	return p.finish().Installs
}

// newPlanner has no plan yet.
func newPlanner(sf *spec.Scratchfile, opt Options) *planner {
	p := &planner{sf: sf, opt: opt, known: map[string]Ref{}}
	p.out.File = sf
	if opt.Lock != nil {
		p.out.Locked = opt.Lock.Find(platformName(opt.Platform))
	}
	return p
}

// planner lays out the steps of one Scratchfile.
type planner struct {
	sf  *spec.Scratchfile
	opt Options
	out Plan
	// known are the steps that are made once and used by several.
	known map[string]Ref
}

func (p *planner) plan() {
	built := p.build(p.packages())
	verified := p.verified(built)
	image := p.image(verified)
	tests := p.tests(image)
	p.out.Compiled = p.compiledRoot(built)
	if p.opt.TestsApart {
		p.out.Image, p.out.Tests = image, tests
		return
	}
	p.out.Image = p.tested(image, tests)
}

func (p *planner) finish() *Plan {
	same := func(a, b Install) int { return slices.Compare(a.Packages, b.Packages) }
	slices.SortStableFunc(p.out.Installs, same)
	p.out.Installs = slices.CompactFunc(p.out.Installs, func(a, b Install) bool { return same(a, b) == 0 })
	p.out.Contexts = slices.SortedFunc(slices.Values(p.out.Contexts), func(a, b Context) int { return cmp.Compare(a.Name, b.Name) })
	return &p.out
}

// add appends a step and gives the tree that it leaves.
func (p *planner) add(s Step) Ref {
	s.Title = oneLine(s.Title)
	p.out.Steps = append(p.out.Steps, s)
	return Ref{Step: len(p.out.Steps), Path: "/"}
}

// once appends a step unless one was appended under the same key.
func (p *planner) once(key string, s Step) Ref {
	ref, ok := p.known[key]
	if !ok {
		ref = p.add(s)
		p.known[key] = ref
	}
	return ref
}

func (p *planner) base() Ref {
	b := p.sf.Build.Base
	return p.once("base", Step{
		Kind: KindBase, Title: b.Value, Ranges: []spec.Range{b.Range}, Source: &Source{Base: b.Value},
	})
}

// program is the root that holds the frontend's own program.
func (p *planner) program() Ref {
	return p.once("program", Step{
		Kind: KindProgram, Title: "the frontend's own image", Source: &Source{Program: true},
	})
}

// maxTitle is how many bytes of a command a title shows: one line of a terminal, with
// room for the progress columns.
const maxTitle = 100

// oneLine makes a script fit a progress line without hiding how it starts.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxTitle {
		return quote.Line(s)
	}
	return quote.Line(strings.ToValidUTF8(s[:maxTitle], "")) + "…"
}

// ranges collects the places of several strings.
func ranges(ss []spec.String) []spec.Range {
	out := make([]spec.Range, len(ss))
	for i, s := range ss {
		out[i] = s.Range
	}
	return out
}

// values collects the texts of several strings.
func values(ss []spec.String) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = s.Value
	}
	return out
}
