package plan

import (
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/containerd/platforms"
	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

var update = flag.Bool("update", false, "rewrite testdata/*.golden")

var amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}

var arm64 = ocispecs.Platform{OS: "linux", Architecture: "arm64"}

// parse reads a Scratchfile as a build for amd64 does.
func parse(t testing.TB, data string) *spec.Scratchfile {
	t.Helper()
	return parseFor(t, data, amd64)
}

// parseFor reads a Scratchfile as a build on amd64 for another platform does.
func parseFor(t testing.TB, data string, p ocispecs.Platform) *spec.Scratchfile {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", []byte(data), spec.Vars{Platform: map[string]string{
		"TARGETPLATFORM": platforms.Format(p), "TARGETOS": p.OS, "TARGETARCH": p.Architecture, "TARGETVARIANT": p.Variant,
		"BUILDPLATFORM": "linux/amd64", "BUILDOS": "linux", "BUILDARCH": "amd64",
	}})
	if err != nil {
		t.Fatal(err)
	}
	return sf
}

// read parses a case of testdata, and its lock if there is one.
func read(t testing.TB, name string) (*spec.Scratchfile, Options) {
	t.Helper()
	opt := Options{Platform: amd64, Project: "project-id"}
	data, err := os.ReadFile(filepath.Join("testdata", name+".scratchfile"))
	if err != nil {
		t.Fatal(err)
	}
	if locked, err := os.ReadFile(filepath.Join("testdata", name+".lock")); err == nil {
		l, err := lock.Parse(name+".lock", locked)
		if err != nil {
			t.Fatal(err)
		}
		opt.Lock = l
	}
	opt.ToolsApart = name == "apart"
	if name == "sbom" {
		opt.Repository, opt.Commit = "https://git.example/own.git", "c0ffee12c0ffee12c0ffee12c0ffee12c0ffee12"
	}
	if strings.HasPrefix(name, "cross") {
		opt.Platform, opt.SBOM, opt.NoTests = arm64, true, true
	}
	return parseFor(t, string(data), opt.Platform), opt
}

// cases returns the names of all cases of testdata.
func cases(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("testdata/*.scratchfile")
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var out []string
	for _, f := range files {
		out = append(out, strings.TrimSuffix(filepath.Base(f), ".scratchfile"))
	}
	return out
}

func makePlan(t testing.TB, sf *spec.Scratchfile, opt Options) *Plan {
	t.Helper()
	p, err := New(sf, Target{}, opt)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestGolden compares the steps of each Scratchfile under testdata with the file beside
// it.
func TestGolden(t *testing.T) {
	for _, name := range cases(t) {
		t.Run(name, func(t *testing.T) {
			sf, opt := read(t, name)
			p := makePlan(t, sf, opt)
			compareGolden(t, name, Text(p.StepsFor(p.Image)))
		})
	}
}

func compareGolden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", file, diff)
	}
}

// TestStepsAreSorted: a step comes after all steps that it needs.
func TestStepsAreSorted(t *testing.T) {
	for _, name := range cases(t) {
		sf, opt := read(t, name)
		for i, s := range makePlan(t, sf, opt).Steps {
			for _, n := range s.Needs() {
				if n < 1 || n > i {
					t.Errorf("%s: step %d needs %d", name, i+1, n)
				}
			}
		}
	}
}

// TestEpoch: every file of the image has the epoch as its time, and the compile gets it
// as a variable.
func TestEpoch(t *testing.T) {
	sf, opt := read(t, "include")
	epoch := time.Unix(1700000000, 0).UTC()
	opt.Epoch = &epoch
	p := makePlan(t, sf, opt)
	compareGolden(t, "epoch", Text(p.StepsFor(p.Image)))
	for _, s := range p.StepsFor(p.Image) {
		if s.Kind != KindFinal || s.Files == nil {
			continue
		}
		for _, op := range s.Files.Ops {
			if op.Time == nil && op.To != spec.TmpDir {
				t.Errorf("%s: %s has the time of the build", s.Name(), op.To)
			}
		}
	}
}

// TestStack: the wrapper of the linker gets the stack in each command, and only the
// programs that the build makes must have one.
func TestStack(t *testing.T) {
	sf := parse(t, `
build: {run: [make, make install], stack: 2M}
binary: [a.out, {context: tools, path: b}, {from: c, compress: upx}]
`)
	plan := makePlan(t, sf, Options{Platform: amd64})
	commands, stacks := 0, []bool{}
	for _, s := range plan.Steps {
		switch {
		case s.Kind == KindBuild && s.Exec != nil:
			commands++
			if !slices.Equal(s.Exec.Args[:3], []string{"/.scratch-frontend/scratch-linker", "-stack=2097152", "/.scratch-frontend/evidence"}) {
				t.Errorf("command %q", s.Exec.Args)
			}
		case s.Kind == KindVerify:
			req, err := verifystep.ParseRequest(s.Exec.Args[1:])
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range []verifystep.Request{req, req.After("/x")} {
				if hasRecords := r.Records != ""; hasRecords != (i == 0) {
					t.Errorf("records of links in verification %d: %v", i, hasRecords)
				}
				for _, b := range r.Binaries {
					stacks = append(stacks, b.Stack)
				}
			}
		}
	}
	// What upx has packed shows no stack.
	if want := []bool{true, false, true, true, false, false}; commands != 2 || !slices.Equal(stacks, want) {
		t.Errorf("%d commands; stacks %v, want %v", commands, stacks, want)
	}
}

// TestTestsApart: if the image can't wait for the tests, the plan lists their results.
func TestTestsApart(t *testing.T) {
	sf, opt := read(t, "test")
	if p := makePlan(t, sf, opt); len(p.Tests) != 0 || p.Steps[p.Image.Step-1].Pass == nil {
		t.Error("the image does not wait for its tests")
	}
	opt.TestsApart = true
	p := makePlan(t, sf, opt)
	if len(p.Tests) != 2 {
		t.Errorf("%d tests beside the image, want 2", len(p.Tests))
	}
	for _, s := range p.StepsFor(p.Image) {
		if s.Kind == KindTest {
			t.Error("the image needs a test")
		}
	}
}

func TestContextPaths(t *testing.T) {
	for _, tc := range []struct {
		name, file string
		want       []Context
	}{
		{"everything by default", "build: {run: make}\nbinary: a\nfiles: [data]\n", []Context{{}}},
		{"the union, sorted", "build: {run: make, sources: [src, include]}\nbinary: a\nfiles: [data]\n", []Context{{Paths: []string{"data", "include", "src"}}}},
		{"once each", "build: {run: make, sources: [src]}\nbinary: a\nfiles: [src]\n", []Context{{Paths: []string{"src"}}}},
		{"a file that is everything", "build: {run: make, sources: [src]}\nbinary: a\nfiles: [{from: ., to: /x}]\n", []Context{{}}},
		{"named ones", "build: {run: make, sources: [{context: a, path: x}]}\nbinary: a\nfiles: [{context: b, path: y}, {context: a, path: z}]\n",
			[]Context{{Name: "a", Paths: []string{"x", "z"}}, {Name: "b", Paths: []string{"y"}}}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := makePlan(t, parse(t, tc.file), Options{Platform: amd64}).Contexts
			if diff := cmp.Diff(tc.want, got, cmpopts.IgnoreFields(Context{}, "Ranges")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestContextRanges: a context has the places of all lines that name it.
func TestContextRanges(t *testing.T) {
	sf := parse(t, "build: {run: make, sources: [{context: a, path: x}]}\nbinary: a\nfiles: [{context: b, path: y}, {context: a, path: z}]\n")
	got := makePlan(t, sf, Options{Platform: amd64}).Contexts
	if diff := cmp.Diff([]spec.Range{sf.Build.Sources[0].Range, sf.Files[1].Range}, got[0].Ranges); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]spec.Range{sf.Files[0].Range}, got[1].Ranges); diff != "" {
		t.Error(diff)
	}
}

func TestSame(t *testing.T) {
	for _, name := range cases(t) {
		sf, opt := read(t, name)
		want := makePlan(t, sf, opt)
		for range 50 {
			if diff := cmp.Diff(want, makePlan(t, sf, opt)); diff != "" {
				t.Fatalf("%s: %s", name, diff)
			}
		}
	}
}

// TestLockTargetHasNoPlan: whoever asks for the graph of the target lock gets an error, and
// not the graph of the image.
func TestLockTargetHasNoPlan(t *testing.T) {
	target, err := FindTarget("lock")
	if err != nil {
		t.Fatal(err)
	}
	sf, err := spec.Parse("Scratchfile", []byte("build: {run: make}\nbinary: a\n"), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	if p, err := New(sf, target, Options{}); err == nil {
		t.Errorf("%d steps", len(p.Steps))
	}
}

// TestPatternIsMatchedOnce: what strip leaves is found by its place in the image, which may
// read like the pattern that found it first.
func TestPatternIsMatchedOnce(t *testing.T) {
	sf := parse(t, "build: {run: make}\nbinary: {from: '/x[ab]', to: '/x\\[ab]/', strip: true}\n")
	var patterns []bool
	for _, s := range makePlan(t, sf, Options{Platform: amd64, ToolsApart: true}).Steps {
		if s.Kind == KindVerify {
			patterns = append(patterns, strings.Contains(strings.Join(s.Exec.Args, " "), `"pattern":true`))
		}
	}
	if !slices.Equal(patterns, []bool{true, false}) {
		t.Errorf("patterns %v, want one before strip and none after", patterns)
	}
}

// TestNoBuildToReturn: the target that returns what the build leaves needs a build.
func TestNoBuildToReturn(t *testing.T) {
	target, err := FindTarget("build")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := New(parse(t, "binary: app\n"), target, Options{Platform: amd64}); err == nil || !strings.Contains(err.Error(), "no build") {
		t.Errorf("got %v", err)
	}
}
