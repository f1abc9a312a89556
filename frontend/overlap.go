package frontend

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
)

// checkPlaces looks at the places of the image that the content of a folder decides
// on. Only file types are read, and only of data that the image has anyway.
func (g *graph) checkPlaces(ctx context.Context) error {
	return g.checkOverlaps(ctx, func(o plan.Overlap) bool { return !isMount(o) })
}

// checkMounts looks at the folders of the image's configuration, once there is an
// image.
func (g *graph) checkMounts(ctx context.Context) error {
	return g.checkOverlaps(ctx, isMount)
}

// isMount reports whether an engine looks up the place of a thing through links.
func isMount(o plan.Overlap) bool {
	return o.Thing == plan.MountThing || o.Thing == plan.VolumeThing
}

func (g *graph) checkOverlaps(ctx context.Context, chosen func(plan.Overlap) bool) error {
	trees := map[plan.Ref]*tree{}
	for _, o := range g.plan.Overlaps {
		if !chosen(o) {
			continue
		}
		t, ok := trees[o.Below]
		if !ok {
			ref, err := g.solve(ctx, g.states.State(o.Below))
			if err != nil {
				return err
			}
			t = newTree(ref)
			trees[o.Below] = t
		}
		met, err := g.meet(ctx, t, o)
		if err != nil {
			return err
		}
		if met != nil {
			return g.at(met.err(o), append(met.ranges(), o.Range)...)
		}
	}
	return nil
}

// meet looks for what is in the way of a thing; nil means nothing.
func (g *graph) meet(ctx context.Context, t *tree, o plan.Overlap) (*meeting, error) {
	if isMount(o) {
		return g.meetMount(ctx, t, o)
	}
	at, found, err := t.walk(ctx, o.Path)
	if err != nil || at == "" {
		return nil, err
	}
	if at != o.Path {
		return newMeeting(o, at, found), nil
	}
	isFolder, isLink := found.IsDir(), found&fs.ModeSymlink != 0
	bad := false
	switch o.Thing {
	case plan.BinaryThing:
		bad = isFolder
	case plan.FileThing:
		bad = isFolder || isLink
	case plan.FolderThing:
		bad = !isFolder
	case plan.CopyThing:
		if bad = isLink; bad {
			break
		}
		folder, err := g.isFolder(ctx, o.Source)
		if err != nil {
			return nil, err
		}
		bad = folder != isFolder
	}
	if !bad {
		return nil, nil
	}
	return newMeeting(o, o.Path, found), nil
}

// meetMount is for a folder that engines look up through links. Behind a link the whole
// image counts: what it leads to may hold binaries, or be one.
func (g *graph) meetMount(ctx context.Context, t *tree, o plan.Overlap) (*meeting, error) {
	at, found, err := t.walk(ctx, o.Path)
	if err != nil || at == "" || found.IsDir() {
		return nil, err
	}
	if found&fs.ModeSymlink == 0 {
		return newMeeting(o, at, found), nil
	}
	ref, err := g.built(ctx, g.states.State(g.plan.Image))
	if err != nil {
		return nil, nil // why there is no image is said elsewhere
	}
	folder, found, err := newTree(ref).follow(ctx, o.Path)
	if err != nil {
		return nil, err
	}
	hides := o.Thing == plan.VolumeThing && slices.ContainsFunc(g.file.Binaries, func(bin spec.Binary) bool {
		return spec.IsUnder(bin.To.Value, folder)
	})
	if found.IsDir() && !hides {
		return nil, nil
	}
	return newMeeting(o, at, fs.ModeSymlink), nil
}

// maxLinks is how many links the kernel follows.
const maxLinks = 40

// follow goes the way to a folder through links. It gives where the way leads and what is
// there. What is missing is a folder that an engine makes, unless a link leads to it.
func (t *tree) follow(ctx context.Context, p string) (at string, found fs.FileMode, err error) {
	left := splitPath(p)
	ofLink := 0 // so many of the names that are left are a link's
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
			target := t.links[next]
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

// isFolder reports whether a source is a folder, or a link to one.
func (g *graph) isFolder(ctx context.Context, s plan.Ref) (bool, error) {
	ref, err := g.solve(ctx, g.states.State(plan.Ref{Step: s.Step, Path: "/"}))
	if err != nil {
		return false, err
	}
	st, err := ref.StatFile(ctx, client.StatRequest{Path: s.Path})
	if err != nil {
		return false, err
	}
	return fs.FileMode(st.Mode).IsDir(), nil
}

// tree is a solved state whose file types are looked up once.
type tree struct {
	ref   client.Reference
	types map[string]fs.FileMode
	links map[string]string // what links lead to
}

func newTree(ref client.Reference) *tree {
	return &tree{ref: ref, types: map[string]fs.FileMode{}, links: map[string]string{}}
}

// walk goes the way to a path, up to the first thing that is no folder, and returns
// what it came to; an empty path if there is nothing at all.
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

// absent is the mode of what is not there.
const absent = fs.ModeIrregular

// lstat is the type of what is at a path, whose parent must be a folder or a link to
// one. StatFile would follow a link, so the parent is listed.
func (t *tree) lstat(ctx context.Context, p string) (fs.FileMode, bool, error) {
	if m, ok := t.types[p]; ok {
		return m, m != absent, nil
	}
	list, err := t.ref.ReadDir(ctx, client.ReadDirRequest{Path: path.Dir(p), IncludePattern: patternFor(path.Base(p))})
	if err != nil {
		return absent, false, explain(err, "look at %s in the image", p)
	}
	m := absent
	for _, st := range list {
		if st.Path == path.Base(p) {
			m = typeOf(st)
			t.links[p] = st.Linkname
		}
	}
	t.types[p] = m
	return m, m != absent, nil
}

func typeOf(st *fstypes.Stat) fs.FileMode { return fs.FileMode(st.Mode).Type() }

// patternFor matches a name, and few others: what could mean something in a pattern
// is replaced by what matches any character.
func patternFor(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '?'
	}, name)
}

// ancestors are the paths on the way to a path, and the path itself.
func ancestors(p string) []string {
	var out []string
	for i := 1; i < len(p); i++ {
		if p[i] == '/' {
			out = append(out, p[:i])
		}
	}
	return append(out, p)
}

// meeting is something in the way of a thing that belongs at a place.
type meeting struct {
	at    string
	found fs.FileMode
	by    []plan.Cover // the lines that may have brought it
}

func newMeeting(o plan.Overlap, at string, found fs.FileMode) *meeting {
	m := &meeting{at: at, found: found}
	for _, c := range o.Over {
		if spec.IsUnder(at, c.To) {
			m.by = append(m.by, c)
		}
	}
	return m
}

func (m *meeting) ranges() []spec.Range {
	var out []spec.Range
	for _, c := range m.by {
		out = append(out, c.Range)
	}
	return out
}

func (m *meeting) err(o plan.Overlap) error {
	var lines []string
	for _, c := range m.by {
		lines = append(lines, fmt.Sprintf("line %d (%s)", c.Range.Start.Line, quote.Short(c.What)))
	}
	if o.Range == (spec.Range{}) {
		return fmt.Errorf("%s, which %s brings, is %s: no container can start, since %s is mounted there\n  fix: leave %[1]s out of what is copied",
			quote.Line(m.at), strings.Join(lines, " or "), typeName(m.found), quote.Short(o.What))
	}
	return fmt.Errorf("%s, which %s brings, is %s: %s of line %d can't be at %s\n  fix: choose another destination for one of them, or leave %[1]s out of what is copied",
		quote.Line(m.at), strings.Join(lines, " or "), typeName(m.found), quote.Short(o.What), o.Range.Start.Line, quote.Line(o.Path))
}

// typeName names a file type, for people.
func typeName(m fs.FileMode) string {
	switch {
	case m.IsDir():
		return "a folder"
	case m&fs.ModeSymlink != 0:
		return "a link"
	case m.IsRegular():
		return "a file"
	}
	return "a special file"
}

// explainMeeting names the lines whose folders have a folder and something else at
// one path. Which of them has which only the daemon knows.
func (p *parsed) explainMeeting(err error) error {
	met := meetingIn(err)
	if met == "" {
		return err
	}
	var at []spec.Range
	var lines []string
	for _, f := range p.file.Files {
		if spec.IsUnder(met, f.To.Value) {
			at = append(at, f.Range)
			lines = append(lines, fmt.Sprintf("line %d (%s)", f.Range.Start.Line, quote.Short(f.From.Value)))
		}
	}
	for _, i := range p.file.Includes {
		if i.IsFolder() && slices.ContainsFunc(i.Paths(), func(at string) bool { return spec.IsUnder(met, at) }) {
			at = append(at, i.Range)
			lines = append(lines, fmt.Sprintf("line %d (%s)", i.Range.Start.Line, i.Name))
		}
	}
	if len(lines) < 2 {
		return err
	}
	return p.at(fmt.Errorf("%s is a folder of one and something else of another: %s\n  fix: leave it out of one of them",
		quote.Line(met), strings.Join(lines, ", ")), at...)
}
