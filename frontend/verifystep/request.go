package verifystep

import (
	"encoding/json"
	"fmt"
	"os"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "verify"

// ReportFile is the report's name in the report mount.
const ReportFile = "report.json"

// Request says what to verify and where the results go. Paths are absolute and
// slash-separated, as seen by the step.
type Request struct {
	// Platform is what the binaries must be made for.
	Platform ocispecs.Platform `json:"platform"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Verified is the directory that receives the binaries.
	Verified string `json:"verified"`
	// Report is the file that receives the report.
	Report string `json:"report"`
}

// Binary is one program to verify.
type Binary struct {
	// Tree is the directory that stands for the build's root: symlinks are
	// resolved below it and never leave it.
	Tree string `json:"tree"`
	// From is the program's path, with Tree as the root.
	From string `json:"from"`
	// To is its path in the image.
	To string `json:"to"`
	// Mode is its permission bits in the image.
	Mode os.FileMode `json:"mode"`
	// Packed is set for a program that was verified before it was packed: it must
	// now be packed, and is otherwise held to the same rule.
	Packed bool `json:"packed,omitempty"`
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
