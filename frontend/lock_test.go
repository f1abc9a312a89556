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

	"github.com/rene2/scratch-frontend/frontend/lock"
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

// lockedBuilder builds a Scratchfile that has a lock for amd64.
func lockedBuilder(t *testing.T, p ocispecs.Platform) *platformBuilder {
	t.Helper()
	sm := sourceMap([]byte(lockedText))
	sm.Filename = "Scratchfile"
	b := &builder{
		Client: &dockerui.Client{Config: dockerui.Config{BuildPlatforms: []ocispecs.Platform{amd64}}},
		src:    &dockerui.Source{SourceMap: sm},
		lock: &lock.Lock{Platforms: []lock.Platform{{
			Name: "linux/amd64", Base: "alpine:3.24", Digest: dgst.String(),
			Installs: []lock.Install{{Packages: []string{"jansson"}, Files: []lock.File{{
				Name: "jansson", Version: "2.14-r0", SHA256: dgst.Encoded(),
				URL: "https://mirror.example/x86_64/jansson-2.14-r0.apk",
			}}}},
		}}},
	}
	return &platformBuilder{builder: b, platform: p, sf: parsed(t, lockedText)}
}

func TestUseLock(t *testing.T) {
	pb := lockedBuilder(t, amd64)
	if err := pb.useLock(); err != nil || pb.locked == nil {
		t.Errorf("locked %v, error %v", pb.locked, err)
	}
	pb = lockedBuilder(t, amd64)
	pb.lock = nil
	if err := pb.useLock(); err != nil || pb.locked != nil {
		t.Errorf("without a lock: locked %v, error %v", pb.locked, err)
	}
}

func TestStaleLock(t *testing.T) {
	for name, tc := range map[string]struct {
		err  func(*testing.T) error
		want string
	}{
		"platform": {func(t *testing.T) error {
			return lockedBuilder(t, ocispecs.Platform{OS: "linux", Architecture: "arm64"}).useLock()
		}, "nothing for linux/arm64"},
		"base": {func(t *testing.T) error {
			pb := lockedBuilder(t, amd64)
			pb.sf.Build.Base.Value = "alpine:3.23"
			return pb.useLock()
		}, "for the base alpine:3.24, not for alpine:3.23"},
		"context": {func(t *testing.T) error {
			pb := lockedBuilder(t, amd64)
			pb.locked = &pb.lock.Platforms[0]
			return pb.checkLockedBase(digest.FromString("other"))
		}, "is " + digest.FromString("other").String()},
		"context without a digest": {func(t *testing.T) error {
			pb := lockedBuilder(t, amd64)
			pb.locked = &pb.lock.Platforms[0]
			return pb.checkLockedBase("")
		}, "is without a digest"},
		"packages": {func(t *testing.T) error {
			pb := lockedBuilder(t, amd64)
			return pb.explainUnlocked(&llb.UnlockedError{Installs: []llb.Install{{Packages: []string{"jansson", "zlib"}}}})
		}, "nothing is locked for: jansson zlib"},
	} {
		t.Run(name, func(t *testing.T) {
			err := tc.err(t)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range []string{tc.want, "Scratchfile.lock does not fit", "docker buildx build -f Scratchfile --target lock --output . ."} {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error %q lacks %q", err, want)
				}
			}
			sources := errdefs.Sources(err)
			if len(sources) == 0 || sources[0].Ranges[0].Start.Line != 1 {
				t.Errorf("sources %v, want the packages'", sources)
			}
		})
	}
}

func TestPinned(t *testing.T) {
	named, err := reference.ParseNormalizedNamed("alpine:3.24")
	if err != nil {
		t.Fatal(err)
	}
	pb := lockedBuilder(t, amd64)
	if got, err := pb.pinned(named); err != nil || got.String() != named.String() {
		t.Errorf("without a lock: %v, %v", got, err)
	}
	pb.locked = &pb.lock.Platforms[0]
	if got, err := pb.pinned(named); err != nil || got.String() != named.String()+"@"+dgst.String() {
		t.Errorf("%v, %v", got, err)
	}
}

// TestExplainFetch: the failed vertex tells which package it is about.
func TestExplainFetch(t *testing.T) {
	pb := lockedBuilder(t, amd64)
	pb.locked = &pb.lock.Platforms[0]
	in := llb.Inputs{Base: bk.Image("alpine"), Context: bk.Local("context"), Verifier: llb.Verifier{State: bk.Image("frontend"), Platform: amd64}}
	g, err := llb.New(pb.sf, in, llb.Options{Platform: amd64, Lock: pb.locked})
	if err != nil {
		t.Fatal(err)
	}
	def, err := g.Final.Marshal(t.Context(), bk.Platform(amd64))
	if err != nil {
		t.Fatal(err)
	}
	cause := errors.New("invalid response status 404")
	var explained []string
	for _, dt := range def.Def {
		failed := errdefs.WrapVertex(cause, digest.FromBytes(dt))
		got := pb.explainFetch(t.Context(), g, failed)
		if !errors.Is(got, cause) {
			t.Errorf("the cause is lost in %v", got)
		}
		if got.Error() != failed.Error() {
			explained = append(explained, got.Error())
		}
	}
	want := []string{"the package jansson-2.14-r0 can't be fetched as Scratchfile.lock has it. If its repository has dropped or rebuilt it, " +
		"refresh the lock: docker buildx build -f Scratchfile --target lock --output . .: invalid response status 404"}
	if diff := cmp.Diff(want, explained); diff != "" {
		t.Error(diff)
	}
	if got := pb.explainFetch(t.Context(), g, cause); got != cause {
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
