package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"

	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/evidence/wrapper"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/llb"
)

// programSource and linkerSource are the names of the local sources with the programs.
const (
	programSource = "scratch-program"
	linkerSource  = "scratch-linker"
)

// programs are the programs that run in the steps of a build if this program serves the
// build, in place of a frontend image. They are in the folder of this program, or else this
// program itself, which does the same but takes longer to start.
type programs struct{ step, linker string }

func findPrograms() (programs, error) {
	file, err := os.Executable()
	if err != nil {
		return programs{}, fmt.Errorf("find this program's file, beside which are those of the build's steps: %w\n%s", err, builder.NoProc())
	}
	out, err := programsBeside(file)
	if err != nil {
		return out, err
	}
	if own, ok := debug.ReadBuildInfo(); ok {
		err = out.areOf(own.Main)
	}
	return out, err
}

// programsBeside returns the files behind symbolic links, which a daemon could not follow out
// of the folder that it gets.
func programsBeside(own string) (out programs, err error) {
	linker := filepath.Join(filepath.Dir(own), wrapper.Name)
	if requireRegular(linker) != nil {
		linker = own
	}
	if out.step, err = filepath.EvalSymlinks(step.Beside(own)); err == nil {
		out.linker, err = filepath.EvalSymlinks(linker)
	}
	return out, err
}

// files returns the files of the programs.
func (p programs) files() []string { return slices.Compact([]string{p.step, p.linker}) }

// folders returns the folders of the programs, by the names of their local sources.
func (p programs) folders() map[string]string {
	out := map[string]string{programSource: filepath.Dir(p.step)}
	if dir := filepath.Dir(p.linker); dir != out[programSource] {
		out[linkerSource] = dir
	}
	return out
}

// areOf verifies that the programs are of a version of the module: those of another one would
// verify by other rules. An installation may leave old ones as they are.
func (p programs) areOf(own debug.Module) error {
	for _, file := range p.files() {
		info, err := buildinfo.ReadFile(file)
		if err == nil && (info.Main.Version != own.Version || info.Main.Sum != own.Sum) {
			return fmt.Errorf("%s is of version %s, this scratch of %s; fix: install all programs of one version", file, quote.Line(info.Main.Version), own.Version)
		}
	}
	return nil
}

// runsOn verifies that the programs run in an empty root on the worker's platform.
func (p programs) runsOn(worker ocispecs.Platform) error {
	for _, file := range p.files() {
		report, err := verify.Path("/", file, verify.Options{Platform: worker})
		if err == nil {
			err = report.Err()
		}
		if err != nil {
			return fmt.Errorf("the builder can't run this program's steps: %w\nfix: build with docker buildx, whose frontend comes as an image, or with a scratch that was made with CGO_ENABLED=0 for the builder's platform", err)
		}
	}
	return nil
}

// root returns a root that has only the programs.
func (p programs) root(session string, worker ocispecs.Platform) llb.Program {
	steps := sent(session, programSource, p.files()...)
	linkers := steps
	if len(p.folders()) > 1 {
		steps, linkers = sent(session, programSource, p.step), sent(session, linkerSource, p.linker)
	}
	const at = "/" + step.Program
	copied := bk.Copy(steps, "/"+filepath.Base(p.step), at).Copy(linkers, "/"+filepath.Base(p.linker), plan.LinkerFile)
	root := bk.Scratch().File(copied, bk.WithCustomName("[internal] make the root of our own steps"))
	return llb.Program{State: root, Path: at, Platform: worker}
}

// sent returns a local source with files of one folder.
func sent(session, source string, files ...string) bk.State {
	var names []string
	for _, file := range files {
		names = append(names, filepath.Base(file))
	}
	return bk.Local(source,
		bk.SessionID(session),
		bk.FollowPaths(names),
		bk.SharedKeyHint(source),
		bk.WithCustomName("[internal] load scratch"),
	)
}
