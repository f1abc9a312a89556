package overlap

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/failure"
)

// tree is a solved state. It caches what it has read of files.
type tree struct {
	ref   client.Reference
	found map[string]*fstypes.Stat // nil for a path with nothing there
}

func newTree(ref client.Reference) *tree {
	return &tree{ref: ref, found: map[string]*fstypes.Stat{}}
}

// walk follows a path from the root and stops at the first thing that is not a folder. It
// returns where it stopped; the path is empty if nothing is there.
func (t *tree) walk(ctx context.Context, p string) (at string, found fs.FileMode, err error) {
	for _, at := range ancestors(p) {
		found, there, err := t.lstat(ctx, at)
		if err != nil || !there {
			return "", 0, err
		}
		if !found.IsDir() || at == p {
			return at, found, nil
		}
	}
	return "", 0, nil
}

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// follow follows a path and its links to a folder. It returns where they lead and what is
// there. A missing folder counts as a folder, since an engine creates it, unless a link
// leads to it.
func (t *tree) follow(ctx context.Context, p string) (at string, found fs.FileMode, err error) {
	left := splitPath(p)
	ofLink := 0 // how many of the names left come from a link
	links := 0
	at = "/"
	for len(left) > 0 {
		name := left[0]
		left = left[1:]
		isLinks := ofLink > 0
		ofLink = max(ofLink-1, 0)
		if name == ".." {
			at = path.Dir(at)
			continue
		}
		next := path.Join(at, name)
		found, there, err := t.lstat(ctx, next)
		switch {
		case err != nil:
			return "", 0, err
		case !there && isLinks:
			return next, fs.ModeSymlink, nil
		case !there:
			return path.Join(next, path.Join(left...)), fs.ModeDir, nil
		case found.IsDir():
			at = next
		case found&fs.ModeSymlink == 0 || links == maxLinks:
			return next, found, nil
		default:
			links++
			target := t.found[next].Linkname
			if path.IsAbs(target) {
				at = "/"
			}
			left = append(splitPath(target), left...)
			ofLink += len(splitPath(target))
		}
	}
	return at, fs.ModeDir, nil
}

// splitPath gives the names of a path that mean something.
func splitPath(p string) []string {
	return slices.DeleteFunc(strings.Split(p, "/"), func(name string) bool { return name == "" || name == "." })
}

// lstat returns the type of the file at a path. The path's parent must be a folder or a
// link to one. lstat lists the parent, since StatFile follows links.
func (t *tree) lstat(ctx context.Context, p string) (found fs.FileMode, there bool, err error) {
	st, ok := t.found[p]
	if !ok {
		list, err := t.ref.ReadDir(ctx, client.ReadDirRequest{Path: path.Dir(p), IncludePattern: patternFor(path.Base(p))})
		if err != nil {
			return 0, false, failure.Wrapf(err, "look at %s in the image", p)
		}
		if i := slices.IndexFunc(list, func(st *fstypes.Stat) bool { return st.Path == path.Base(p) }); i >= 0 {
			st = list[i]
		}
		t.found[p] = st
	}
	if st == nil {
		return 0, false, nil
	}
	return typeOf(st), true, nil
}

// isPlain reports whether a folder that was found is as one that is made on the way to a file.
func (t *tree) isPlain(p string) bool {
	st := t.found[p]
	return fs.FileMode(st.Mode) == fs.ModeDir|0o755 && st.Uid == 0 && st.Gid == 0
}

func typeOf(st *fstypes.Stat) fs.FileMode { return fs.FileMode(st.Mode).Type() }

// patternFor returns a pattern for a name. It replaces special characters by "?", so it
// may match some other names too.
func patternFor(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '?'
	}, name)
}

// ancestors returns the paths of all folders above a path, then the path itself.
func ancestors(p string) []string {
	var out []string
	for i := 1; i < len(p); i++ {
		if p[i] == '/' {
			out = append(out, p[:i])
		}
	}
	return append(out, p)
}
