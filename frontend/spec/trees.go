package spec

import (
	"path"
	"strings"
)

// tree is the tree that a path of an item is in.
type tree struct {
	name string // for people
	// start is the folder of relative paths; "" if there may be none.
	start string
	// absolute is true if there may be absolute paths.
	absolute bool
	// asked is true if a client sends the path; see notPattern.
	asked bool
}

var (
	contextTree = tree{name: "the build context", start: "/", asked: true}
	gitTree     = tree{name: "the repository", start: "/"}
	archiveTree = tree{name: "the archive", start: "/"}
	imageTree   = tree{name: "the image", absolute: true}
)

// buildTree returns the tree that the build leaves.
func buildTree(workdir string) tree {
	return tree{name: "build.workdir, " + workdir, start: workdir, absolute: true}
}

// taken is what a path takes from a tree.
type taken struct {
	String       // the path: absolute and clean
	pattern bool // whether the path has wildcards
	folder  bool // whether the path is written as a folder
}

// take returns what a path takes from the tree. It drops a leading "./" and a slash at the
// end, which change nothing.
func (t tree) take(p string) (taken, *complaint) {
	if bad := anyPath(p); bad != nil {
		return taken{}, bad
	}
	shortest, bad := t.shortest(p)
	if bad != nil {
		return taken{}, bad
	}
	if t.asked {
		if bad := notPattern(shortest); bad != nil {
			return taken{}, bad
		}
	}
	read, pattern, bad := readNames(shortest)
	if bad != nil {
		return taken{}, bad
	}
	if pattern {
		read = shortest // with its escapes
	}
	if !strings.HasPrefix(p, "/") {
		read = path.Join(t.start, read)
	}
	return taken{String{Value: read}, pattern, shortest == "." || strings.HasSuffix(p, "/")}, nil
}

// shortest returns a path in its shortest form.
func (t tree) shortest(p string) (string, *complaint) {
	absolute := strings.HasPrefix(p, "/")
	switch {
	case absolute && t.absolute && p == "/":
		return p, nil
	case absolute && t.absolute:
		return absoluteForm(strings.TrimSuffix(p, "/"))
	case t.start == "":
		return absoluteForm(p) // which says that it is relative
	case t.absolute && leaves(path.Clean(p)):
		return "", complain("write a path inside of it, or an absolute path", "%s is not inside of %s", show(p), t.name)
	}
	return relativeForm(p, t.name)
}

// taken decodes a path of a tree.
func (d *decoder) taken(v *value, t tree) taken {
	var got taken
	s, _ := d.text(v, func(s string) (_ string, bad *complaint) {
		got, bad = t.take(s)
		return got.Value, bad
	})
	got.Range = s.Range
	return got
}
