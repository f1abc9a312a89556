package checksumstep

import (
	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "checksum"

// Request says what to compare and where it goes. Paths are absolute and
// slash-separated, as seen by the step.
type Request struct {
	// File is the download.
	File string `json:"file"`
	// Checksum is what it must have: "sha512:" and the digits.
	Checksum digest.Digest `json:"checksum"`
	// Out is the file that receives the download, in a directory that is there.
	Out string `json:"out"`
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
