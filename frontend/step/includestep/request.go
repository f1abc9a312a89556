package includestep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "include"

// Request says what to include and where it goes. Paths are absolute and
// slash-separated, as seen by the step.
type Request struct {
	// Tree is the directory that stands for the root: symlinks are resolved below
	// it and never leave it.
	Tree string `json:"tree"`
	// Paths are the places of the include, in Tree and in the image.
	Paths []string `json:"paths"`
	// Folder is set if the places are folders; otherwise they are files.
	Folder bool `json:"folder,omitempty"`
	// Included is the directory that receives the include.
	Included string `json:"included"`
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
