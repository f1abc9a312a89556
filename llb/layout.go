package llb

import (
	"path"
	"slices"

	bk "github.com/moby/buildkit/client/llb"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// entry is something that the image has beside its binaries: a line of files, or one
// place of an include.
type entry struct {
	to   string
	at   spec.Range
	what string // for people
	kind Kind
	// source is what a [KindCopy] copies.
	source Source
	// owned is set if someone else than root owns the folders on the way to it.
	owned bool
	// empty is set for a folder that brings nothing but itself.
	empty bool
	add   func(*bk.FileAction) *bk.FileAction
}

// Kind says what may be at a place.
type Kind int

// The kinds of places.
const (
	KindBinary Kind = iota // a program, which wins over a file or a link
	KindFile               // a regular file, which wins over another one
	KindFolder             // a folder
	KindCopy               // a file or a folder, as its source is one
	KindMount              // a folder that engines look up through links, or nothing
)

// Overlap is a place for something that the Scratchfile names, where other lines put
// folders: what is in them decides whether the place can be had.
type Overlap struct {
	// Path is the place in the image.
	Path string
	// What is the thing that belongs there, for people.
	What string
	Kind Kind
	// Source is what is copied there, for a [KindCopy].
	Source Source
	// Range is the line of the thing.
	Range spec.Range
	// Below is what the other lines bring, before the thing is put there.
	Below bk.State
	// Over are the other lines.
	Over []Cover
}

// Source is a path in a build context.
type Source struct {
	State bk.State
	Path  string
}

// Cover is a line whose place is above another one's, or at it.
type Cover struct {
	To    string
	What  string
	Range spec.Range
}

// layout has the includes, then the files, each in the order of the Scratchfile.
func (g *grapher) layout(in Inputs) (layout, error) {
	entries, err := g.includes(in)
	if err != nil {
		return layout{}, err
	}
	for _, f := range g.sf.Files {
		entries = append(entries, g.fileEntry(f, in))
	}
	return newLayout(entries), nil
}

func (g *grapher) fileEntry(f spec.FileCopy, in Inputs) entry {
	from, what := in.Context, f.From.Value
	if name := f.Context.Value; name != "" {
		from, what = in.Named[name], name+":"+what
	}
	src := Source{State: from, Path: path.Join("/", f.From.Value)}
	return entry{
		to: f.To.Value, at: f.Range, what: what, kind: KindCopy, source: src,
		owned: f.Owner != nil && *f.Owner != spec.Owner{},
		add: func(a *bk.FileAction) *bk.FileAction {
			return chainCopy(a, src.State, src.Path, f.To.Value, g.fileCopyInfo(f))
		},
	}
}

// layout is the entries of an image, to be found by their places.
type layout struct {
	entries []entry
	byPath  map[string]entry
	// owned are the folders that are made for an owner on the way to an entry.
	owned map[string]bool
}

func newLayout(entries []entry) layout {
	l := layout{entries: entries, byPath: map[string]entry{}, owned: map[string]bool{}}
	for _, e := range entries {
		l.byPath[e.to] = e
		for dir := path.Dir(e.to); e.owned && dir != "/" && !l.owned[dir]; dir = path.Dir(dir) {
			l.owned[dir] = true
		}
	}
	return l
}

// covers are the entries that may bring something to a path: what is there, or a
// folder above it. The deepest comes first.
func (l layout) covers(p string) []Cover {
	var out []Cover
	for at := p; ; at = path.Dir(at) {
		if e, ok := l.byPath[at]; ok && e.kind != KindFile && !e.empty {
			out = append(out, Cover{To: e.to, What: e.what, Range: e.at})
		}
		if at == "/" {
			return out
		}
	}
}

// above are the entries that may bring something to an entry's path.
func (l layout) above(e entry) []Cover {
	if e.to == "/" {
		return nil
	}
	return slices.DeleteFunc(l.covers(e.to), func(c Cover) bool { return c.To == e.to })
}

// shapes reports whether an entry may give a folder an owner or a mode: one that it
// brings, or one on the way to it that is made for its owner.
func (l layout) shapes(dir string) bool {
	own, ok := l.byPath[dir]
	return ok && own.kind != KindFile || l.owned[dir] || len(l.covers(dir)) > 0
}

// levels are the entries, each behind all that may bring a folder of its path: those
// of the first level lie below none, those of the next one below some of the first.
func (l layout) levels() [][]entry {
	var levels [][]entry
	known := map[string]int{}
	for _, e := range l.entries {
		n := l.level(e, known)
		for len(levels) <= n {
			levels = append(levels, nil)
		}
		levels[n] = append(levels[n], e)
	}
	return levels
}

func (l layout) level(e entry, known map[string]int) int {
	n, ok := known[e.to]
	if above := l.above(e); !ok && len(above) > 0 {
		n = l.level(l.byPath[above[0].To], known) + 1
	}
	known[e.to] = n
	return n
}

// checkBinaries notes the binaries that lie where an entry may bring something.
func (g *grapher) checkBinaries(data bk.State, l layout) {
	for _, b := range g.sf.Binaries {
		g.check(data, l, Overlap{Path: b.To.Value, What: "the binary", Kind: KindBinary, Range: b.Range})
	}
}

// checkFolders notes the folders of the image's configuration that lie where an
// entry may bring something.
func (g *grapher) checkFolders(data bk.State, l layout) {
	wd := g.sf.Image.Workdir
	g.check(data, l, Overlap{Path: wd.Value, What: "image.workdir", Kind: KindMount, Range: wd.Range})
	for _, v := range g.sf.Image.Volumes {
		g.check(data, l, Overlap{Path: v.Value, What: "the volume", Kind: KindMount, Range: v.Range})
	}
}

func (g *grapher) check(data bk.State, l layout, o Overlap) {
	if o.Path == "" || o.Path == "/" {
		return
	}
	if o.Over = l.covers(o.Path); len(o.Over) > 0 {
		o.Below = data
		g.overlaps = append(g.overlaps, o)
	}
}

// sharedWith are the folders on the way to binaries that the data may have with an
// owner or a mode of its own, those above before those below.
func (l layout) sharedWith(binaries []spec.Binary) []string {
	var out []string
	for _, b := range binaries {
		for dir := path.Dir(b.To.Value); dir != "/"; dir = path.Dir(dir) {
			if l.shapes(dir) {
				out = append(out, dir)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
