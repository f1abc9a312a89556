package includestep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command of the frontend's program that runs the step.
const Command = "include"

// Request says what to include and where to put it. All paths are absolute and have
// slashes. They are paths in the step's root.
type Request struct {
	// Tree is the directory with the root filesystem of the base. Links in it never
	// lead out of it.
	Tree string `json:"tree"`
	// Paths are the paths of the include, in Tree and in the image.
	Paths []string `json:"paths"`
	// Folder is set if the paths are folders. Otherwise they are files.
	Folder bool `json:"folder,omitempty"`
	// Included is the directory for the include.
	Included string `json:"included"`
	// Report is the path of the report.
	Report string `json:"report"`
}

// Args returns the command line of the step, without the program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
