package checksumstep

import (
	"github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the command of the frontend's program that runs the step.
const Command = "checksum"

// Request says what to check and where it goes. Paths are those that the step sees:
// absolute, with slashes.
type Request struct {
	// File is the download.
	File string `json:"file"`
	// Checksum is the checksum that it must have: "sha512:" and the digits.
	Checksum digest.Digest `json:"checksum"`
	// Out is the file for the checked download. Its directory exists.
	Out string `json:"out"`
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
