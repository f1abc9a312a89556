package frontend

import (
	"errors"
	"strings"
	"testing"

	"github.com/distribution/reference"
	"github.com/google/go-cmp/cmp"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/dockerui"
	"github.com/moby/buildkit/solver/errdefs"
	digest "github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/daemon"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/llb"
)

func TestAlsoFollow(t *testing.T) {
	li := &bk.LocalInfo{}
	bk.FollowPaths([]string{"a", "b"}).SetLocalOption(li)
	alsoFollow("c").SetLocalOption(li)
	if want := `["a","b","c"]`; li.FollowPaths != want {
		t.Errorf("paths %s, want %s", li.FollowPaths, want)
	}
	all := &bk.LocalInfo{}
	alsoFollow("c").SetLocalOption(all)
	if all.FollowPaths != "" {
		t.Errorf("of all paths, only %s are left", all.FollowPaths)
	}
}

var (
	dgst  = digest.FromString("base")
	amd64 = ocispecs.Platform{OS: "linux", Architecture: "amd64"}
)

const lockedText = `build: {run: make, packages: [jansson], base: "alpine:3.24"}
binary: a.out
`

// withLock returns a parsed Scratchfile with a lock for amd64.
func withLock(t *testing.T, text string, p ocispecs.Platform) *parsed {
	t.Helper()
	sm := sourceMap([]byte(text))
	sm.Filename = "Scratchfile"
	file := &buildFile{
		gateway: plainClient{},
		options: &dockerui.Client{Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{amd64}}},
		source:  &dockerui.Source{SourceMap: sm},
	}
	req := &request{buildFile: file, daemon: daemon.New(&offline{}, nil), lock: &lock.Lock{Platforms: []lock.Platform{{
		Name: "linux/amd64", Base: "alpine:3.24", Digest: dgst.String(),
		Installs: []lock.Install{{Packages: []string{"jansson"}, Files: []lock.File{{
			Name: "jansson", Version: "2.14-r0", SHA256: dgst.Encoded(),
			URL: "https://mirror.example/x86_64/jansson-2.14-r0.apk",
		}}}},
	}}}}
	sf := parseText(t, text)
	return &parsed{request: req, platform: p, written: sf, file: sf, shown: req.masked(sf)}
}

func TestMakePlanUsesTheLock(t *testing.T) {
	p := withLock(t, lockedText, amd64)
	got, err := p.makePlan(seen{})
	if err != nil || got.plan.Locked == nil {
		t.Errorf("plan %v, error %v", got, err)
	}
	p.lock = nil
	got, err = p.makePlan(seen{})
	if err != nil || got.plan.Locked != nil {
		t.Errorf("without a lock: %v, error %v", got, err)
	}
}

// planError gives the error of the plan of a Scratchfile.
func planError(p *parsed) func() error {
	return func() error {
		_, err := p.makePlan(seen{})
		return err
	}
}

// lockedBase is the base as the lock has it.
func lockedBase(p *parsed) wanted {
	at := p.file.Build.Base
	return wanted{kind: plan.KindBase, name: at.Value, at: at.Range, locked: &p.lock.Platforms[0].Digest}
}

func TestStaleLock(t *testing.T) {
	more := strings.Replace(lockedText, "jansson]", "jansson, zlib]", 1)
	for name, tc := range map[string]struct {
		err  func() error
		want []string
	}{
		"platform": {planError(withLock(t, lockedText, ocispecs.Platform{OS: "linux", Architecture: "arm64"})), []string{"+ platform linux/arm64"}},
		"base":     {planError(withLock(t, strings.Replace(lockedText, "3.24", "3.23", 1), amd64)), []string{"- base alpine:3.24", "+ base alpine:3.23"}},
		"packages": {planError(withLock(t, more, amd64)), []string{"- packages jansson\n", "+ packages jansson zlib"}},
		"surplus":  {planError(withLock(t, strings.Replace(lockedText, ", packages: [jansson]", "", 1), amd64)), []string{"- packages jansson"}},
		"context": {func() error {
			p := withLock(t, lockedText, amd64)
			return p.checkLocked(lockedBase(p), digest.FromString("other"))
		}, []string{"is " + digest.FromString("other").String()}},
		"context without a digest": {func() error {
			p := withLock(t, lockedText, amd64)
			return p.checkLocked(lockedBase(p), "")
		}, []string{"is without a digest"}},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.err()
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range append(tc.want, "Scratchfile.lock does not fit", "docker buildx build -f Scratchfile --target lock --output . .") {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			sources := errdefs.Sources(err)
			if len(sources) == 0 || sources[0].Ranges[0].Start.Line != 1 {
				t.Errorf("sources %v, want line 1", sources)
			}
		})
	}
}

func TestPin(t *testing.T) {
	named, err := reference.ParseNormalizedNamed("alpine:3.24")
	if err != nil {
		t.Fatal(err)
	}
	p := withLock(t, lockedText, amd64)
	if got, err := p.pin(named, wanted{}); err != nil || got.String() != named.String() {
		t.Errorf("without a lock: %v, %v", got, err)
	}
	if got, err := p.pin(named, lockedBase(p)); err != nil || got.String() != named.String()+"@"+dgst.String() {
		t.Errorf("%v, %v", got, err)
	}
}

// TestFailedFetch: the error names the package of the failed vertex, or the base.
func TestFailedFetch(t *testing.T) {
	planned, err := withLock(t, lockedText, amd64).makePlan(seen{})
	if err != nil {
		t.Fatal(err)
	}
	planned.program = llb.Program{State: bk.Image("frontend"), Path: "/frontend", Platform: amd64}
	r := &resolved{planned: planned, base: base{state: bk.Image("alpine")}, contexts: map[string]bk.State{"": bk.Local("context")}}
	g := r.convert()
	def, err := g.marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("invalid response status 404")
	var explained []string
	for _, dt := range def.Def {
		failed := errdefs.WrapVertex(cause, digest.FromBytes(dt))
		got := g.explain(t.Context(), failed)
		if !errors.Is(got, cause) {
			t.Errorf("the cause is lost in %v", got)
		}
		if got.Error() != failed.Error() {
			explained = append(explained, got.Error())
		}
	}
	want := []string{"base alpine:3.24: invalid response status 404", "the package jansson-2.14-r0 can't be fetched as Scratchfile.lock has it. If its repository has dropped or rebuilt it, " +
		"refresh the lock: docker buildx build -f Scratchfile --target lock --output . .: invalid response status 404"}
	if diff := cmp.Diff(want, explained); diff != "" {
		t.Error(diff)
	}
	if got := g.explain(t.Context(), cause); got != cause {
		t.Errorf("an error of no vertex became %v", got)
	}
}

func TestLockState(t *testing.T) {
	for _, name := range []string{"Scratchfile.lock", "sub/dir/Scratchfile.lock"} {
		def, err := lockState(name, []byte("text")).Marshal(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if got := string(def.Def[0]); !strings.Contains(got, "/"+name) || strings.Contains(got, "/sub") != strings.Contains(name, "/") {
			t.Errorf("the file lands in %q", got)
		}
	}
}
