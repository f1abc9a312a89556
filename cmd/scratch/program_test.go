package main

import (
	"debug/buildinfo"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/containerd/containerd/v2/core/content"
	cerrdefs "github.com/containerd/errdefs"
	"github.com/moby/buildkit/client"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/tonistiigi/fsutil"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/step"
)

// testPrograms returns programs in a folder, of which all digests are known.
func testPrograms(t *testing.T) programs {
	t.Helper()
	dir := t.TempDir()
	var builtWith []string
	for _, name := range []string{"scratch", step.Program, filepath.Base(plan.LinkerFile)} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("bytes of "+name), 0o755); err != nil {
			t.Fatal(err)
		}
		builtWith = append(builtWith, name+"="+digest.FromString("bytes of "+name).String())
	}
	return programsBeside(filepath.Join(dir, "scratch"), strings.Join(builtWith[1:], " "))
}

// sources returns the sources of the root of the steps.
func sources(t *testing.T, p programs, supported bool) []*pb.SourceOp {
	t.Helper()
	root := p.root("session", builderPlatform(), func(apicaps.CapID) bool { return supported })
	if root.Path != "/"+step.Program || root.Linker != (p.linker.file != "") {
		t.Errorf("program %s, linker %v", root.Path, root.Linker)
	}
	def, err := root.State.Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var out []*pb.SourceOp
	for _, data := range def.Def {
		var op pb.Op
		if err := op.UnmarshalVT(data); err != nil {
			t.Fatal(err)
		}
		if source := op.GetSource(); source != nil {
			out = append(out, source)
		}
	}
	slices.SortFunc(out, func(a, b *pb.SourceOp) int {
		return strings.Compare(a.Attrs[pb.AttrHTTPFilename]+a.Attrs[pb.AttrFollowPaths], b.Attrs[pb.AttrHTTPFilename]+b.Attrs[pb.AttrFollowPaths])
	})
	return out
}

// TestProgramsAreKnownByDigest: a daemon that reads blobs asks for nothing if no step runs.
func TestProgramsAreKnownByDigest(t *testing.T) {
	p := testPrograms(t)
	got := sources(t, p, true)
	if len(got) != 2 {
		t.Fatalf("sources: %v", got)
	}
	for i, want := range []program{p.linker, p.step} {
		if id := got[i].Identifier; !strings.HasPrefix(id, "oci-layout+blob://") || !strings.HasSuffix(id, "/"+programSource+"@"+want.digest.String()) {
			t.Errorf("%s: %s", want.at, id)
		}
		attrs := got[i].Attrs
		if attrs[pb.AttrHTTPFilename] != filepath.Base(want.at) || attrs[pb.AttrHTTPPerm] != "0755" || attrs[pb.AttrOCILayoutStoreID] != programSource || attrs[pb.AttrOCILayoutSessionID] != "" {
			t.Errorf("%s: %v", want.at, attrs)
		}
	}
	p.linker = program{}
	if got := sources(t, p, true); len(got) != 1 {
		t.Errorf("without the wrapper: %v", got)
	}
}

// TestProgramsFromFolder: a daemon that reads no blobs gets the files, and so does one that
// is not told the digests.
func TestProgramsFromFolder(t *testing.T) {
	known := testPrograms(t)
	unknown := known
	unknown.linker.digest = ""
	for name, got := range map[string][]*pb.SourceOp{"old daemon": sources(t, known, false), "unknown digest": sources(t, unknown, true)} {
		if len(got) != 1 || got[0].Identifier != "local://"+programSource || got[0].Attrs[pb.AttrFollowPaths] != `["scratch-step","scratch-linker"]` {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// TestLoneProgram: a program without others beside it runs the steps itself.
func TestLoneProgram(t *testing.T) {
	own := testProgram(t, t.TempDir())
	got := programsBeside(own, "scratch-step=sha256:1 scratch-linker=sha256:2")
	if want := (programs{step: program{file: own, at: "/scratch-step"}}); got != want {
		t.Errorf("got %v, want %v", got, want)
	}
}

// TestProgramsOfOtherVersion: without digests, programs of another version beside this one are
// refused and not run.
func TestProgramsOfOtherVersion(t *testing.T) {
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	info, err := buildinfo.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	other := info.Main
	other.Version = "v0.0.1"
	unknown := programs{step: program{file: file}}
	known := programs{step: program{file: file, digest: "sha256:1"}}
	if err := unknown.areOf(info.Main); err != nil {
		t.Errorf("the same version: %v", err)
	}
	if err := known.areOf(other); err != nil {
		t.Errorf("a known digest: %v", err)
	}
	if err := unknown.areOf(other); err == nil || !strings.Contains(err.Error(), "this scratch of v0.0.1; fix: ") {
		t.Errorf("another version: %v", err)
	}
}

// TestProgramStore: the store has the programs and nothing else.
func TestProgramStore(t *testing.T) {
	p := testPrograms(t)
	opt := client.SolveOpt{OCIStores: map[string]content.Store{}, LocalMounts: map[string]fsutil.FS{}}
	if err := p.serve(&opt); err != nil {
		t.Fatal(err)
	}
	store := opt.OCIStores[programSource]
	for _, each := range p.all() {
		info, err := store.Info(t.Context(), each.digest)
		if err != nil {
			t.Fatal(err)
		}
		at, err := store.ReaderAt(t.Context(), ocispecs.Descriptor{Digest: each.digest, Size: info.Size})
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(io.NewSectionReader(at, 0, at.Size()))
		if err := errors.Join(err, at.Close()); err != nil {
			t.Fatal(err)
		}
		if digest.FromBytes(data) != each.digest || info.Size != int64(len(data)) {
			t.Errorf("%s is %q, %v", each.at, data, info)
		}
	}
	other := digest.FromString("other")
	if _, err := store.Info(t.Context(), other); !cerrdefs.IsNotFound(err) {
		t.Errorf("another digest: %v", err)
	}
	if _, err := store.ReaderAt(t.Context(), ocispecs.Descriptor{Digest: other}); !cerrdefs.IsNotFound(err) {
		t.Errorf("another digest: %v", err)
	}
	if err := os.WriteFile(p.linker.file, []byte("of another build"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := store.Info(t.Context(), p.linker.digest); err == nil || !strings.Contains(err.Error(), "fix: ") {
		t.Errorf("a program of another build: %v", err)
	}
}
