package lockstep

import "github.com/rene2/scratch-frontend/frontend/step/internal/contract"

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "lock"

// Request says what to install. Paths are absolute and slash-separated, as seen by
// the step.
type Request struct {
	// Packages are what apk is asked for.
	Packages []string `json:"packages"`
	// Root is the base: "/" in a step.
	Root string `json:"root"`
	// Cache is the folder that Root's apk keeps files in, empty at first.
	Cache string `json:"cache"`
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
