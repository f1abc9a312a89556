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

// InProcess is a gateway client of a program that calls [Build] by itself, and not
// as a frontend image: it says what the steps that run our own binary run in.
type InProcess interface {
	client.Client
	Verifier() llb.Verifier
}

// errNotFromImage is what a caller meets whose client is neither an image's nor
// [InProcess].
var errNotFromImage = errors.New("the verify step needs the frontend's own image: run this frontend through BuildKit's gateway, by `# syntax=` or the gateway.v0 frontend")

// currentFrontend is what a gateway client of a frontend container can do beside
// its interface.
type currentFrontend interface {
	CurrentFrontend() (*bk.State, error)
}

// currentVerifier finds the image that this process runs from; it is for the
// worker's platform. c must be the client as the gateway gave it: a wrapper hides
// the method.
func currentVerifier(c client.Client, worker ocispecs.Platform) (llb.Verifier, error) {
	if own, ok := c.(InProcess); ok {
		return own.Verifier(), nil
	}
	cf, ok := c.(currentFrontend)
	if !ok {
		return llb.Verifier{}, errNotFromImage
	}
	st, err := cf.CurrentFrontend()
	if err != nil {
		return llb.Verifier{}, fmt.Errorf("find the frontend's own image: %w", err)
	}
	if st == nil {
		return llb.Verifier{}, errNotFromImage
	}
	exe, err := os.Executable()
	if err != nil {
		return llb.Verifier{}, fmt.Errorf("find the frontend's own binary: %w", err)
	}
	return llb.Verifier{State: *st, Path: exe, Platform: worker}, nil
}
