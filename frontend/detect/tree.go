package detect

import (
	"cmp"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
)

// These bound what is read of a project, far beyond what tells how to build it.
const (
	maxFile    = 256 << 10 // bytes of a file
	maxBytes   = 32 << 20  // bytes of all files
	maxEntries = 20_000    // files and folders
	maxDepth   = 8         // folders in folders
)

// tree is a project's folder. It opens only regular files in it, and follows no link that
// leads out of it.
type tree struct {
	root *os.Root
	// files are the paths of the regular files, sorted, those of upper folders first.
	files []string
	// folders are the paths of the folders, the project's own among them as ".".
	folders map[string]bool
	sizes   map[string]bool // the paths of the files
	exec    map[string]bool // the files with an execute bit
	read    int             // bytes that were read so far
	cut     bool            // there is more than was looked at
}

// ignored are folders whose files do not tell how to build the project.
var ignored = []string{"node_modules", "target", "testdata", "vendor", "third_party", "CMakeFiles", "autom4te.cache"}

func newTree(root *os.Root) (*tree, error) {
	t := &tree{root: root, folders: map[string]bool{".": true}, sizes: map[string]bool{}, exec: map[string]bool{}}
	entries := 0
	for level, depth := []string{"."}, 0; len(level) > 0 && depth < maxDepth; depth++ {
		var next []string
		for _, dir := range level {
			list, err := t.list(dir, maxEntries-entries+1)
			if err != nil && dir == "." {
				return nil, err
			}
			entries += len(list)
			if entries > maxEntries {
				t.cut = true
				return t, nil
			}
			next = append(next, t.add(dir, list)...)
		}
		level = next
	}
	return t, nil
}

// list returns the entries of a folder, sorted, but no more than a number of them.
func (t *tree) list(dir string, most int) ([]fs.DirEntry, error) {
	f, err := t.root.OpenFile(dir, os.O_RDONLY|syscall.O_DIRECTORY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := f.ReadDir(most)
	if err != nil && err != io.EOF {
		return nil, err
	}
	slices.SortFunc(list, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	return list, nil
}

// add records the entries of a folder. It returns the folders in it to look into.
func (t *tree) add(dir string, list []fs.DirEntry) []string {
	var inside []string
	for _, e := range list {
		at := path.Join(dir, e.Name())
		if e.IsDir() {
			t.folders[at] = true
			if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(ignored, e.Name()) {
				inside = append(inside, at)
			}
			continue
		}
		// Stat follows a link, unless it leads out of the project.
		if info, err := t.root.Stat(at); err == nil && info.Mode().IsRegular() {
			t.files = append(t.files, at)
			t.sizes[at] = true
			t.exec[at] = info.Mode()&0o111 != 0
		}
	}
	return inside
}

// has reports whether there is a regular file.
func (t *tree) has(file string) bool { return t.sizes[path.Clean(file)] }

// first returns the first of some files of a folder that is there.
func (t *tree) first(dir string, names ...string) (string, bool) {
	for _, name := range names {
		if at := path.Join(dir, name); t.has(at) {
			return at, true
		}
	}
	return "", false
}

// text returns the beginning of a file, with line feeds alone at the ends of lines. It is
// empty for a file that can't be read.
func (t *tree) text(file string) string {
	f, err := t.open(file)
	if err != nil {
		return ""
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		return ""
	}
	text := strings.TrimPrefix(strings.ToValidUTF8(string(data), "\ufffd"), "\ufeff") // Windows has a mark
	return strings.ReplaceAll(text, "\r\n", "\n")
}

// open opens a regular file for its first bytes.
func (t *tree) open(file string) (io.ReadCloser, error) {
	// The file may have been replaced since it was listed. O_NONBLOCK keeps the open from
	// waiting.
	f, err := t.root.OpenFile(path.Clean(file), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && !info.Mode().IsRegular() {
		err = fs.ErrInvalid
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return &limited{f, t, maxFile}, nil
}

// limited is a file of which only so much is read as its own limit and the tree's allow.
type limited struct {
	*os.File
	tree *tree
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	p = p[:min(len(p), l.left, maxBytes-l.tree.read)]
	if len(p) == 0 {
		l.tree.cut = l.tree.cut || l.left > 0
		return 0, io.EOF
	}
	n, err := l.File.Read(p)
	l.left -= n
	l.tree.read += n
	return n, err
}

// below returns a path in a folder as one that is relative to the folder.
func below(dir, at string) string {
	if dir == "." {
		return at
	}
	if at == dir {
		return "."
	}
	return strings.TrimPrefix(at, dir+"/")
}

// below lists the files in a folder and in those in it.
func (t *tree) below(dir string) []string {
	if dir == "." {
		return t.files
	}
	var out []string
	for _, f := range t.files {
		if strings.HasPrefix(f, dir+"/") {
			out = append(out, f)
		}
	}
	return out
}

// hasSuffix reports whether a file in a folder, or in those in it, has one of some suffixes.
func (t *tree) hasSuffix(dir string, suffixes ...string) bool {
	return slices.ContainsFunc(t.below(dir), func(f string) bool {
		return slices.Contains(suffixes, path.Ext(f))
	})
}

// unused returns the first of some names that nothing in a folder has.
func (t *tree) unused(dir string, names ...string) string {
	for _, name := range names {
		if at := path.Join(dir, name); !t.has(at) && !t.folders[at] {
			return name
		}
	}
	return names[0]
}
