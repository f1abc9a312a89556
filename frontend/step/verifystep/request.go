package verifystep

import (
	"os"
	"path"
	"slices"
	"strconv"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Command is the command of the frontend's program that runs the step.
const Command = "verify"

// Request says what to verify and where the results go. Paths are those that the step sees:
// absolute, with slashes.
type Request struct {
	// Platform is what the binaries must be made for.
	Platform ocispecs.Platform `json:"platform"`
	// Trees are the trees with the binaries.
	Trees []verify.Tree `json:"trees"`
	// Binaries are verified in order.
	Binaries []Binary `json:"binaries"`
	// Final is true if no later step changes the programs. Then this step sets their modes
	// and capabilities. Otherwise, the next step can write to them.
	Final bool `json:"final,omitempty"`
	// Tools change the programs that have passed, in order. The step then verifies what
	// they have made, and copies that.
	Tools []Tool `json:"tools,omitempty"`
	// Work is the directory that the step makes for the programs while the tools change them.
	Work string `json:"work,omitempty"`
	// Failure is the file for the [Failure] of a tool.
	Failure string `json:"failure,omitempty"`
	// Records, when set, is the directory with the records of links of the build.
	Records string `json:"records,omitempty"`
	// Verified is the directory for the programs. The program of binary i goes to
	// Verified/i/To, with i in decimal.
	Verified string `json:"verified"`
	// Report is the file for the report.
	Report string `json:"report"`
}

// Binary is one program to verify, or the programs of a folder or pattern.
type Binary struct {
	// Tree is the index of the tree in Trees.
	Tree int `json:"tree,omitempty"`
	// From is the path in the tree.
	From string `json:"from"`
	// Pattern is true if the names of From may have wildcards of [path.Match].
	Pattern bool `json:"pattern,omitempty"`
	// To is the path in the image.
	To string `json:"to"`
	// Into is true if From may be a folder. All programs in it and below it go to the same
	// paths below To. A file goes below To, under its own name.
	Into bool `json:"into,omitempty"`
	// Mode is the permission bits in the image.
	Mode os.FileMode `json:"mode"`
	// Packed is true for a program that was verified and then packed. It must be packed
	// now. Otherwise, the same rules apply.
	Packed bool `json:"packed,omitempty"`
	// Stack is true if the programs must say how large the stacks of their threads are.
	Stack bool `json:"stack,omitempty"`
	// Capabilities are the file capabilities of the programs in the image, by the names of
	// package capability. They are the same in every verify step of a build.
	Capabilities []string `json:"capabilities,omitempty"`
}

// Tool is a program that changes programs in place. It is in the root that the step runs in.
type Tool struct {
	// Command is the command line. The path of a program is added to it.
	Command []string `json:"command"`
	// Binaries are the indexes of the binaries that it changes.
	Binaries []int `json:"binaries"`
	// Packs is true if it packs the programs.
	Packs bool `json:"packs,omitempty"`
	// Before, when set, is the directory for the programs as the tool gets them. The program
	// of binary i goes to Before/i/To.
	Before string `json:"before,omitempty"`
}

// After returns the request that verifies what the tools of r have made. It finds the
// program of binary i at dir/i/To.
func (r Request) After(dir string) Request {
	out := r
	out.Trees, out.Binaries, out.Tools = nil, nil, nil
	out.Records, out.Work, out.Failure, out.Final = "", "", "", true
	for i, b := range r.Binaries {
		b.Tree, b.From, b.Pattern = i, b.To, false
		for _, t := range r.Tools {
			b.Packed = b.Packed || t.Packs && slices.Contains(t.Binaries, i)
		}
		b.Stack = b.Stack && !b.Packed // what is packed shows no stack
		out.Trees = append(out.Trees, verify.Tree{{At: "/", Dir: path.Join(dir, strconv.Itoa(i))}})
		out.Binaries = append(out.Binaries, b)
	}
	return out
}

// Args returns the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments after [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
