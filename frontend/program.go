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

// InProcess is a gateway client of a program that calls [Build] by itself, and not as a
// frontend image: it says where the steps find our own program.
type InProcess interface {
	client.Client
	Program() llb.Program
}

// errNotFromImage is what a caller meets whose client is neither an image's nor
// [InProcess].
var errNotFromImage = errors.New("steps of a build need the frontend's own image: run this frontend through BuildKit's gateway, by `# syntax=` or the gateway.v0 frontend")

// currentFrontend is what a gateway client of a frontend container can do beside its
// interface.
type currentFrontend interface {
	CurrentFrontend() (*bk.State, error)
}

// currentProgram finds the image that this process runs from; it is for the worker's
// platform. c must be the client as the gateway gave it: a wrapper hides the method.
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
