package lockstep

import (
	"encoding/json"
	"fmt"
)

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

// Args is the command line of the step, for the binary at path.
func Args(path string, req Request) ([]string, error) {
	dt, err := json.Marshal(req)
	if err != nil {
		return nil, fmt.Errorf("encode request: %w", err)
	}
	return []string{path, Command, string(dt)}, nil
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	var req Request
	if len(args) != 1 {
		return req, fmt.Errorf("%s takes one argument, a JSON request; got %d", Command, len(args))
	}
	if err := json.Unmarshal([]byte(args[0]), &req); err != nil {
		return req, fmt.Errorf("decode request: %w", err)
	}
	return req, nil
}
