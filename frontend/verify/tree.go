package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strings"
)

// Tree is a file system that is put together from directories, in the order in
// which they are mounted. The first of them lies at "/".
type Tree []Mount

// Mount is what lies at a place of a [Tree].
type Mount struct {
	// At is the place. Symbolic links in it are followed as mount(2) follows
	// them: through what is mounted before it.
	At string `json:"at"`
	// Dir is the directory whose content lies there. Empty: the content can't be
	// seen, except for the directories that lead to later mounts.
	Dir string `json:"dir,omitempty"`
	// Name says what lies there, for people, if it can't be seen: "the cache
	// /src/target". Empty stands for the place.
	Name string `json:"name,omitempty"`
}

// Open is [Open] for a name inside a tree. A name that leads to a place whose
// content can't be seen is refused with [CodeUnseen].
func (t Tree) Open(name string, opts Options) (*File, error) {
	ms, err := t.mount()
	if err != nil {
		return nil, fmt.Errorf("verify: %w", errors.Join(err, ms.close()))
	}
	f, err := openIn(ms, name, opts)
	if closing := ms.close(); err == nil && closing != nil {
		return nil, errors.Join(closing, f.Close())
	}
	return f, err
}

// mounted is a mount whose place is known.
type mounted struct {
	at   string   // without links
	root *os.Root // nil if it can't be seen
	name string
}

// mounts are a tree's, in order: the later one hides what lies below it.
type mounts []mounted

// mount opens the directories of a tree. What was opened before an error comes
// with it.
func (t Tree) mount() (mounts, error) {
	if len(t) == 0 || path.Clean(t[0].At) != "/" {
		return nil, errors.New("a tree without a root")
	}
	var ms mounts
	for _, m := range t {
		at, err := ms.place(m.At)
		if err != nil {
			return ms, err
		}
		in := mounted{at: at, name: m.Name}
		if m.Dir != "" {
			if in.root, err = os.OpenRoot(m.Dir); err != nil {
				return ms, err
			}
		}
		ms = append(ms, in)
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

// place follows the links in a mount's place. What is not there, or can't be
// followed, is taken by its name: it is made for the mount.
func (ms mounts) place(at string) (string, error) {
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

// unseenError says that a place's content can't be seen.
type unseenError struct{ mounted }

func (e *unseenError) Error() string { return e.at + " can't be seen" }

// find gives the mount that a path without links lies in, and the path in it.
func (ms mounts) find(p string) (mounted, string) {
	for i := len(ms) - 1; i >= 0; i-- {
		if rel, ok := below(p, ms[i].at); ok {
			return ms[i], rel
		}
	}
	return mounted{at: "/"}, "." // a tree has a root: this is never reached
}

// lstat looks a path without links up. The information is nil for a directory
// that is there only for the mounts below it.
func (ms mounts) lstat(p string) (fs.FileInfo, error) {
	m, rel := ms.find(p)
	if m.root == nil {
		if rel != "." && ms.leads(p) {
			return nil, nil
		}
		return nil, &unseenError{m}
	}
	info, err := m.root.Lstat(rel)
	if isMissing(err) && ms.leads(p) {
		return nil, nil
	}
	return info, err
}

// leads reports whether a mount lies below a path.
func (ms mounts) leads(p string) bool {
	for _, m := range ms {
		if _, ok := below(m.at, p); ok && m.at != p {
			return true
		}
	}
	return false
}

func (ms mounts) readlink(p string) (string, error) {
	m, rel := ms.find(p)
	return m.root.Readlink(rel)
}

func (ms mounts) openFile(p string, flag int) (*os.File, error) {
	m, rel := ms.find(p)
	return m.root.OpenFile(rel, flag, 0)
}

// below gives a path from a directory that it lies in; "." if it is that.
func below(p, dir string) (string, bool) {
	if p == dir {
		return ".", true
	}
	if dir != "/" {
		dir += "/"
	}
	rel, ok := strings.CutPrefix(p, dir)
	return rel, ok
}

// unseen refuses a path that leads to a place whose content can't be seen.
func (w *walk) unseen(at string, m mounted) *Reason {
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
