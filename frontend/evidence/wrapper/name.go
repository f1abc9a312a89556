//go:build linux

package wrapper

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// names gives each file the path that it has in a record.
type names struct {
	isFile func(path string) bool // asks the file system once
	shown  map[string]string      // by the path that the linker uses
	files  map[string]string      // by the path without links
	used   map[string]bool
}

func newNames() *names {
	return &names{isFile: memo(exists), shown: map[string]string{}, files: map[string]string{}, used: map[string]bool{}}
}

// show returns the path for a record: absolute, with all links followed, and without what
// is new in every build. Temporary files that would have the same name are numbered.
func (n *names) show(p string) string {
	if s, ok := n.shown[p]; ok {
		return s
	}
	at := follow(p)
	s, ok := n.files[at]
	if !ok {
		s = evidence.Printable(stable(at))
		for i, first := 2, s; n.used[s]; i++ {
			s = first + "#" + strconv.Itoa(i)
		}
		n.used[s], n.files[at] = true, s
	}
	n.shown[p] = s
	return s
}

// showMember returns the name of a file, or of a member: "archive(member)". What is
// neither is one of the linker's own names, and stays as it is.
func (n *names) showMember(text string) string {
	if archive, member, ok := evidence.SplitMember(text, n.isFile); ok {
		return n.show(archive) + "(" + evidence.Printable(member) + ")"
	}
	if filepath.IsAbs(text) || n.isFile(text) {
		return n.show(text)
	}
	return evidence.Printable(text)
}

// follow returns the absolute path of a file with all links followed.
func follow(p string) string {
	if real, err := filepath.EvalSymlinks(p); err == nil {
		p = real
	}
	if abs, err := filepath.Abs(p); err == nil {
		p = abs
	}
	return p
}

// random is what the names that compilers give to temporary files and folders have in
// place of a part that is new in every build.
const random = "XXXXXX"

// stable replaces that part.
func stable(p string) string {
	dir := filepath.Clean(os.TempDir()) + "/"
	below, ok := strings.CutPrefix(p, dir)
	if !ok {
		return p
	}
	first, rest, nested := strings.Cut(below, "/")
	if nested {
		return dir + stableFolder(first) + "/" + rest
	}
	stem, ext, _ := strings.Cut(below, ".")
	switch {
	case len(stem) == len("cc")+len(random) && strings.HasPrefix(stem, "cc"): // gcc
		stem = "cc" + random
	case len(stem) > len(random) && stem[len(stem)-len(random)-1] == '-': // clang
		stem = stem[:len(stem)-len(random)] + random
	default:
		return p
	}
	return dir + stem + "." + ext
}

func stableFolder(name string) string {
	if len(name) == len("rustc")+len(random) && strings.HasPrefix(name, "rustc") {
		return "rustc" + random
	}
	for _, of := range []string{"go-link-", "go-build"} {
		if n, ok := strings.CutPrefix(name, of); ok && n != "" && strings.Trim(n, "0123456789") == "" {
			return of + random
		}
	}
	return name
}
