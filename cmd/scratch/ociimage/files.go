package ociimage

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// maxFiles is the number of files that an image may have.
const maxFiles = 1 << 20

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
	t := tree{files: map[string]File{}, platform: i.Config.Platform}
	if err := i.eachLayer(ctx, t.read); err != nil {
		return nil, err
	}
	return slices.SortedFunc(maps.Values(t.files), func(a, b File) int { return strings.Compare(a.Path, b.Path) }), nil
}

type tree struct {
	files    map[string]File
	platform ocispecs.Platform
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
		name := path.Join("/", h.Name)
		dir, base := path.Split(name)
		switch {
		case base == opaque:
			removed = append(removed, dir) // it ends with a slash
			continue
		case strings.HasPrefix(base, whiteout):
			gone := path.Join(dir, strings.TrimPrefix(base, whiteout))
			removed = append(removed, gone, gone+"/")
			continue
		case name == "/":
			continue
		}
		f, err := t.file(name, h, r, added)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		added[name] = f
		if len(t.files)+len(added) > maxFiles {
			return fmt.Errorf("the image has more than %d files", maxFiles)
		}
	}
	t.apply(removed, added)
	return nil
}

// apply puts a layer over the layers below. A path that ends with a slash removes what is
// in the folder.
func (t *tree) apply(removed []string, added map[string]File) {
	gone := map[string]bool{}
	for _, r := range removed {
		gone[r] = true
	}
	for _, f := range added {
		if !f.Mode.IsDir() {
			gone[f.Path+"/"] = true
		}
	}
	maps.DeleteFunc(t.files, func(name string, _ File) bool {
		if gone[name] || gone["/"] {
			return true
		}
		for dir := path.Dir(name); dir != "/"; dir = path.Dir(dir) {
			if gone[dir+"/"] {
				return true
			}
		}
		return false
	})
	maps.Copy(t.files, added)
}

func (t *tree) file(name string, h *tar.Header, content io.Reader, added map[string]File) (File, error) {
	if h.Typeflag == tar.TypeLink {
		target := path.Join("/", h.Linkname)
		f, ok := added[target]
		if !ok {
			f, ok = t.files[target]
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
