package verifystep

import (
	"os"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "verify"

// Request says what to verify and where the results go. Paths are absolute and
// slash-separated, as seen by the step.
type Request struct {
	// Platform is what the binaries must be made for.
	Platform ocispecs.Platform `json:"platform"`
	// Tree is what the build left, by the directories that the step sees it in.
	Tree verify.Tree `json:"tree"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Verified is the directory that receives the binaries.
	Verified string `json:"verified"`
	// Report is the file that receives the report.
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
	// Packed is set for a program that was verified before it was packed: it must
	// now be packed, and is otherwise held to the same rule.
	Packed bool `json:"packed,omitempty"`
}

// Args is the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
