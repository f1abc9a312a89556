package sbomstep

import (
	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/sbom"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// Command is the sub-command of the frontend's binary that runs the step.
const Command = "sbom"

// These are the names of what the step writes to its folder.
const (
	SPDXFile      = "spdx.json"
	CycloneDXFile = "cyclonedx.json"
	TableFile     = "table.txt"
	NoticeFile    = "notice.txt"
	// DatabaseDir has the files by which scanners see what is linked, at their places in
	// an image.
	DatabaseDir = "db"
	// PermittedDir is an empty folder. It is there if no licence is refused, so that
	// nobody makes the image without this step's consent.
	PermittedDir = "permitted"
)

// Request says what is in the image, and where what is known of it lies. Paths are
// absolute and slash-separated, as seen by the step, unless a field says otherwise.
type Request struct {
	// Name is the image's, for people.
	Name string `json:"name"`
	// Platform is the image's.
	Platform string `json:"platform"`
	// Epoch is when the documents say they were made, in seconds since 1970.
	Epoch int64 `json:"epoch,omitempty"`
	// Records is the folder with the records of the linker; empty if nothing is built.
	Records string `json:"records,omitempty"`
	// Root is the root of the build, and Workdir the tree of its workdir. They are empty
	// if nothing is built.
	Root    string `json:"root,omitempty"`
	Workdir string `json:"workdir,omitempty"`
	// Lock is the lock file, with the platform of the image alone; empty without a lock.
	Lock string `json:"lock,omitempty"`
	// Binaries are those of the Scratchfile, in its order.
	Binaries []Binary `json:"binaries"`
	// Project is what is built here, and Sources what of it comes from elsewhere. Dir is a
	// path in the build.
	Project sbom.Source   `json:"project"`
	Sources []sbom.Source `json:"sources,omitempty"`
	// Licences say what may be linked; nil if all may.
	Licences *licence.Policy `json:"licences,omitempty"`
	// Out is the folder that receives the documents.
	Out string `json:"out"`
	// Report is the file that receives the report.
	Report string `json:"report"`
}

// Binary is one or more programs of the image. A folder with them has each at its place
// in the image.
type Binary struct {
	// Shipped is the folder with the programs as the image has them.
	Shipped string `json:"shipped"`
	// Before are the folders with the programs before each change, the first one first.
	// It is empty if nothing has changed them.
	Before []Before `json:"before,omitempty"`
	// From says where programs come from that are not built here; empty for others.
	From string `json:"from,omitempty"`
}

// Before are programs before something changes them.
type Before struct {
	Dir string `json:"dir"`
	// By is the program that changes them, such as strip.
	By string `json:"by"`
}

// first is the folder with the programs before any change.
func (b Binary) first() string {
	if len(b.Before) > 0 {
		return b.Before[0].Dir
	}
	return b.Shipped
}

// Args is the command line of the step, without its program.
func Args(req Request) []string {
	return contract.Args(Command, req)
}

// ParseRequest reads the arguments that follow [Command].
func ParseRequest(args []string) (Request, error) {
	return contract.ParseRequest[Request](Command, args)
}
