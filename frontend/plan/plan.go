package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Options are the parts of a request that change a plan.
type Options struct {
	// Platform is the platform of the image.
	Platform ocispecs.Platform
	// Epoch, when set, is the time of every file in the image.
	Epoch *time.Time
	// Lock, when set, says which files of packages to install.
	Lock *lock.Lock
	// Project is the id of the project. Projects with different ids have different
	// caches.
	Project string
	// CacheNamespace is a prefix for the ids of caches.
	CacheNamespace string
	// Whole makes the first verify step see the root and the workdir of the compile as
	// one tree. Otherwise it sees only those that the paths of the binaries name. Links
	// that lead from one to the other need it.
	Whole bool
	// PlainData is true if a look at [Plan.Data] has found no file with an execute bit. No step
	// then verifies the data.
	PlainData bool
	// SBOM asks for the documents of what the binaries were linked of.
	SBOM bool
	// Repository and Commit are those of the main build context; empty if it is in none.
	Repository, Commit string
	// NoTests is true for a daemon that can't run programs of the platform. Tests are then
	// left out.
	NoTests bool
	// ToolsApart is true for a platform whose programs only the daemon may be able to start.
	// The tools then run in steps of their own, and not as processes of a verify step.
	ToolsApart bool
	// TestsApart is true for a daemon that can't make one result wait for another. The
	// image then does not wait for the tests.
	TestsApart bool
}

// Plan is what the build of one target on one platform does.
type Plan struct {
	// File is the Scratchfile after the target has changed it.
	File *spec.Scratchfile
	// Locked is the lock's entry for the platform; nil without a lock.
	Locked *lock.Platform
	// Steps are sorted: each step comes after all steps that it needs.
	Steps []Step
	// Installs are the additions of packages to the base, sorted, each once.
	Installs []Install
	// Contexts are the build contexts that steps read, the main one first.
	Contexts []Context
	// Images are the images that steps read besides the base, sorted.
	Images []Image

	// Image is the scratch root. It can't be built if a binary is refused or a test
	// fails.
	Image Ref
	// Binaries is the layer of the image with the verified binaries alone.
	Binaries Ref
	// Compiled is the root of the build, with the workdir in it. Nothing in it is
	// verified.
	Compiled Ref
	// Reports are the folders with the reports of the verify steps. Each step verifies
	// the output of the one before. After a refusal, the later reports have no meaning.
	Reports []Ref
	// DataReport is the folder with the report of the step that verifies the data; zero if
	// the data has no programs for sure.
	DataReport Ref
	// Data is the tree that the step of DataReport verifies; zero if the step has to be there
	// whatever the data has.
	Data Ref
	// Documents is the folder with the documents of what the binaries were linked of, and
	// DocumentsReport the one with the report of the step that makes them. They are zero if
	// nothing asks for them. Chosen has those documents that the target is for.
	Documents, DocumentsReport, Chosen Ref
	// Refusals are the reports of steps that prepare something or refuse it: they take
	// includes from packages and check downloads. After a refusal, the later steps have no
	// meaning.
	Refusals []ReportRef
	// Overlaps are the places that depend on the contents of a folder. Image may be used
	// only after all of them are checked.
	Overlaps []Overlap
	// Tests are the results of the tests that Image does not wait for.
	Tests []Ref
	// Finder is the process of a step that runs after a failure; see [Plan.Find]. It is nil
	// without a build.
	Finder *Exec
}

// Install is an addition of packages to the base, or to the root with those of the target.
type Install struct {
	// Packages are the requested packages, sorted.
	Packages []string
	// Arch is apk's name of the architecture of the packages, which go to a root of their
	// own; empty for those that go to the base and are of its platform.
	Arch string
	// Ranges are the places that request them.
	Ranges []spec.Range
}

// Image is an image that the build reads.
type Image struct {
	Ref string
	// Range is the first place that names it.
	Range spec.Range
}

// ReportRef is the folder with the report of a step, and the place in the Scratchfile that
// the step is for.
type ReportRef struct {
	// Command is the command of the step.
	Command string
	Report  Ref
	Range   spec.Range
}

func (in Install) title() string {
	names := strings.Join(in.Packages, " ")
	if in.Arch != "" {
		return "apk add --arch " + in.Arch + " " + names
	}
	return "apk add " + names
}

// New plans the build of a target of sf. The error is a [*LockError] if the lock does not
// fit sf. There is no such plan for the lock; see [Lock].
func New(sf *spec.Scratchfile, target Target, opt Options) (*Plan, error) {
	if target.Result == LockResult {
		return nil, errors.New("the target lock has no graph of its own: what it does depends on what the repositories of the base answer")
	}
	if err := CheckLock(sf, opt.Lock, opt.Platform); err != nil {
		return nil, err
	}
	if target.Result == CompileResult && sf.Build.Range == (spec.Range{}) {
		return nil, fmt.Errorf("the target %s is what the build leaves, and the file has no build\n  fix: choose another target, or add the key build", target.Name)
	}
	p := newPlanner(target.Apply(sf), opt)
	p.written, p.tools = sf, toolsOf(sf)
	p.documents = target.documents
	p.plan()
	return p.finish(), nil
}

// unlocked plans a build without a lock, for what it reads.
func unlocked(sf *spec.Scratchfile) *Plan {
	p := newPlanner(sf, Options{})
	p.plan()
	return p.finish()
}

// newPlanner returns a planner with an empty plan.
func newPlanner(sf *spec.Scratchfile, opt Options) *planner {
	p := &planner{sf: sf, written: sf, tools: toolsOf(sf), opt: opt, known: map[string]Ref{}}
	p.out.File = sf
	if opt.Lock != nil {
		p.out.Locked = opt.Lock.Find(PlatformName(opt.Platform), buildName(sf))
	}
	return p
}

// planner makes the steps of one Scratchfile.
type planner struct {
	sf  *spec.Scratchfile
	opt Options
	out Plan
	// written is the Scratchfile before the target has changed it, and tools are those that
	// it asks for. The build has their packages in all targets, so that all share it.
	written *spec.Scratchfile
	tools   []tool
	// known are the steps that several others share, by key.
	known map[string]Ref
	// toolchain is the root with the packages of the build.
	toolchain Ref
	// target is the root with the packages of the target; zero if there are none.
	target Ref
	// built is the result of the compile.
	built compiled
	// evidence is the folder with the records of the links of build.run; zero without any.
	evidence Ref
	// changes are what was done to binaries after their first verification.
	changes []change
	// documents are the names of those that the target is for.
	documents []string
}

func (p *planner) plan() {
	p.built = p.compile()
	verified := p.verified()
	p.describe(verified)
	image := p.image(verified)
	tests := p.tests(image)
	p.out.Compiled = p.compiledRoot()
	if !p.toolchain.IsZero() {
		p.out.Finder = p.finder()
	}
	if p.opt.TestsApart {
		p.out.Image, p.out.Tests = image, tests
		return
	}
	p.out.Image = p.requireTests(image, tests)
}

func (p *planner) finish() *Plan {
	same := func(a, b Install) int {
		return cmp.Or(cmp.Compare(a.Arch, b.Arch), slices.Compare(a.Packages, b.Packages))
	}
	slices.SortStableFunc(p.out.Installs, same)
	p.out.Installs = slices.CompactFunc(p.out.Installs, func(a, b Install) bool { return same(a, b) == 0 })
	slices.SortFunc(p.out.Images, func(a, b Image) int { return cmp.Compare(a.Ref, b.Ref) })
	p.out.Contexts = slices.SortedFunc(slices.Values(p.out.Contexts), func(a, b Context) int { return cmp.Compare(a.Name, b.Name) })
	return &p.out
}

// add appends a step and returns the tree that it makes.
func (p *planner) add(s Step) Ref {
	s.Title = oneLine(s.Title)
	p.out.Steps = append(p.out.Steps, s)
	return Ref{Step: len(p.out.Steps), Path: "/"}
}

// once appends a step unless there is one with the same key.
func (p *planner) once(key string, s Step) Ref {
	ref, ok := p.known[key]
	if !ok {
		ref = p.add(s)
		p.known[key] = ref
	}
	return ref
}

// NeedsBase reports whether a step starts from the base.
func (p *Plan) NeedsBase() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool { return s.Kind == KindBase })
}

func (p *planner) base() Ref {
	b := p.sf.Build.Base
	return p.once("base", Step{
		Kind: KindBase, Title: b.Value, Ranges: []spec.Range{b.Range}, Source: &Source{Base: b.Value},
	})
}

// program returns the root with the frontend's own program.
func (p *planner) program() Ref {
	return p.once("program", Step{
		Kind: KindProgram, Title: "the frontend's own image", Source: &Source{Program: true},
	})
}

// maxTitle is how many bytes of a command a title shows: one line of a terminal, with
// space for the columns of the progress display.
const maxTitle = 100

// oneLine shortens a script to one progress line that shows how the script starts.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= maxTitle {
		return quote.Line(s)
	}
	return quote.Line(strings.ToValidUTF8(s[:maxTitle], "")) + "…"
}

// ranges returns the places of several strings.
func ranges(ss []spec.String) []spec.Range {
	out := make([]spec.Range, len(ss))
	for i, s := range ss {
		out[i] = s.Range
	}
	return out
}

// rangesOf returns the places of packages.
func rangesOf(packages []spec.Package) []spec.Range {
	out := make([]spec.Range, len(packages))
	for i, p := range packages {
		out[i] = p.Range
	}
	return out
}

// values returns the texts of several strings.
func values(ss []spec.String) []string {
	out := make([]string, len(ss))
	for i, s := range ss {
		out[i] = s.Value
	}
	return out
}
