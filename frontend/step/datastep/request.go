package datastep

import (
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the command of the frontend's program that runs the step.
const Command = "scan"

// Request says what to verify. Data, Passed and Report are paths that the step sees:
// absolute, with slashes.
type Request struct {
	// Platform is the platform that the programs must be built for.
	Platform ocispecs.Platform `json:"platform"`
	// Data is the directory with the data to verify. It is the root of the image.
	Data string `json:"data"`
	// Programs are the paths of the binaries in the image. They replace what Data has there.
	Programs []string `json:"programs,omitempty"`
	// Folders are folders of the image for files whose names the plan does not know. Any
	// name in them may be a program.
	Folders []string `json:"folders,omitempty"`
	// Unverified are the paths in the image of data that is not verified. Data does not have
	// it. The step ignores them: they are in the request because the provenance of the
	// image has the request.
	Unverified []string `json:"unverified,omitempty"`
	// Passed is an empty directory that the step makes if it refuses nothing. The image
	// copies its contents, so it can't be built without this step.
	Passed string `json:"passed"`
	// Report is the file for the report.
	Report string `json:"report"`
}

// Args returns the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
