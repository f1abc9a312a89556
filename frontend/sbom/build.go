package sbom

import (
	"time"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/lock"
)

// Build is what is known of an image and of how its programs were made. Paths are
// absolute ones, in the root of the build, with links resolved; those of binaries are
// in the image.
type Build struct {
	// Name is the image's, for people.
	Name string
	// Platform is the image's: linux/amd64.
	Platform string
	// Archive says that it is an archive of programs, and no image.
	Archive bool
	// Created is what the documents say they were made at: the build's epoch.
	Created time.Time
	// Tool is what made the documents, with its version: scratch-frontend-1.0.
	Tool string
	// OS is the distribution of the base.
	OS OSRelease
	// Installed are the packages of the root that the programs were linked in.
	Installed []apkdb.Package
	// Changed are files that a package has put there and that are others now.
	Changed []string
	// Locked has the files that packages were installed of, where there is a lock.
	Locked []lock.Install
	// Tools are the packages that compiled and linked. They may be of another root.
	Tools []apkdb.Package
	// Project is what is built here.
	Project Source
	// Sources are what is built here and is fetched from elsewhere.
	Sources []Source
	// Copied are what the image has of others as it is: programs and data.
	Copied []Copied
	// Binaries are the programs of the image.
	Binaries []Binary
}

// Copied is what comes from elsewhere, and where the image has it.
type Copied struct {
	Source
	Paths []string `json:"paths,omitempty"`
}

// Source is where files come from. What comes from a repository has Repository and Commit
// or Ref, what is downloaded has Download and SHA256, and what an image has Image and
// Digest. The user's own folder may have none of them.
type Source struct {
	Name       string `json:"name,omitempty"`
	Repository string `json:"repository,omitempty"` // its address as git takes it
	Commit     string `json:"commit,omitempty"`
	Ref        string `json:"ref,omitempty"`      // the branch or tag, if the commit is not known
	Image      string `json:"image,omitempty"`    // its reference
	Digest     string `json:"digest,omitempty"`   // of the image, with the algorithm before it
	Download   string `json:"download,omitempty"` // the address of the file
	SHA256     string `json:"sha256,omitempty"`   // of the file, in hexadecimal digits
	Licence    string `json:"licence,omitempty"`
	// Dir is the folder where it lies while it is built: what the linker took from
	// below it is made of it. Temporary files are the project's. A source without Dir
	// is not known to be in a program, and a project without it is all that is built.
	Dir string `json:"dir,omitempty"`
}

// Binary is a program of the image, and what the linker took for it.
type Binary struct {
	Path string
	// SHA256 and SHA1 are in hexadecimal digits. SPDX asks for SHA1; without it, the
	// document has none.
	SHA256, SHA1 string
	// Unrecorded, when set, says why nothing is known of how it was linked.
	Unrecorded string
	// Inexact says that the linker has named what it read and not what it took: some
	// members of archives may not be in the program.
	Inexact bool
	// Objects are the object files that were linked.
	Objects []string
	// Archives are the archives that members were linked of.
	Archives []File
	// Modules are what the toolchain of another language says to be in it.
	Modules []Module
	// Changes were made to it after it was linked, the first one first.
	Changes []Change
}

// File is an archive with those of its members that were linked, or an object.
type File struct {
	Path    string
	Members []string
}

// Module is a package of a language's own package manager.
type Module struct {
	Type    string // as in a package URL: golang, cargo
	Name    string
	Version string
	SHA256  string // of the file that it was distributed as, if that is known
	Licence string
}

// Change is a program that has changed a binary, such as strip or upx.
type Change struct {
	By     string
	SHA256 string // of the binary before
}
