package lockstep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command of the frontend's program that runs the step.
const Command = "lock"

// Request says what to install. All paths are absolute and have slashes. They are paths in
// the step's root.
type Request struct {
	// Packages are the arguments of apk add.
	Packages []string `json:"packages"`
	// Root is the path of the root: "/" for the base.
	Root string `json:"root"`
	// Arch is the architecture of a root that is not the base.
	Arch string `json:"arch,omitempty"`
	// Cache is the folder of apk's cache. It is empty at first.
	Cache string `json:"cache"`
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
