package includestep

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"syscall"

	rootfs "github.com/containerd/continuity/fs"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// limits bound an include. The largest one, tzdata, has some 2,000 entries and 4 MB, in at
// most 4 levels of folders.
type limits struct {
	entries, depth int
	bytes          int64
}

var includeLimits = limits{entries: 20_000, depth: 16, bytes: 64 << 20}

// picker copies an include from a tree to a folder.
type picker struct {
	tree, out string
	log       io.Writer
	// max are the limits, and left is what is left of them.
	max, left limits
	// written has the paths in the image, by the path of the file that was copied there.
	written map[string]string
	// inodes has the paths in the folder, by the file that was copied there.
	inodes map[inode]string
}

func newPicker(req Request, max limits, log io.Writer) *picker {
	return &picker{
		tree: req.Tree, out: req.Included, log: log, max: max, left: max,
		written: map[string]string{}, inodes: map[inode]string{},
	}
}

type inode struct{ device, number uint64 }

func (p *picker) pick(ctx context.Context, req Request) error {
	for _, at := range req.Paths {
		pick := p.pickFile
		if req.Folder {
			pick = p.pickFolder
		}
		if err := pick(ctx, at); err != nil {
			return err
		}
	}
	return nil
}

// pickFile copies a file of the include. A link to another file of the include stays a
// link. A link to any other file becomes a copy of that file.
func (p *picker) pickFile(_ context.Context, at string) error {
	from, err := p.resolve(at)
	if err != nil {
		return err
	}
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return contract.Refuse("the base has no file %q, or only a link to nothing", at)
	}
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return contract.Refuse("%q of the base is %s, not a file", at, quote.FileType(info.Mode()))
	}
	if err := os.MkdirAll(p.target(path.Dir(at)), 0o755); err != nil {
		return err
	}
	if other, ok := p.written[from]; ok {
		return p.writeLink(at, other)
	}
	p.written[from] = at
	return p.writeFile(from, at, info)
}

// pickFolder copies a folder of the include and its contents.
func (p *picker) pickFolder(ctx context.Context, at string) error {
	parent, err := p.resolve(path.Dir(at))
	if err != nil {
		return err
	}
	from := filepath.Join(parent, path.Base(at))
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return contract.Refuse("the base has no folder %q", at)
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return contract.Refuse("%q of the base is %s, not a folder", at, quote.FileType(info.Mode()))
	}
	if err := os.MkdirAll(p.target(path.Dir(at)), 0o755); err != nil {
		return err
	}
	w := &folderWalk{picker: p, from: from, at: at}
	if err := w.folder(ctx, ".", 0); err != nil {
		return err
	}
	return w.writeLinks()
}

// resolve follows a path in the tree. There may be nothing at the result.
func (p *picker) resolve(at string) (string, error) {
	from, err := rootfs.RootPath(p.tree, at)
	if err != nil {
		return "", contract.Refuse("%q of the base can't be found: its links lead nowhere, or in a circle", at)
	}
	return from, nil
}

func (p *picker) target(at string) string { return filepath.Join(p.out, filepath.FromSlash(at)) }

// writeFile copies the bytes and the time of a file. A hard link stays a hard link.
func (p *picker) writeFile(from, at string, info fs.FileInfo) error {
	to := p.target(at)
	id, hasOthers := inodeOf(info)
	if first, ok := p.inodes[id]; hasOthers && ok {
		return os.Link(first, to)
	}
	if info.Size() > p.left.bytes {
		return contract.Refuse("the files of the base at this include's places have more than %d MiB; %q alone has %d bytes", p.max.bytes>>20, at, info.Size())
	}
	p.left.bytes -= info.Size()
	if err := copyBytes(from, to, info.Size()); err != nil {
		return fmt.Errorf("copy %q: %w", at, err)
	}
	if hasOthers {
		p.inodes[id] = to
	}
	return os.Chtimes(to, info.ModTime(), info.ModTime())
}

func copyBytes(from, to string, size int64) (err error) {
	src, err := os.Open(from)
	if err != nil {
		return err
	}
	defer src.Close()
	dst, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, dst.Close()) }()
	if _, err := io.Copy(dst, io.LimitReader(src, size)); err != nil {
		return err
	}
	// The umask changes the mode of a new file.
	return dst.Chmod(0o644)
}

// writeLink makes a link from one place of the include to another one.
func (p *picker) writeLink(at, other string) error {
	to, err := filepath.Rel(path.Dir(at), other)
	if err != nil {
		return err
	}
	return os.Symlink(to, p.target(at))
}

// folderWalk walks through one folder of an include.
type folderWalk struct {
	*picker
	from, at string
	links    []string // relative to the folder
}

// folder copies the folder at a relative path, without its links.
func (w *folderWalk) folder(ctx context.Context, rel string, depth int) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if depth > w.max.depth {
		return contract.Refuse("the folders in %q of the base are more than %d deep", w.at, w.max.depth)
	}
	to := w.target(path.Join(w.at, rel))
	if err := os.Mkdir(to, 0o755); err != nil {
		return err
	}
	if err := os.Chmod(to, 0o755); err != nil {
		return err
	}
	names, err := w.names(rel)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := w.entry(ctx, path.Join(rel, name), depth); err != nil {
			return err
		}
	}
	return nil
}

// names returns the sorted names in a folder. It reads no more than an include may have.
func (w *folderWalk) names(rel string) ([]string, error) {
	dir, err := os.Open(filepath.Join(w.from, rel))
	if err != nil {
		return nil, err
	}
	defer dir.Close()
	names, err := dir.Readdirnames(w.left.entries + 1)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if w.left.entries -= len(names); w.left.entries < 0 {
		return nil, contract.Refuse("%q of the base has more than %d files and folders", w.at, w.max.entries)
	}
	slices.Sort(names)
	return names, nil
}

func (w *folderWalk) entry(ctx context.Context, rel string, depth int) error {
	at, from := path.Join(w.at, rel), filepath.Join(w.from, rel)
	if !contract.IsPlain(rel) {
		return contract.Refuse("%q of the base has a control character in its name, or one that is not UTF-8", at)
	}
	if spec.IsWhiteout(path.Base(rel)) {
		return contract.Refuse("%q of the base has a name that means in an image that a file is removed", at)
	}
	info, err := os.Lstat(from)
	if err != nil {
		return err
	}
	switch {
	case info.IsDir():
		return w.folder(ctx, rel, depth+1)
	case info.Mode().IsRegular():
		return w.writeFile(from, at, info)
	case info.Mode()&fs.ModeSymlink != 0:
		w.links = append(w.links, rel)
		return nil
	}
	return contract.Refuse("%q of the base is %s; an include has folders, files and links alone", at, quote.FileType(info.Mode()))
}

// writeLinks writes each link so that it leads straight to its target in the folder. It
// leaves out links that lead out of the folder, to nothing or in a circle.
func (w *folderWalk) writeLinks() error {
	root, err := rootfs.RootPath(w.tree, w.at)
	if err != nil {
		return err
	}
	for _, rel := range w.links {
		at := path.Join(w.at, rel)
		target, err := rootfs.RootPath(w.tree, at)
		if err == nil {
			_, err = os.Lstat(target)
		}
		inside, relErr := filepath.Rel(root, target)
		if err != nil || relErr != nil || !filepath.IsLocal(inside) {
			fmt.Fprintf(w.log, "%q is left out: it is a link that leads out of %s, or to nothing\n", at, w.at)
			continue
		}
		if err := w.writeLink(at, path.Join(w.at, filepath.ToSlash(inside))); err != nil {
			return err
		}
	}
	return nil
}

// inodeOf identifies a file with several names. It returns false for a file with one name.
func inodeOf(info fs.FileInfo) (inode, bool) {
	st, ok := info.Sys().(*syscall.Stat_t)
	if !ok || st.Nlink < 2 {
		return inode{}, false
	}
	return inode{uint64(st.Dev), st.Ino}, true
}
