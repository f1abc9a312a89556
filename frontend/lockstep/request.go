package lockstep

import "github.com/rene2/scratch-frontend/frontend/internal/steprequest"

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "lock"

// ReportFile is the report's name in the report mount.
const ReportFile = "report.json"

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
	return steprequest.Args(Command, req)
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	return steprequest.Parse[Request](Command, args)
}
