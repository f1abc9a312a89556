package frontend

import (
	"context"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/frontend/gateway/client"
	fstypes "github.com/tonistiigi/fsutil/types"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// checkPlaces looks at the places of the image that the content of a folder decides
// on. Only file types are read, and only of data that the image has anyway.
func (b *platformBuilder) checkPlaces(ctx context.Context, g *llb.Graph) error {
	return b.checkOverlaps(ctx, g, func(o llb.Overlap) bool { return o.Kind != llb.KindMount })
}

// checkMounts looks at the folders of the image's configuration, once there is an
// image.
func (b *platformBuilder) checkMounts(ctx context.Context, g *llb.Graph) error {
	return b.checkOverlaps(ctx, g, func(o llb.Overlap) bool { return o.Kind == llb.KindMount })
}

func (b *platformBuilder) checkOverlaps(ctx context.Context, g *llb.Graph, chosen func(llb.Overlap) bool) error {
	trees := map[bk.Output]*tree{}
	for _, o := range g.Overlaps {
		if !chosen(o) {
			continue
		}
		t, ok := trees[o.Below.Output()]
		if !ok {
			ref, err := b.solve(ctx, o.Below)
			if err != nil {
				return err
			}
			t = newTree(ref)
			trees[o.Below.Output()] = t
		}
		met, err := b.meet(ctx, g, t, o)
		if err != nil {
			return err
		}
		if met != nil {
			return b.at(met.err(o), append(met.ranges(), o.Range)...)
		}
	}
	return nil
}

// meet looks for what is in the way of a thing; nil means nothing.
func (b *platformBuilder) meet(ctx context.Context, g *llb.Graph, t *tree, o llb.Overlap) (*meeting, error) {
	if o.Kind == llb.KindMount {
		return b.meetMount(ctx, g, t, o)
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
	switch o.Kind {
	case llb.KindBinary:
		bad = isFolder
	case llb.KindFile:
		bad = isFolder || isLink
	case llb.KindFolder:
		bad = !isFolder
	case llb.KindCopy:
		if bad = isLink; bad {
			break
		}
		folder, err := b.isFolder(ctx, o.Source)
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

// meetMount is for a folder that engines look up through links, in the whole image.
func (b *platformBuilder) meetMount(ctx context.Context, g *llb.Graph, t *tree, o llb.Overlap) (*meeting, error) {
	for _, at := range ancestors(o.Path) {
		found, there, err := t.lstat(ctx, at)
		if err != nil || !there {
			return nil, err
		}
		if found&fs.ModeSymlink != 0 {
			found, t = b.follow(ctx, g, t, at)
		}
		if t == nil {
			return nil, nil
		}
		if !found.IsDir() {
			return newMeeting(o, at, found), nil
		}
	}
	return nil, nil
}

// follow finds what a link leads to, and where: in the data, or in the whole image
// if it is a folder that only the binaries have. Without an image there is nothing to
// be found; why there is none is said elsewhere.
func (b *platformBuilder) follow(ctx context.Context, g *llb.Graph, t *tree, at string) (fs.FileMode, *tree) {
	if isFolderAt(ctx, t.ref, at) {
		return fs.ModeDir, t
	}
	ref, err := b.solve(ctx, g.Final)
	if err == nil {
		err = ref.Evaluate(ctx)
	}
	if err != nil {
		return 0, nil
	}
	if isFolderAt(ctx, ref, at) {
		return fs.ModeDir, newTree(ref)
	}
	return fs.ModeSymlink, t
}

func isFolderAt(ctx context.Context, ref client.Reference, p string) bool {
	st, err := ref.StatFile(ctx, client.StatRequest{Path: p})
	return err == nil && fs.FileMode(st.Mode).IsDir()
}

// isFolder reports whether a source is a folder, or a link to one.
func (b *platformBuilder) isFolder(ctx context.Context, s llb.Source) (bool, error) {
	ref, err := b.solve(ctx, s.State)
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
}

func newTree(ref client.Reference) *tree {
	return &tree{ref: ref, types: map[string]fs.FileMode{}}
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
	by    []llb.Cover // the lines that may have brought it
}

func newMeeting(o llb.Overlap, at string, found fs.FileMode) *meeting {
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

func (m *meeting) err(o llb.Overlap) error {
	var lines []string
	for _, c := range m.by {
		lines = append(lines, fmt.Sprintf("line %d (%s)", c.Range.Start.Line, quote.Short(c.What)))
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

// metInside is how BuildKit says that a folder and something else meet in a copy
// (fsutil/copy as of v0.13.2 and v0.34.2). The path begins with that of a mount or a
// snapshot of the daemon's.
var metInside = regexp.MustCompile(`(?m)cannot (?:copy to non-directory:|replace to directory) \S*?/(?:buildkit-mount\d+|buildkit\d+|snapshots/\d+/fs)(/.*?)(?: with file)?$`)

// explainMeeting names the lines whose folders have a folder and something else at
// one path. Which of them has which only the daemon knows.
func (b *platformBuilder) explainMeeting(err error) error {
	if err == nil {
		return nil
	}
	m := metInside.FindStringSubmatch(err.Error())
	if m == nil {
		return err
	}
	var at []spec.Range
	var lines []string
	for _, f := range b.sf.Files {
		if spec.IsUnder(m[1], f.To.Value) {
			at = append(at, f.Range)
			lines = append(lines, fmt.Sprintf("line %d (%s)", f.Range.Start.Line, quote.Short(f.From.Value)))
		}
	}
	for _, i := range b.sf.Includes {
		if i.IsFolder() && slices.ContainsFunc(i.Paths(), func(p string) bool { return spec.IsUnder(m[1], p) }) {
			at = append(at, i.Range)
			lines = append(lines, fmt.Sprintf("line %d (%s)", i.Range.Start.Line, i.Name))
		}
	}
	if len(lines) < 2 {
		return err
	}
	return b.at(fmt.Errorf("%s is a folder of one and something else of another: %s\n  fix: leave it out of one of them",
		quote.Line(m[1]), strings.Join(lines, ", ")), at...)
}
