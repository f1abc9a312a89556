package verifystep

import (
	"io/fs"
	"os"
	"path"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Bounds of the search for a missing program: how many entries of a tree it looks at,
// and how many programs it names.
const (
	maxSearched = 50000
	maxNamed    = 3
)

// elsewhere lists, for a program that was not where it was sought, the programs of
// that name in its tree, by their paths there. It is for a message: what can't be
// read is passed over.
func elsewhere(b Binary, r *verify.Report) []string {
	if !r.Has(verify.CodeMissing) {
		return nil
	}
	root, err := os.OpenRoot(b.Tree)
	if err != nil {
		return nil
	}
	defer root.Close()
	var found []string
	searched, name := 0, path.Base(b.From)
	_ = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if searched++; searched > maxSearched || len(found) == maxNamed {
			return fs.SkipAll
		}
		if err != nil {
			return skip(d)
		}
		if d.Name() == name && isProgram(d) {
			found = append(found, path.Join("/", p))
		}
		return nil
	})
	return found
}

// skip passes over what can't be read.
func skip(d fs.DirEntry) error {
	if d != nil && d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func isProgram(d fs.DirEntry) bool {
	info, err := d.Info()
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
