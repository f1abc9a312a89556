package verifystep

import (
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// These bound the search for a missing program: the entries of a tree that it looks at,
// and the programs that it names.
const (
	maxSearched = 50000
	maxNamed    = 3
)

// elsewhere returns the programs in the tree with the name of a missing program. The
// innermost mounts come first, since the workdir is one. The result is for a message, so
// what can't be read is ignored.
func elsewhere(tree verify.Tree, b Binary, r *verify.Report) []string {
	if !r.Has(verify.CodeMissing) {
		return nil
	}
	s := search{name: path.Base(b.From)}
	for _, m := range slices.Backward(tree) {
		if m.Dir != "" {
			s.in(m)
		}
	}
	return s.found
}

// search finds programs by name.
type search struct {
	name     string
	searched int
	found    []string
}

// in searches one mount.
func (s *search) in(m verify.Mount) {
	root, err := os.OpenRoot(m.Dir)
	if err != nil {
		return
	}
	defer root.Close()
	_ = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if s.searched++; s.searched > maxSearched || len(s.found) == maxNamed {
			return fs.SkipAll
		}
		if err != nil {
			return skip(d)
		}
		if d.Name() == s.name && isProgram(d) {
			s.found = append(s.found, path.Join("/", m.At, p))
		}
		return nil
	})
}

// skip ignores what can't be read.
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
