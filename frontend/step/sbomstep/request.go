package sbomstep

import (
	"cmp"
	"encoding/json"
	"fmt"
	"os"
	"slices"

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

// Request says where what is known lies. Paths are absolute and slash-separated, as seen
// by the step.
type Request struct {
	// Inputs is the file with [Inputs].
	Inputs string `json:"inputs"`
	// Digests is the file with the digests of images, by their references: those that the
	// daemon has resolved, which the Scratchfile need not know.
	Digests string `json:"digests,omitempty"`
	// Lock is the lock file, with the platform of the image alone; empty without a lock.
	Lock string `json:"lock,omitempty"`
	// Records is the folder with the records of the linker; empty if no command of the
	// build was recorded.
	Records string `json:"records,omitempty"`
	// Root is the root of the build, and Workdir the tree of its workdir. They are empty
	// if nothing is built.
	Root    string `json:"root,omitempty"`
	Workdir string `json:"workdir,omitempty"`
	// Sysroot is the root with the packages of the target, if the build is for another
	// platform.
	Sysroot string `json:"sysroot,omitempty"`
	// Out is the folder that receives the documents.
	Out string `json:"out"`
	// Report is the file that receives the report.
	Report string `json:"report"`
}

// Inputs are what the Scratchfile says. They are a file and no part of the command line,
// which has no room for hundreds of sources.
type Inputs struct {
	// Name is the image's, for people.
	Name string `json:"name"`
	// Platform is the image's.
	Platform string `json:"platform"`
	// Epoch is when the documents say they were made, in seconds since 1970.
	Epoch int64 `json:"epoch,omitempty"`
	// Binaries are those of the Scratchfile, in its order.
	Binaries []Binary `json:"binaries"`
	// Project is what is built here, and Sources what of it comes from elsewhere. Dir is a
	// path in the build.
	Project sbom.Source   `json:"project"`
	Sources []sbom.Source `json:"sources,omitempty"`
	// Copied are the data of the image that come from elsewhere.
	Copied []sbom.Copied `json:"copied,omitempty"`
	// Licences say what may be linked; nil if all may.
	Licences *licence.Policy `json:"licences,omitempty"`
}

// Text is the content of the file.
func (in Inputs) Text() string {
	data, err := json.MarshalIndent(in, "", "  ")
	if err != nil {
		panic(err) // strings and numbers always have a JSON form
	}
	return string(data) + "\n"
}

// readInputs reads the file, and the digests of the images that it names.
func readInputs(req Request) (Inputs, error) {
	var in Inputs
	if err := readJSON(req.Inputs, &in); err != nil || req.Digests == "" {
		return in, err
	}
	digests := map[string]string{}
	if err := readJSON(req.Digests, &digests); err != nil {
		return in, err
	}
	for _, s := range in.places() {
		s.Digest = digests[s.Image]
	}
	return in, nil
}

// Images are the references of the images that something comes from, sorted.
func (in *Inputs) Images() []string {
	var out []string
	for _, s := range in.places() {
		if s.Image != "" {
			out = append(out, s.Image)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// places are where something comes from.
func (in *Inputs) places() []*sbom.Source {
	var out []*sbom.Source
	for i := range in.Sources {
		out = append(out, &in.Sources[i])
	}
	for i := range in.Copied {
		out = append(out, &in.Copied[i].Source)
	}
	for _, b := range in.Binaries {
		if b.Source != nil {
			out = append(out, b.Source)
		}
	}
	return out
}

func readJSON(name string, to any) error {
	data, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, to); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// Binary is one or more programs of the image. A folder with them has each at its place
// in the image.
type Binary struct {
	// Shipped is the folder with the programs as the image has them.
	Shipped string `json:"shipped"`
	// Before are the folders with the programs before each change, the first one first.
	// It is empty if nothing has changed them.
	Before []Before `json:"before,omitempty"`
	// From says where programs come from that are not built here; empty for others. Source
	// says it for documents; nil if they are of the build context.
	From   string       `json:"from,omitempty"`
	Source *sbom.Source `json:"source,omitempty"`
}

// Before are programs before something changes them.
type Before struct {
	Dir string `json:"dir"`
	// By is the program that changes them, such as strip.
	By string `json:"by"`
}

// linked is the root with the packages that programs are linked of.
func (r Request) linked() string { return cmp.Or(r.Sysroot, r.Root) }

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
