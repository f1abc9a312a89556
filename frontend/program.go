package frontend

import (
	"errors"
	"fmt"
	"os"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/llb"
)

// InProcess is a gateway client of a program that calls [Build] itself and is not a
// frontend image. It says where the steps find the frontend's program.
type InProcess interface {
	client.Client
	Program() llb.Program
}

// errNotFromImage is the error for a client that is neither that of a frontend image nor
// [InProcess].
var errNotFromImage = errors.New("steps of a build need the frontend's own image: run this frontend through BuildKit's gateway, by `# syntax=` or the gateway.v0 frontend")

// currentFrontend is a method of the client in a frontend container that the client's
// interface does not have.
type currentFrontend interface {
	CurrentFrontend() (*bk.State, error)
}

// currentProgram returns the image that this process runs from. The image is for the
// worker's platform. c must be the client that the gateway passed: a wrapper hides the
// method.
func currentProgram(c client.Client, worker ocispecs.Platform) (llb.Program, error) {
	if own, ok := c.(InProcess); ok {
		return own.Program(), nil
	}
	cf, ok := c.(currentFrontend)
	if !ok {
		return llb.Program{}, errNotFromImage
	}
	st, err := cf.CurrentFrontend()
	if err != nil {
		return llb.Program{}, fmt.Errorf("find the frontend's own image: %w", err)
	}
	if st == nil {
		return llb.Program{}, errNotFromImage
	}
	exe, err := os.Executable()
	if err != nil {
		return llb.Program{}, fmt.Errorf("find the frontend's own binary: %w", err)
	}
	return llb.Program{State: *st, Path: exe, Platform: worker}, nil
}
