package sbomstep

import (
	"crypto/sha1"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/sbom"
)

// list gives the places of the programs in a folder, sorted. A folder that is not there
// has none: the verification has refused one, and nothing is made of the build.
func list(dir string) ([]string, error) {
	var out []string
	err := filepath.WalkDir(dir, func(name string, e fs.DirEntry, err error) error {
		if errors.Is(err, fs.ErrNotExist) && name == dir {
			return nil
		}
		if err != nil || !e.Type().IsRegular() {
			return err
		}
		rel, err := filepath.Rel(dir, name)
		out = append(out, "/"+filepath.ToSlash(rel))
		return err
	})
	return out, err
}

// program is a program of the image.
type program struct {
	at           string // its place in the image
	sha256, sha1 string // of what the image has
	// identity is that of the program before any change.
	identity string
	changes  []sbom.Change
	modules  modules
}

// readProgram reads a program as it is shipped, and as it was before.
func readProgram(b Binary, at string) (program, error) {
	p := program{at: at}
	var err error
	if p.sha256, p.sha1, err = checksums(filepath.Join(b.Shipped, at)); err != nil {
		return p, err
	}
	for _, before := range b.Before {
		sum, _, err := checksums(filepath.Join(before.Dir, at))
		if err != nil {
			return p, err
		}
		p.changes = append(p.changes, sbom.Change{By: before.By, SHA256: sum})
	}
	f, err := os.Open(filepath.Join(b.first(), at))
	if err != nil {
		return p, err
	}
	defer f.Close()
	if p.identity, err = evidence.Identity(f); err != nil && !errors.Is(err, evidence.ErrNoProgram) {
		return p, err
	}
	p.modules = readModules(f)
	return p, nil
}

// checksums gives those that the documents have of a file.
func checksums(name string) (sum256, sum1 string, err error) {
	f, err := os.Open(name)
	if err != nil {
		return "", "", err
	}
	defer f.Close()
	h256, h1 := sha256.New(), sha1.New()
	if _, err := io.Copy(io.MultiWriter(h256, h1), f); err != nil {
		return "", "", err
	}
	return hex.EncodeToString(h256.Sum(nil)), hex.EncodeToString(h1.Sum(nil)), nil
}
