package sbom

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/licence"
)

// Inventory is what the programs of an image were linked of. Its slices are sorted.
type Inventory struct {
	Name     string
	Platform string
	Archive  bool // of programs, and no image
	Created  time.Time
	Tool     string
	OS       OSRelease
	Binaries []LinkedBinary
	// Packages are all that some binary was linked of, and the sources that nothing
	// shows to be in one.
	Packages []Package
	// Copies are what the image has of packages as it is, sorted by their paths.
	Copies []Copy
	// Tools made the binaries, and are in none.
	Tools []Package
}

// LinkedBinary is a binary, with what it was linked of.
type LinkedBinary struct {
	Binary
	Links []Link
}

// Link is one package in one binary.
type Link struct {
	Package int // its place in Inventory.Packages
	// Files are the archives and objects of an installed package. What is built
	// here has none: names of temporary objects differ from build to build.
	Files []File
}

// Copy is a program or data that comes from a package.
type Copy struct {
	Path    string // in the image
	Package int    // its place in Inventory.Packages
}

// Kind is where a package comes from.
type Kind int

const (
	// Library is a package of the base's distribution.
	Library Kind = iota
	// Runtime is one of which only the compiler's own parts are linked, such as
	// crtbegin.o and libgcc.a. It is not the compiler.
	Runtime
	// Fetched is source code from elsewhere that is built here.
	Fetched
	// Language is a package of a language's own package manager.
	Language
	// Project is what is built here.
	Project
	// Unowned are the files that no package has put there, and that do not lie where
	// something is built.
	Unowned
	// Elsewhere is what has files that the image has as they are.
	Elsewhere
)

// Package is a part of programs. What is not known is empty.
type Package struct {
	Kind         Kind
	Name         string
	Version      string
	Architecture string
	Origin       string // the source package that an installed one is built from
	Maintainer   string
	URL          string // of the project's page
	Download     string // where its file or repository is
	SHA256       string // of that file
	Purl         string
	// Declared is what the package says, Concluded what holds for the parts of it
	// that were linked, where that is known to differ.
	Declared, Concluded licence.Licence
	// Files are the archives and objects that were linked in some binary.
	Files []File

	apk   apkdb.Package
	image bool // it is a container image
}

// Title is the package's name for people.
func (p Package) Title() string {
	if p.Kind == Runtime {
		return p.Name + " runtime"
	}
	return p.Name
}

// Licence is the one that holds for what was linked.
func (p Package) Licence() licence.Licence {
	if !p.Concluded.IsZero() {
		return p.Concluded
	}
	return p.Declared
}

// New joins what is known of a build.
func New(b Build) (*Inventory, error) {
	if b.Name == "" || b.Tool == "" {
		return nil, errors.New("a document needs the names of an image and of a tool")
	}
	j := newJoiner(b)
	inv := &Inventory{Name: b.Name, Platform: b.Platform, Archive: b.Archive, Created: b.Created, Tool: b.Tool, OS: b.OS}
	for _, bin := range slices.SortedFunc(slices.Values(b.Binaries), func(x, y Binary) int { return cmp.Compare(x.Path, y.Path) }) {
		if sum, err := hex.DecodeString(bin.SHA256); err != nil || len(sum) != sha256.Size {
			return nil, fmt.Errorf("%s: %q is no SHA-256", bin.Path, bin.SHA256)
		}
		if n := len(inv.Binaries); n > 0 && inv.Binaries[n-1].Path == bin.Path {
			return nil, fmt.Errorf("%s: two programs", bin.Path)
		}
		inv.Binaries = append(inv.Binaries, LinkedBinary{Binary: bin})
		j.link(bin)
	}
	place := map[*Package]int{}
	for i, p := range j.sorted() {
		inv.Packages = append(inv.Packages, *p)
		place[p] = i
	}
	for i, links := range j.links {
		for p, files := range links {
			inv.Binaries[i].Links = append(inv.Binaries[i].Links, Link{Package: place[p], Files: merged(files)})
		}
		slices.SortFunc(inv.Binaries[i].Links, func(x, y Link) int { return cmp.Compare(x.Package, y.Package) })
	}
	for _, c := range j.copies {
		for _, at := range c.paths {
			inv.Copies = append(inv.Copies, Copy{Path: at, Package: place[c.from]})
		}
	}
	slices.SortFunc(inv.Copies, func(x, y Copy) int { return cmp.Or(cmp.Compare(x.Path, y.Path), cmp.Compare(x.Package, y.Package)) })
	inv.Copies = slices.Compact(inv.Copies)
	for _, p := range b.Tools {
		inv.Tools = append(inv.Tools, j.installed(p))
	}
	slices.SortFunc(inv.Tools, compare)
	return inv, nil
}

// copied lists, for each package, where the image has files of it as they are.
func (inv *Inventory) copied() [][]string {
	out := make([][]string, len(inv.Packages))
	for _, c := range inv.Copies {
		out[c.Package] = append(out[c.Package], c.Path)
	}
	return out
}

// hasBinary reports whether a program of the image is at a path.
func (inv *Inventory) hasBinary(at string) bool {
	return slices.ContainsFunc(inv.Binaries, func(b LinkedBinary) bool { return b.Path == at })
}

// compare orders packages by kind and name.
func compare(a, b Package) int {
	return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Version, b.Version), cmp.Compare(a.Purl, b.Purl))
}
