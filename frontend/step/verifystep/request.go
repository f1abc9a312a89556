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
	// Trees are what the binaries are found in, by the directories that the step sees
	// each in.
	Trees []verify.Tree `json:"trees"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Final is set if nothing changes the programs after this step, which then gives
	// them their capabilities: strip and upx would lose them.
	Final bool `json:"final,omitempty"`
	// Records, when set, is the directory with the records of links of the build.
	Records string `json:"records,omitempty"`
	// Verified is the directory that receives the programs: those of binary i at
	// Verified/i/To, with i in decimal.
	Verified string `json:"verified"`
	// Report is the file that receives the report.
	Report string `json:"report"`
}

// Binary is one program to verify, or several that are named together.
type Binary struct {
	// Tree is the index of the tree in Trees.
	Tree int `json:"tree,omitempty"`
	// From is the path in the tree: of a program or, with Into, of a folder, whose
	// programs are meant, in all folders below it too.
	From string `json:"from"`
	// Pattern is set if From has wildcards, as [path.Match] reads them in each name.
	Pattern bool `json:"pattern,omitempty"`
	// To is the place in the image: of the program or, with Into, of the folder that
	// receives a program by its own name, and those of a folder by their paths in it.
	To   string `json:"to"`
	Into bool   `json:"into,omitempty"`
	// Mode is the permission bits in the image.
	Mode os.FileMode `json:"mode"`
	// Packed is set for a program that was verified before it was packed: it must
	// now be packed, and is otherwise held to the same rule.
	Packed bool `json:"packed,omitempty"`
	// Stack is set if the programs must say how large the stacks of their threads are.
	Stack bool `json:"stack,omitempty"`
	// Capabilities are what the programs may do in the image, by their names of package
	// capability. They are the same before strip and upx and after.
	Capabilities []string `json:"capabilities,omitempty"`
}

// Args is the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
