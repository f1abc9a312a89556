package verify

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"
	"syscall"
)

// maxLinks is how many symbolic links the kernel follows (MAXSYMLINKS).
const maxLinks = 40

// maxChain is how many links a message shows.
const maxChain = 8

// walk follows a path inside a tree, one name after the other, as a process with
// that root would: an absolute link starts again at the root, and '..' at the root
// stays there. It follows all links itself and leaves none to the operating system.
type walk struct {
	tree  mounts
	dir   []string // the current directory, without links
	todo  []string // the names to come
	links []Link
	seen  map[string]bool // each link, with the names that were to come then
	above bool            // the path had a '..' at the root
	info  fs.FileInfo     // of the last name; nil for a directory that was not looked up
}

func newWalk(tree mounts, name string) *walk {
	return &walk{tree: tree, todo: names(name), seen: map[string]bool{}}
}

// resolve follows name inside a tree. The walk ends at something that is not a link,
// or there is a reason why it can't.
func resolve(tree mounts, name string) (*walk, *Reason, error) {
	w := newWalk(tree, name)
	for len(w.todo) > 0 {
		if reason, err := w.next(); reason != nil || err != nil {
			return w, reason, err
		}
	}
	return w, nil, nil
}

// next goes to the next name.
func (w *walk) next() (*Reason, error) {
	name := w.todo[0]
	w.todo = w.todo[1:]
	switch name {
	case ".":
		return nil, nil // step has checked that this is a directory
	case "..":
		w.up()
		return nil, nil
	}
	return w.step(name)
}

// names splits a path. A slash at its end asks for a directory, as '.' does.
func names(p string) []string {
	out := strings.FieldsFunc(p, func(r rune) bool { return r == '/' })
	if strings.HasSuffix(p, "/") {
		out = append(out, ".")
	}
	return out
}

// up goes to the parent, or stays at the root.
func (w *walk) up() {
	w.info = nil
	if len(w.dir) == 0 {
		w.above = true
		return
	}
	w.dir = w.dir[:len(w.dir)-1]
}

// step goes to a name in the current directory.
func (w *walk) step(name string) (*Reason, error) {
	at := path.Join(w.resolved(), name)
	info, err := w.tree.lstat(at)
	var unseen *unseenError
	switch {
	case errors.As(err, &unseen):
		return w.refuseUnseen(at, unseen.mountPoint), nil
	case isMissing(err):
		return w.refuseMissing(at), nil
	case err != nil:
		return nil, err
	case info == nil:
		// A directory for the mounts below it.
	case info.Mode()&fs.ModeSymlink != 0:
		return w.follow(at)
	case len(w.todo) > 0 && !info.IsDir():
		return w.refuseNotDirectory(at), nil
	}
	w.dir = append(w.dir, name)
	w.info = info
	return nil, nil
}

// isMissing reports whether an error says that there is no such name.
func isMissing(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENAMETOOLONG)
}

// follow puts a link's target before the names to come.
func (w *walk) follow(at string) (*Reason, error) {
	target, err := w.tree.readlink(at)
	if err != nil {
		return nil, err
	}
	w.links = append(w.links, Link{Path: printable(at), Target: printable(target)})
	state := at + "\x00" + strings.Join(w.todo, "/")
	if w.seen[state] {
		return w.refuseLoop("symbolic links lead in a circle"), nil
	}
	w.seen[state] = true
	if len(w.links) > maxLinks {
		return w.refuseLoop(fmt.Sprintf("there are more than %d symbolic links on the way", maxLinks)), nil
	}
	if path.IsAbs(target) {
		w.dir = nil
	}
	w.info = nil
	w.todo = append(names(target), w.todo...)
	return nil, nil
}

// resolved returns the path of the current place, from the root.
func (w *walk) resolved() string { return "/" + path.Join(w.dir...) }

// chain returns the followed links for a message.
func (w *walk) chain() string {
	shown := w.links[:min(len(w.links), maxChain)]
	parts := make([]string, len(shown))
	for i, link := range shown {
		parts[i] = link.Path + " -> " + link.Target
	}
	s := strings.Join(parts, ", ")
	if len(shown) < len(w.links) {
		s += ", …"
	}
	return s
}

func (w *walk) refuseMissing(at string) *Reason {
	if len(w.links) == 0 {
		return &Reason{Code: CodeMissing, Message: "does not exist"}
	}
	return w.refuseDangling(at + " does not exist")
}

func (w *walk) refuseNotDirectory(at string) *Reason {
	if len(w.links) == 0 {
		return &Reason{Code: CodeMissing,
			Message: fmt.Sprintf("does not exist: %s is not a directory", printable(at))}
	}
	return w.refuseDangling(at + " is not a directory")
}

func (w *walk) refuseDangling(what string) *Reason {
	return &Reason{Code: CodeSymlinkDangling,
		Message: fmt.Sprintf("is a symbolic link to nothing inside the root: %s, but %s", w.chain(), printable(what))}
}

func (w *walk) refuseLoop(what string) *Reason {
	return &Reason{Code: CodeSymlinkLoop,
		Message: fmt.Sprintf("can't be found, %s: %s", what, w.chain())}
}
