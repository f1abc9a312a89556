package verifystep

import (
	"os"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Command is the sub-command that runs the step.
const Command = "verify"

// Request says what to verify, and where to write the results. Paths are absolute, in the
// root of the step.
type Request struct {
	// Platform is the platform that the binaries must run on.
	Platform ocispecs.Platform `json:"platform"`
	// Tree is the output of the build, by the folders where the step sees it.
	Tree verify.Tree `json:"tree"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Verified is the folder for the binaries.
	Verified string `json:"verified"`
	// Report is the file for the report.
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
	// Packed is true for a program that was packed after its verification. It must be
	// packed, and otherwise follow the same rule.
	Packed bool `json:"packed,omitempty"`
}

// Args returns the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
