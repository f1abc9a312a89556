package verifystep

import (
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// These are the limits of the search for a missing program: how many entries of a tree it
// reads, and how many programs it names.
const (
	maxSearched = 50000
	maxNamed    = 3
)

// findElsewhere searches the tree for programs with the name of a missing binary. It returns
// their paths. The innermost mounts come first, since the workdir is one of them. The result
// is only for a message, so the search skips what it can't read.
func findElsewhere(tree verify.Tree, b Binary, r *verify.Report) []string {
	name := path.Base(b.From)
	if !r.Has(verify.CodeMissing) && !r.Has(CodeNoMatch) || b.Pattern && strings.Trim(name, "*") == "" {
		return nil
	}
	s := nameSearch{matches: func(other string) bool { return other == name }}
	if b.Pattern {
		s.matches = func(other string) bool {
			ok, err := path.Match(name, other)
			return ok && err == nil
		}
	}
	for _, m := range slices.Backward(tree) {
		if m.Dir != "" {
			s.in(m)
		}
	}
	return s.found
}

// nameSearch looks for programs by their names.
type nameSearch struct {
	matches  func(name string) bool
	searched int
	found    []string
}

// in searches one mount.
func (s *nameSearch) in(m verify.Mount) {
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
		if s.matches(d.Name()) && isProgram(d) {
			s.found = append(s.found, path.Join("/", m.At, p))
		}
		return nil
	})
}

// skip returns the error by which [fs.WalkDir] skips a folder that can't be read.
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
