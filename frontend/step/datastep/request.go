package datastep

import (
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "scan"

// Request says what to look at. Data, Passed and Report are absolute and
// slash-separated, as seen by the step.
type Request struct {
	// Platform is what the programs must be made for.
	Platform ocispecs.Platform `json:"platform"`
	// Data is the directory that stands for the image's root, with all that comes as
	// data and is to be verified.
	Data string `json:"data"`
	// Programs are the places in the image of the binaries, which replace what Data has
	// there.
	Programs []string `json:"programs,omitempty"`
	// Folders are the folders in the image that receive programs whose names are not
	// known, so that any name in them may be one.
	Folders []string `json:"folders,omitempty"`
	// Unverified are the places in the image of data that is not verified, and so not in
	// Data. The step does nothing with them but know that they are there: they are in the
	// request so that the provenance of the image has them.
	Unverified []string `json:"unverified,omitempty"`
	// Passed is a directory that the step makes, empty, if it refuses nothing. The image
	// copies its contents, so that nobody makes the image without this step's consent.
	Passed string `json:"passed"`
	// Report is the file that receives the report.
	Report string `json:"report"`
}

// Args is the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
