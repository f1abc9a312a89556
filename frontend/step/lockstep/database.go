package lockstep

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"fmt"
	"os"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
)

// pkg is a package as apk's database and indexes name it. The checksum is apk's
// own, of the part of the file that is signed: two builds of one version differ
// in it.
type pkg struct {
	name, version, checksum string
}

func (p pkg) id() string { return p.name + "-" + p.version }

// architectures are the packages of a database or an index, each with the
// architecture that it is for: "" if that is not said.
type architectures map[pkg]string

// installed reads which packages a root has.
func installed(root string) (architectures, error) {
	packages, err := apkdb.Installed(root)
	return architecturesOf(packages), err
}

// readIndex reads which packages a repository has, from its signed index.
func readIndex(file string) (architectures, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	// Signature and content are archives of their own, but the first has no end
	// mark, so that they read as one.
	zr, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return nil, err
	}
	for tr := tar.NewReader(zr); ; {
		switch h, err := tr.Next(); {
		case err != nil:
			return nil, fmt.Errorf("no list of packages in it: %w", err)
		case h.Name == "APKINDEX":
			packages, err := apkdb.Read(tr)
			return architecturesOf(packages), err
		}
	}
}

func architecturesOf(packages []apkdb.Package) architectures {
	out := architectures{}
	for _, p := range packages {
		out[pkg{name: p.Name, version: p.Version, checksum: p.Checksum}] = p.Architecture
	}
	return out
}
