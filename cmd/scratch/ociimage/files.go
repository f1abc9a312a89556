package ociimage

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

const (
	// maxFiles is the number of files that an image may have, with the folders that no entry
	// names: a path is as many of them as it has parts.
	maxFiles = 1 << 20
	// maxName is the length of a path, in bytes. Linux opens no longer one.
	maxName = 4096
	// maxNames is the length of all paths of an image, in bytes.
	maxNames = 256 << 20
)

// File is a file of the image.
type File struct {
	Path string      `json:"path"`
	Mode fs.FileMode `json:"-"`
	// Perm is Mode as ls shows it.
	Perm string `json:"mode"`
	UID  int    `json:"uid"`
	GID  int    `json:"gid"`
	Size int64  `json:"size"`
	// Link is where a symbolic link leads.
	Link string `json:"link,omitempty"`
	// Program is the verification of a file with the form of a program.
	Program *verify.Report `json:"verification,omitempty"`
}

// Files lists the files that a container of the image has, by their paths.
func (i *Image) Files(ctx context.Context) ([]File, error) {
	t := tree{platform: i.Config.Platform}
	if err := i.eachLayer(ctx, t.read); err != nil {
		return nil, err
	}
	files := t.root.list(nil)
	slices.SortFunc(files, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return files, nil
}

type tree struct {
	root         node
	files, names int // how many have been added, and the bytes of their paths
	nodes        int // how many have been made
	platform     ocispecs.Platform
}

// node is a place in the tree. There need not be a file: a layer may name a file alone, and
// not its folder.
type node struct {
	file *File
	in   map[string]*node
}

// at returns the node of a path, and nil if there is none.
func (n *node) at(name string) *node {
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		if n = n.in[part]; n == nil {
			return nil
		}
	}
	return n
}

// put adds a file, and returns an error if the tree becomes too large.
func (t *tree) put(f File) error {
	n := &t.root
	for part := range strings.SplitSeq(strings.Trim(f.Path, "/"), "/") {
		next := n.in[part]
		if next == nil {
			if t.nodes++; t.nodes > maxFiles {
				return fmt.Errorf("the layers have more than %d files and folders", maxFiles)
			}
			if n.in == nil {
				n.in = map[string]*node{}
			}
			next = &node{}
			n.in[part] = next
		}
		n = next
	}
	n.file = &f
	return nil
}

// list appends the files below a node.
func (n *node) list(to []File) []File {
	if n.file != nil {
		to = append(to, *n.file)
	}
	for _, next := range n.in {
		to = next.list(to)
	}
	return to
}

// These mark in a layer what it removes of the layers below.
const (
	whiteout = ".wh."
	opaque   = ".wh..wh..opq"
)

func (t *tree) read(layer io.Reader) error {
	var removed []string
	added := map[string]File{}
	for r := tar.NewReader(layer); ; {
		h, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if err := t.count(h); err != nil {
			return err
		}
		name := path.Join("/", h.Name)
		dir, base := path.Split(name)
		switch {
		case base == opaque:
			removed = append(removed, dir) // it ends with a slash
			continue
		case strings.HasPrefix(base, whiteout):
			gone := strings.TrimPrefix(base, whiteout)
			if gone == "" || gone == "." || gone == ".." {
				return fmt.Errorf("%s removes no file that can be", name)
			}
			removed = append(removed, path.Join(dir, gone))
			continue
		case name == "/":
			continue
		}
		f, err := t.file(name, h, r, added)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		added[name] = f
	}
	return t.apply(removed, added)
}

// count counts an entry of a layer, and returns an error if there are too many.
func (t *tree) count(h *tar.Header) error {
	t.files++
	t.names += len(h.Name) + len(h.Linkname)
	switch {
	case len(h.Name) > maxName || len(h.Linkname) > maxName:
		return fmt.Errorf("a path has more than %d bytes", maxName)
	case t.files > maxFiles:
		return fmt.Errorf("the layers have more than %d files", maxFiles)
	case t.names > maxNames:
		return fmt.Errorf("the paths of the files have more than %d bytes", maxNames)
	}
	return nil
}

// apply puts a layer over the layers below. A path that ends with a slash removes what is
// in the folder.
func (t *tree) apply(removed []string, added map[string]File) error {
	for _, r := range removed {
		n := t.root.at(r)
		if r == "/" {
			n = &t.root
		}
		if n == nil {
			continue
		}
		n.in = nil
		if !strings.HasSuffix(r, "/") {
			n.file = nil
		}
	}
	for _, f := range added {
		if n := t.root.at(f.Path); n != nil && !f.Mode.IsDir() {
			n.in = nil
		}
	}
	for _, f := range added {
		if err := t.put(f); err != nil {
			return err
		}
	}
	return nil
}

func (t *tree) file(name string, h *tar.Header, content io.Reader, added map[string]File) (File, error) {
	if h.Typeflag == tar.TypeLink {
		target := path.Join("/", h.Linkname)
		f, ok := added[target]
		if n := t.root.at(target); !ok && n != nil && n.file != nil {
			f, ok = *n.file, true
		}
		if !ok {
			return f, fmt.Errorf("it is a link to %s, which is missing", target)
		}
		f.Path = name
		return f, nil
	}
	mode := h.FileInfo().Mode()
	f := File{Path: name, Mode: mode, Perm: mode.String(), UID: h.Uid, GID: h.Gid, Size: h.Size, Link: h.Linkname}
	if h.Typeflag != tar.TypeReg {
		return f, nil
	}
	var err error
	f.Program, err = verifyProgram(content, t.platform)
	return f, err
}

var elfMagic = []byte("\x7fELF")

// verifyProgram verifies a file with the form of a program. For any other it returns nil.
func verifyProgram(content io.Reader, p ocispecs.Platform) (report *verify.Report, err error) {
	head := make([]byte, len(elfMagic))
	if _, err := io.ReadFull(content, head); errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	if !bytes.Equal(head, elfMagic) {
		return nil, nil
	}
	f, err := os.CreateTemp("", "scratch-program-")
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close(), os.Remove(f.Name())) }()
	size, err := io.Copy(f, io.MultiReader(bytes.NewReader(head), content))
	if err != nil {
		return nil, err
	}
	return verify.ELF(f, size, verify.Options{Platform: p})
}
