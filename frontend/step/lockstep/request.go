package lockstep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command that runs the step.
const Command = "lock"

// Request says what to install. Paths are absolute, in the root of the step.
type Request struct {
	// Packages are the packages to ask apk for.
	Packages []string `json:"packages"`
	// Root is the base: "/" in a step.
	Root string `json:"root"`
	// Cache is the folder in which apk keeps files. It is empty at first.
	Cache string `json:"cache"`
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
