package verifystep

import (
	"io/fs"
	"os"
	"path"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Limits of the search for a missing program: how many entries of a tree it reads, and
// how many programs it returns.
const (
	maxSearched = 50000
	maxFound    = 3
)

// findElsewhere returns the paths of programs in the tree that have the name of a missing
// one. The last mounts come first, since the workdir is one of them. The result is for a
// message, so entries that can't be read are skipped.
func findElsewhere(tree verify.Tree, b Binary, r *verify.Report) []string {
	if !r.Has(verify.CodeMissing) {
		return nil
	}
	s := search{name: path.Base(b.From)}
	for _, m := range slices.Backward(tree) {
		if m.Dir != "" {
			s.searchMount(m)
		}
	}
	return s.found
}

// search looks for programs of a name.
type search struct {
	name     string
	searched int
	found    []string
}

// searchMount searches one mount.
func (s *search) searchMount(m verify.Mount) {
	root, err := os.OpenRoot(m.Dir)
	if err != nil {
		return
	}
	defer root.Close()
	_ = fs.WalkDir(root.FS(), ".", func(p string, d fs.DirEntry, err error) error {
		if s.searched++; s.searched > maxSearched || len(s.found) == maxFound {
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

// skip skips an entry that can't be read.
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
