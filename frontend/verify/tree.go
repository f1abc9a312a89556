package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// Tree is a file system of several directories, in the order in which they are
// mounted. The first one is mounted at "/".
type Tree []Mount

// Mount is a directory in a [Tree].
type Mount struct {
	// At is the mount point. As in mount(2), it may have symbolic links that lead
	// through earlier mounts.
	At string `json:"at"`
	// Dir is the directory that is mounted. If it is empty, the content is not
	// known, except for the directories that lead to later mounts.
	Dir string `json:"dir,omitempty"`
	// Name is what messages call a mount without Dir, such as "the cache
	// /src/target". If it is empty, they name the mount point.
	Name string `json:"name,omitempty"`
}

// Open is [Open] for a name inside a tree. It refuses a name that leads into a mount
// without Dir, with [CodeUnseen].
func (t Tree) Open(name string, opts Options) (*File, error) {
	ms, err := t.mount()
	if err != nil {
		return nil, fmt.Errorf("verify: %w", errors.Join(err, ms.close()))
	}
	f, err := openIn(ms, name, opts)
	if closeErr := ms.close(); err == nil && closeErr != nil {
		return nil, errors.Join(closeErr, f.Close())
	}
	return f, err
}

// mountPoint is a mount of an open tree.
type mountPoint struct {
	at   string   // without links
	root *os.Root // nil if the content is not known
	name string
}

// mounts are the mounts of a tree, in order. A later one hides what is at its place.
type mounts []mountPoint

// mount opens the directories of a tree. With an error, it returns those that are
// already open.
func (t Tree) mount() (mounts, error) {
	if len(t) == 0 || path.Clean(t[0].At) != "/" {
		return nil, errors.New("a tree without a root")
	}
	var ms mounts
	for _, m := range t {
		at, err := ms.resolve(m.At)
		if err != nil {
			return ms, err
		}
		point := mountPoint{at: at, name: m.Name}
		if m.Dir != "" {
			if point.root, err = os.OpenRoot(m.Dir); err != nil {
				return ms, err
			}
		}
		ms = append(ms, point)
	}
	return ms, nil
}

func (ms mounts) close() error {
	var errs []error
	for _, m := range ms {
		if m.root != nil {
			errs = append(errs, m.root.Close())
		}
	}
	return errors.Join(errs...)
}

// resolve follows the links in the path of a new mount point. It keeps a name that
// does not exist or can't be followed: whoever mounts makes a directory of that name.
func (ms mounts) resolve(at string) (string, error) {
	if len(ms) == 0 {
		return "/", nil
	}
	w := newWalk(ms, at)
	for len(w.todo) > 0 {
		name := w.todo[0]
		reason, err := w.next()
		if err != nil {
			return "", err
		}
		if reason != nil {
			w.dir = append(w.dir, name)
		}
	}
	return w.resolved(), nil
}

// unseenError says that the content of a mount is not known.
type unseenError struct{ mountPoint }

func (e *unseenError) Error() string { return e.at + " can't be seen" }

// find returns the mount that a path without links lies in, and the path in that mount.
func (ms mounts) find(p string) (mountPoint, string) {
	for i := len(ms) - 1; i >= 0; i-- {
		if rel, ok := cutDir(p, ms[i].at); ok {
			return ms[i], rel
		}
	}
	return mountPoint{at: "/"}, "." // not reached: a tree has a root
}

// lstat looks up a path without links. It returns nil for a directory that exists only
// for the mounts below it.
func (ms mounts) lstat(p string) (fs.FileInfo, error) {
	m, rel := ms.find(p)
	if m.root == nil {
		if rel != "." && ms.haveBelow(p) {
			return nil, nil
		}
		return nil, &unseenError{m}
	}
	info, err := m.root.Lstat(rel)
	if isMissing(err) && ms.haveBelow(p) {
		return nil, nil
	}
	return info, err
}

// haveBelow reports whether there is a mount below a path.
func (ms mounts) haveBelow(p string) bool {
	return slices.ContainsFunc(ms, func(m mountPoint) bool {
		_, ok := cutDir(m.at, p)
		return ok && m.at != p
	})
}

func (ms mounts) readlink(p string) (string, error) {
	m, rel := ms.find(p)
	return m.root.Readlink(rel)
}

func (ms mounts) openFile(p string, flag int) (*os.File, error) {
	m, rel := ms.find(p)
	return m.root.OpenFile(rel, flag, 0)
}

// cutDir returns a path relative to a directory. ok is false if the path is not the
// directory and not below it.
func cutDir(p, dir string) (rel string, ok bool) {
	if p == dir {
		return ".", true
	}
	if dir != "/" {
		dir += "/"
	}
	return strings.CutPrefix(p, dir)
}

// refuseUnseen refuses a path that leads into a mount whose content is not known.
func (w *walk) refuseUnseen(at string, m mountPoint) *Reason {
	what := m.name
	if what == "" {
		what = m.at
	}
	message := fmt.Sprintf("lies in %s, whose content can't be seen here", printable(what))
	if len(w.links) > 0 {
		message = fmt.Sprintf("is a symbolic link to %s, which lies in %s, whose content can't be seen here: %s",
			printable(at), printable(what), w.chain())
	}
	return &Reason{Code: CodeUnseen, Message: message}
}
