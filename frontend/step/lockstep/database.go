package lockstep

import "github.com/rene2/scratch-frontend/frontend/apkdb"

// pkg identifies a package in apk's database and indexes. The checksum is apk's own, of
// the signed part of the file. It differs between two builds of one version.
type pkg struct {
	name, version, checksum string
}

func (p pkg) id() string { return p.name + "-" + p.version }

// architectures has the packages of a database or an index, each with its architecture.
// The architecture may be "".
type architectures map[pkg]string

// readInstalled reads which packages a root has.
func readInstalled(root string) (architectures, error) {
	packages, err := apkdb.Installed(root)
	return architecturesOf(packages), err
}

// readIndex reads the packages of a repository from its signed index.
func readIndex(file string) (architectures, error) {
	packages, err := apkdb.ReadIndex(file)
	return architecturesOf(packages), err
}

// architecturesOf returns the architecture of each package.
func architecturesOf(packages []apkdb.Package) architectures {
	out := architectures{}
	for _, p := range packages {
		out[pkg{name: p.Name, version: p.Version, checksum: p.Checksum}] = p.Architecture
	}
	return out
}
