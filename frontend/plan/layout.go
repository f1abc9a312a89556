package plan

import (
	"path"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Thing says what may be at a place of the image.
type Thing int

// The things.
const (
	BinaryThing Thing = iota // a program, which wins over a file or a link
	FileThing                // a regular file, which wins over another one
	FolderThing              // a folder
	CopyThing                // a file or a folder, as its source is one
	MountThing               // a folder that engines look up through links, or nothing
	VolumeThing              // such a folder, which hides what it has
)

// Overlap is a place for something that the Scratchfile names, where other lines put
// folders. What is in the folders decides whether the thing can be there.
type Overlap struct {
	// Path is the place in the image.
	Path string
	// What is the thing that belongs there, for people.
	What  string
	Thing Thing
	// Source is what is copied there, for a [CopyThing].
	Source Ref
	// Range is the place of the Scratchfile that names the thing.
	Range spec.Range
	// Below is what the other lines bring, before the thing is put there.
	Below Ref
	// Over are the other lines.
	Over []Cover
}

// Cover is a line whose place is above another one's, or at it.
type Cover struct {
	To    string
	What  string
	Range spec.Range
}

// entry is something that the image has beside its binaries: a line of files, or one
// place of an include.
type entry struct {
	to    string
	at    spec.Range
	what  string // for people
	thing Thing
	// source is what a CopyThing copies.
	source Ref
	// owned is set if someone else than root owns the folders on the way to it.
	owned bool
	// empty is set for a folder that brings nothing but itself.
	empty bool
	ops   []FileOp
}

// layout has the includes, then the files, each in the order of the Scratchfile.
func (p *planner) layout() layout {
	var entries []entry
	for _, i := range p.sf.Includes {
		entries = append(entries, p.include(i)...)
	}
	for _, f := range p.sf.Files {
		entries = append(entries, p.fileEntry(f))
	}
	return newLayout(entries)
}

func (p *planner) fileEntry(f spec.FileCopy) entry {
	from, what := p.context(f.Context.Value), f.From.Value
	if name := f.Context.Value; name != "" {
		what = name + ":" + what
	}
	from.Path = path.Join("/", f.From.Value)
	op := FileOp{From: &from, To: f.To.Value, Follow: true, Owner: &Owner{}, Time: p.opt.Epoch}
	if f.Owner != nil {
		op.Owner = &Owner{UID: f.Owner.UID, GID: f.Owner.GID}
	}
	if f.Mode != nil {
		op.Chmod = symbolicMode(*f.Mode)
	}
	return entry{
		to: f.To.Value, at: f.Range, what: what, thing: CopyThing, source: from,
		owned: *op.Owner != Owner{}, ops: []FileOp{op},
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

// covers are the entries that may bring something to a path: what is there, or a folder
// above it. The deepest comes first.
func (l layout) covers(p string) []Cover {
	var out []Cover
	for at := p; ; at = path.Dir(at) {
		if e, ok := l.byPath[at]; ok && e.thing != FileThing && !e.empty {
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
	return ok && own.thing != FileThing || l.owned[dir] || len(l.covers(dir)) > 0
}

// levels are the entries, each behind all that may bring a folder of its path: those of
// the first level lie below none, those of the next one below some of the first.
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
func (p *planner) checkBinaries(data Ref, l layout) {
	for _, b := range p.sf.Binaries {
		p.check(data, l, Overlap{Path: b.To.Value, What: "the binary", Thing: BinaryThing, Range: b.Range})
	}
}

// checkFolders notes the folders of the image's configuration that lie where an entry
// may bring something.
func (p *planner) checkFolders(data Ref, l layout) {
	wd := p.sf.Image.Workdir
	p.check(data, l, Overlap{Path: wd.Value, What: "image.workdir", Thing: MountThing, Range: wd.Range})
	for _, v := range p.sf.Image.Volumes {
		p.check(data, l, Overlap{Path: v.Value, What: "the volume", Thing: VolumeThing, Range: v.Range})
	}
	for _, at := range []string{"/dev", "/proc", "/sys"} {
		p.check(data, l, Overlap{Path: at, What: "the kernel's own folder", Thing: FolderThing})
	}
}

func (p *planner) check(data Ref, l layout, o Overlap) {
	if o.Path == "" || o.Path == "/" {
		return
	}
	if o.Over = l.covers(o.Path); len(o.Over) > 0 {
		o.Below = data
		p.out.Overlaps = append(p.out.Overlaps, o)
	}
}

// sharedWith are the folders on the way to binaries that the data may have with an owner
// or a mode of its own, those above before those below.
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
