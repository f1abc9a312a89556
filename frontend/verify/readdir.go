package verify

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// ReadDir gives the names in the directory that a path leads to, sorted: those of its
// file system, of which it reads no more than limit, and those of what is mounted in it.
// A path that leads to no directory, or to one whose content can't be seen, gives a
// reason, as [Tree.Open] has it.
func (t Tree) ReadDir(name string, limit int) ([]string, *Reason, error) {
	ms, err := t.mount()
	if err != nil {
		return nil, nil, fmt.Errorf("verify: %w", errors.Join(err, ms.close()))
	}
	names, reason, err := ms.readDir(name, limit)
	if err = errors.Join(err, ms.close()); err != nil {
		err = fmt.Errorf("verify: %w", err)
	}
	return names, reason, err
}

func (ms mounts) readDir(name string, limit int) ([]string, *Reason, error) {
	w, reason, err := resolve(ms, name)
	if reason != nil || err != nil {
		return nil, reason, err
	}
	at := w.resolved()
	if w.info != nil && !w.info.IsDir() {
		return nil, w.refuseNotDirectory(at), nil
	}
	m, rel := ms.find(at)
	if m.root == nil {
		return nil, w.refuseUnseen(at, m), nil
	}
	names, err := m.names(rel, limit)
	if err != nil && !(isMissing(err) && ms.haveBelow(at)) {
		return nil, nil, err
	}
	for _, other := range ms {
		if rest, ok := cutDir(other.at, at); ok && other.at != at {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	slices.Sort(names)
	return slices.Compact(names), nil, nil
}

// names are those of a directory in the mount, which is no link.
func (m mountPoint) names(rel string, limit int) (_ []string, err error) {
	dir, err := m.root.Open(rel)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, dir.Close()) }()
	names, err := dir.Readdirnames(limit)
	if err == io.EOF {
		err = nil
	}
	return names, err
}
