package main

import (
	"fmt"
	"os"
	"path/filepath"

	bk "github.com/moby/buildkit/client/llb"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/cmd/scratch/builder"
	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/verify"
	"github.com/rene2/scratch-frontend/llb"
)

// stepProgram is the name of this program when it runs as a step of a build. It then does
// what the frontend image's program does.
const stepProgram = "scratch-frontend"

// programSource is the name of the local source that contains this program.
const programSource = "scratch-program"

// program is the file of this program. The steps of a build run it if this program serves
// the build, in place of a frontend image.
type program struct{ file string }

func thisProgram() (program, error) {
	file, err := os.Executable()
	if err != nil {
		return program{}, fmt.Errorf("find this program's file, which the build's steps run: %w\n%s", err, builder.NoProc())
	}
	return program{file}, nil
}

func (p program) dir() string { return filepath.Dir(p.file) }

// runsOn verifies that this program runs in an empty root on the worker's platform.
func (p program) runsOn(worker ocispecs.Platform) error {
	report, err := verify.Path("/", p.file, verify.Options{Platform: worker})
	if err == nil {
		err = report.Err()
	}
	if err != nil {
		return fmt.Errorf("the builder can't run this program's steps: %w\nbuild with docker buildx, whose frontend comes as an image, or with a scratch that was made with CGO_ENABLED=0 for the builder's platform", err)
	}
	return nil
}

// linker is the linker's wrapper, a program in the folder of this one.
const linker = "scratch-linker"

// hasLinker reports whether the wrapper is there.
func (p program) hasLinker() bool {
	info, err := os.Stat(filepath.Join(p.dir(), linker))
	return err == nil && info.Mode().IsRegular()
}

// root returns a root that contains only this program and, if it is there, the wrapper.
func (p program) root(session string, worker ocispecs.Platform) llb.Program {
	name := filepath.Base(p.file)
	files := []string{name}
	if p.hasLinker() {
		files = append(files, linker)
	}
	sent := bk.Local(programSource,
		bk.SessionID(session),
		bk.FollowPaths(files),
		bk.SharedKeyHint(programSource),
		bk.WithCustomName("[internal] load scratch"),
	)
	copied := bk.Copy(sent, "/"+name, "/"+stepProgram)
	if p.hasLinker() {
		copied = copied.Copy(sent, "/"+linker, plan.LinkerFile)
	}
	root := bk.Scratch().File(copied, bk.WithCustomName("[internal] make the root of our own steps"))
	return llb.Program{State: root, Path: "/" + stepProgram, Platform: worker, Linker: p.hasLinker()}
}
