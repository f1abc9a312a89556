package findstep

import (
	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the sub-command of the frontend's program that runs the step.
const Command = "find"

// Request says what to find. All paths are absolute and have slashes. They are paths in the
// step's root.
type Request struct {
	Needs []missing.Need `json:"needs"`
	// Failure is the daemon's id for what has failed. So each failure asks anew, and the
	// step needs not ignore the daemon's cache: then apk's would be emptied.
	Failure string `json:"failure"`
	// Root is the path of the base: "/" in a step.
	Root string `json:"root"`
	// Sysroot is the path of the root with the packages of the target, if the build is for
	// another platform.
	Sysroot string `json:"sysroot,omitempty"`
	// Cache is the folder of apk's cache.
	Cache string `json:"cache"`
	// Fetched is an empty folder for packages to look into.
	Fetched string `json:"fetched"`
	// Report is the path of the report.
	Report string `json:"report"`
}

// Args returns the command line of the step, without the program.
func Args(req Request) []string { return contract.Args(Command, req) }

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
