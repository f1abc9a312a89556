package main

import (
	"debug/buildinfo"
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"

	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/step"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/llb"
)

// programSource is the name of the local source with the programs.
const programSource = "scratch-program"

// programs are the programs that run in the steps of a build if this program serves the
// build, in place of a frontend image. They are in the folder of this program.
type programs struct {
	step string
	// linker is the linker's wrapper; empty if it is not there.
	linker string
}

func findPrograms() (programs, error) {
	file, err := os.Executable()
	if err != nil {
		return programs{}, fmt.Errorf("find this program's file, beside which are those of the build's steps: %w\n%s", err, builder.NoProc())
	}
	out := programsBeside(file)
	if own, ok := debug.ReadBuildInfo(); ok {
		err = out.areOf(own.Main)
	}
	return out, err
}

func programsBeside(own string) programs {
	out := programs{step: step.Beside(own)}
	if wrapper := filepath.Join(filepath.Dir(own), plan.LinkerFile); requireRegular(wrapper) == nil {
		out.linker = wrapper
	}
	return out
}

// files returns the files of the programs that are there.
func (p programs) files() []string {
	if p.linker == "" {
		return []string{p.step}
	}
	return []string{p.step, p.linker}
}

// dir returns the folder of the programs.
func (p programs) dir() string { return filepath.Dir(p.step) }

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

// runsOn verifies that the steps' program runs in an empty root on the worker's platform.
func (p programs) runsOn(worker ocispecs.Platform) error {
	report, err := verify.Path("/", p.step, verify.Options{Platform: worker})
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return fmt.Errorf("the builder can't run this program's steps: %w\nbuild with docker buildx, whose frontend comes as an image, or with a scratch that was made with CGO_ENABLED=0 for the builder's platform", err)
	}
	return nil
}

// root returns a root that has only the programs.
func (p programs) root(session string, worker ocispecs.Platform) llb.Program {
	var names []string
	for _, file := range p.files() {
		names = append(names, filepath.Base(file))
	}
	sent := bk.Local(programSource,
		bk.SessionID(session),
		bk.FollowPaths(names),
		bk.SharedKeyHint(programSource),
		bk.WithCustomName("[internal] load scratch"),
	)
	const at = "/" + step.Program
	copied := bk.Copy(sent, "/"+names[0], at)
	if p.linker != "" {
		copied = copied.Copy(sent, plan.LinkerFile, plan.LinkerFile)
	}
	root := bk.Scratch().File(copied, bk.WithCustomName("[internal] make the root of our own steps"))
	return llb.Program{State: root, Path: at, Platform: worker, Linker: p.linker != ""}
}
