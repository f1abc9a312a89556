package includestep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command that runs the step.
const Command = "include"

// Request says what to include, and where to write it. Paths are absolute, in the root of
// the step.
type Request struct {
	// Tree is the folder with the root. Symbolic links in it never leave it.
	Tree string `json:"tree"`
	// Paths are the places of the include, in Tree and in the image.
	Paths []string `json:"paths"`
	// Folder is true if the places are folders. Otherwise they are files.
	Folder bool `json:"folder,omitempty"`
	// Included is the folder for the include.
	Included string `json:"included"`
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
