package main

import (
	"context"
	"debug/buildinfo"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/containerd/containerd/v2/core/content"
	"github.com/containerd/containerd/v2/plugins/content/local"
	"github.com/moby/buildkit/client"
	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/solver/pb"
	"github.com/moby/buildkit/util/apicaps"
	"github.com/moby/buildkit/util/contentutil"
	"github.com/opencontainers/go-digest"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/llb"
)

// programSource is the name of the source with the programs: a content store, or a folder.
const programSource = "scratch-program"

// builtWith has the digests of the programs that were built with this one, as
// "NAME=DIGEST NAME=DIGEST". hack/build-scratch and a release set it with -ldflags -X.
var builtWith string

// program is a program that runs in the steps of a build.
type program struct {
	file string
	// at is its path in the root of the steps.
	at string
	// digest is that of the file; empty if this program does not know it.
	digest digest.Digest
}

// programs are the programs that run in the steps of a build if this program serves the
// build, in place of a frontend image. They are in the folder of this program.
type programs struct {
	step program
	// linker is the linker's wrapper; zero if it is not there.
	linker program
}

func findPrograms() (programs, error) {
	file, err := os.Executable()
	if err != nil {
		return programs{}, fmt.Errorf("find this program's file, beside which are those of the build's steps: %w\n%s", err, builder.NoProc())
	}
	out := programsBeside(file, builtWith)
	if own, ok := debug.ReadBuildInfo(); ok {
		err = out.areOf(own.Main)
	}
	return out, err
}

func programsBeside(own, builtWith string) programs {
	digests := map[string]digest.Digest{}
	for _, item := range strings.Fields(builtWith) {
		name, dgst, _ := strings.Cut(item, "=")
		digests[name] = digest.Digest(dgst)
	}
	dir := filepath.Dir(own)
	file := step.Beside(own)
	out := programs{step: program{file, "/" + step.Program, digests[filepath.Base(file)]}}
	name := filepath.Base(plan.LinkerFile)
	if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.Mode().IsRegular() {
		out.linker = program{filepath.Join(dir, name), plan.LinkerFile, digests[name]}
	}
	return out
}

// all returns the programs that are there.
func (p programs) all() []program {
	if p.linker.file == "" {
		return []program{p.step}
	}
	return []program{p.step, p.linker}
}

// areKnown reports whether the digests of all programs are known.
func (p programs) areKnown() bool {
	return !slices.ContainsFunc(p.all(), func(each program) bool { return each.digest == "" })
}

// areOf verifies that the programs whose digests are not known are of a version of the module:
// those of another one would verify by other rules. "go install" sets no digests, and leaves
// the programs that it does not install as they are.
func (p programs) areOf(own debug.Module) error {
	for _, each := range p.all() {
		if each.digest != "" {
			continue
		}
		info, err := buildinfo.ReadFile(each.file)
		if err == nil && (info.Main.Version != own.Version || info.Main.Sum != own.Sum) {
			return fmt.Errorf("%s is of version %s, this scratch of %s; fix: install all programs of one version", each.file, quote.Line(info.Main.Version), own.Version)
		}
	}
	return nil
}

// runsOn verifies that the steps' program runs in an empty root on the worker's platform.
func (p programs) runsOn(worker ocispecs.Platform) error {
	report, err := verify.Path("/", p.step.file, verify.Options{Platform: worker})
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return fmt.Errorf("the builder can't run this program's steps: %w\nbuild with docker buildx, whose frontend comes as an image, or with a scratch that was made with CGO_ENABLED=0 for the builder's platform", err)
	}
	return nil
}

// root returns a root that has only the programs. supports reports whether the daemon has a
// capability.
//
// The daemon knows a blob by its digest, and asks for it only if a step runs. In a folder
// it looks in each build, which takes some 10 ms.
func (p programs) root(session string, worker ocispecs.Platform, supports func(apicaps.CapID) bool) llb.Program {
	copied := p.fromFolder(session)
	if p.areKnown() && supports(pb.CapSourceImageBlob) {
		copied = p.fromStore()
	}
	root := bk.Scratch().File(copied, bk.WithCustomName("[internal] make the root of our own steps"))
	return llb.Program{State: root, Path: p.step.at, Platform: worker, Linker: p.linker.file != ""}
}

// fromStore names no session, since a provenance would have its id, which differs in each
// build. The daemon asks the client of the build.
func (p programs) fromStore() *bk.FileAction {
	var out *bk.FileAction
	for _, each := range p.all() {
		sent := bk.OCILayoutBlob(programSource+"@"+each.digest.String(),
			bk.ImageBlobOCIStore("", programSource),
			bk.Filename(filepath.Base(each.at)),
			bk.Chmod(0o755),
			bk.WithCustomNamef("[internal] load %s", quote.Line(filepath.Base(each.at))),
		)
		out = addCopy(out, sent, each.at, each.at)
	}
	return out
}

func (p programs) fromFolder(session string) *bk.FileAction {
	var names []string
	for _, each := range p.all() {
		names = append(names, filepath.Base(each.file))
	}
	sent := bk.Local(programSource,
		bk.SessionID(session),
		bk.FollowPaths(names),
		bk.SharedKeyHint(programSource),
		bk.WithCustomName("[internal] load scratch"),
	)
	var out *bk.FileAction
	for i, each := range p.all() {
		out = addCopy(out, sent, "/"+names[i], each.at)
	}
	return out
}

// addCopy adds a copy to others, of which there may be none.
func addCopy(others *bk.FileAction, from bk.State, src, dest string) *bk.FileAction {
	if others == nil {
		return bk.Copy(from, src, dest)
	}
	return others.Copy(from, src, dest)
}

// serve adds the sources of the programs to what a daemon may ask this program for.
func (p programs) serve(opt *client.SolveOpt) (err error) {
	store := programStore{contentutil.NewBuffer(), map[digest.Digest]string{}}
	for _, each := range p.all() {
		store.files[each.digest] = each.file
	}
	opt.OCIStores[programSource] = store
	opt.LocalMounts[programSource], err = openFolder(filepath.Dir(p.step.file))
	return err
}

// programStore is a content store of files.
type programStore struct {
	content.Store // has nothing
	files         map[digest.Digest]string
}

// Info implements content.Manager. A file with another digest is an error, since it was
// built with another scratch.
func (s programStore) Info(ctx context.Context, dgst digest.Digest) (_ content.Info, err error) {
	name, ok := s.files[dgst]
	if !ok {
		return s.Store.Info(ctx, dgst)
	}
	f, err := os.Open(name)
	if err != nil {
		return content.Info{}, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	info, err := f.Stat()
	if err != nil {
		return content.Info{}, err
	}
	if found, err := digest.FromReader(f); err != nil || found != dgst {
		return content.Info{}, errors.Join(err, fmt.Errorf("%s was not built with this scratch; fix: install all programs of one release", name))
	}
	return content.Info{Digest: dgst, Size: info.Size()}, nil
}

// ReaderAt implements content.Provider.
func (s programStore) ReaderAt(ctx context.Context, desc ocispecs.Descriptor) (content.ReaderAt, error) {
	name, ok := s.files[desc.Digest]
	if !ok {
		return s.Store.ReaderAt(ctx, desc)
	}
	return local.OpenReader(name)
}
