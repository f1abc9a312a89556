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

// errNotFromImage is what a caller meets who runs [Build] in process.
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
