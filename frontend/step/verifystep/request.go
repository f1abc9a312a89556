package verifystep

import (
	"os"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Command is the sub-command of the frontend's program that runs the step.
const Command = "verify"

// Request says what to verify and where to put the result. All paths are absolute and
// have slashes. They are paths in the step's root.
type Request struct {
	// Platform is the platform of the image.
	Platform ocispecs.Platform `json:"platform"`
	// Tree is the result of the build: the directories of the step that have its parts.
	Tree verify.Tree `json:"tree"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Verified is the directory for the verified binaries.
	Verified string `json:"verified"`
	// Report is the path of the report.
	Report string `json:"report"`
}

// Binary is one program to verify.
type Binary struct {
	// From is the program's path in the tree.
	From string `json:"from"`
	// To is its path in the image.
	To string `json:"to"`
	// Mode is its permission bits in the image.
	Mode os.FileMode `json:"mode"`
	// Packed is set for a program that was packed after an earlier verification. It must
	// be packed; the other rules are the same.
	Packed bool `json:"packed,omitempty"`
}

// Args returns the command line of the step, without the program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
