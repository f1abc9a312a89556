package plan

import (
	"os"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// Thing is the kind of thing that belongs at a place of the image.
type Thing int

// The things.
const (
	BinaryThing   Thing = iota // a program; it replaces a file or a link
	FileThing                  // a regular file; it replaces another one
	FolderThing                // a folder
	PlainThing                 // a folder of root that everyone can read, or nothing
	CopyThing                  // a file or a folder, whichever its source is
	IntoThing                  // a folder that gets the contents of a folder, or a file
	LinkThing                  // a link; it replaces nothing
	TargetThing                // what a link leads to; it must be there
	ProgramsThing              // a folder that gets programs whose names only the build knows
	MountThing                 // a folder, also behind links, or nothing
	VolumeThing                // such a folder, which hides what it has
)

// Overlap is a place where the Scratchfile puts a thing and where other lines put
// folders. The thing can be there or not, depending on the contents of the folders.
type Overlap struct {
	// Path is the place in the image.
	Path string
	// What describes the thing for people.
	What  string
	Thing Thing
	// Source is the tree to copy for a [CopyThing] or an [IntoThing]; zero for a pattern.
	Source Ref
	// Binary is the index of the binary for [ProgramsThing].
	Binary int
	// Range is the place in the Scratchfile that names the thing.
	Range spec.Range
	// Below is the tree that the other lines make, before the thing is added.
	Below Ref
	// Over are the other lines.
	Over []Cover
}

// Cover is a line whose place is the place of another line, or above it.
type Cover struct {
	To    string
	What  string
	Range spec.Range
	// Source is what goes below To under its own name if it is a file; zero for another line.
	Source Ref
}

// entry is a part of the image besides its binaries: a line of files, or one place of an
// include.
type entry struct {
	to    string
	at    spec.Range
	what  string // for people
	thing Thing
	// source is the tree to copy for a CopyThing or an IntoThing.
	source Ref
	// owned is true if the folders on the way to the entry do not belong to root.
	owned bool
	// empty is true for a folder without contents.
	empty bool
	// programs is true for a copy that may have programs, and unverified if they are not
	// verified.
	programs, unverified bool
	ops                  []FileOp
}

// layout returns what the image has besides its binaries: first what the Scratchfile
// makes, then what it copies, each in the order of the Scratchfile.
func (p *planner) layout() layout {
	var entries []entry
	for _, i := range p.sf.Includes {
		entries = append(entries, p.include(i)...)
	}
	entries = append(entries, p.users()...)
	for _, d := range p.sf.Dirs {
		entries = append(entries, p.folder(d, "the folder"))
	}
	for _, l := range p.sf.Links {
		entries = append(entries, p.link(l))
	}
	for _, f := range p.sf.Files {
		entries = append(entries, p.fileEntry(f))
	}
	return newLayout(entries)
}

func (p *planner) fileEntry(f spec.FileCopy) entry {
	pl := f.Place
	ofFolder := f.Mode // of something that may be a folder
	if f.Mode != nil && *f.Mode != 0 && f.IsFile() {
		pl, ofFolder = withMode(pl, *f.Mode), nil
	}
	op := p.copyOf(pl, f.To.Value, f.Into)
	source := *op.From
	op.Owner, op.Time = &Owner{UID: f.Owner.UID, GID: f.Owner.GID}, p.opt.Epoch
	if ofFolder != nil {
		op.Chmod = symbolicMode(*ofFolder)
		if strings.Contains(op.Chmod, "X") {
			p.clearExecuteBits(&op, f)
		}
	}
	e := entry{
		to: f.To.Value, at: f.Range, what: f.String(), thing: CopyThing, source: source,
		owned: f.Owner != spec.Owner{}, unverified: f.Unverified, programs: mayHavePrograms(f), ops: []FileOp{op},
	}
	switch {
	case f.IsFile():
		e.thing = FileThing
	case f.Pattern:
		e.thing, e.source = IntoThing, Ref{}
	case f.Into:
		e.thing = IntoThing
	}
	return e
}

// withMode returns the place of a single file with another mode.
func withMode(pl spec.Place, mode os.FileMode) spec.Place {
	if pl.Inline != nil {
		inline := *pl.Inline
		inline.Mode, pl.Inline = mode, &inline
		return pl
	}
	http := *pl.HTTP
	http.Mode, pl.HTTP = mode, &http
	return pl
}

// clearExecuteBits has an operation copy a tree without execute bits. An "X" in a mode counts
// those that a file has before the copy.
func (p *planner) clearExecuteBits(op *FileOp, f spec.FileCopy) {
	to := "/" + path.Base(op.From.Path)
	if f.Pattern || to == "//" {
		to = "/all/"
	}
	clear := *op
	clear.To, clear.Chmod, clear.Owner, clear.Time = to, "a-x", nil, nil
	step := p.add(Step{
		Kind: KindFinal, Title: "take the execute bits of " + f.String(), Ranges: []spec.Range{f.Range}, Files: &Files{Ops: []FileOp{clear}},
	})
	op.From, op.Wildcard = &Ref{step.Step, path.Clean(to)}, false
}

// mayHavePrograms reports whether a copy may have a file that can be run.
func mayHavePrograms(f spec.FileCopy) bool {
	mode := os.FileMode(0o111)
	switch {
	case f.Mode != nil:
		mode = *f.Mode
	case f.Inline != nil:
		mode = f.Inline.Mode
	case f.IsFile():
		mode = f.HTTP.Mode
	}
	return mode&0o111 != 0
}

// layout indexes the entries of an image by their places.
type layout struct {
	entries []entry
	byPath  map[string][]entry
	// owned are the folders that are created with an owner on the way to an entry.
	owned map[string]bool
}

func newLayout(entries []entry) layout {
	l := layout{entries: entries, byPath: map[string][]entry{}, owned: map[string]bool{}}
	for _, e := range entries {
		l.byPath[e.to] = append(l.byPath[e.to], e)
		for dir := path.Dir(e.to); e.owned && dir != "/" && !l.owned[dir]; dir = path.Dir(dir) {
			l.owned[dir] = true
		}
	}
	return l
}

// brings reports whether an entry may bring more than what the Scratchfile names.
func (e entry) brings() bool { return e.thing != FileThing && e.thing != LinkThing && !e.empty }

func (e entry) cover() Cover {
	c := Cover{To: e.to, What: e.what, Range: e.at}
	if e.thing == IntoThing {
		c.Source = e.source
	}
	return c
}

// covers returns the entries that may bring a file at a path, or a folder above it. The
// deepest comes first.
func (l layout) covers(p string) []Cover {
	var out []Cover
	for at := p; ; at = path.Dir(at) {
		for _, e := range l.byPath[at] {
			if e.brings() {
				out = append(out, e.cover())
			}
		}
		if at == "/" {
			return out
		}
	}
}

// above returns the entries that may bring something to the path of e.
func (l layout) above(e entry) []Cover {
	if e.to == "/" {
		return nil
	}
	return slices.DeleteFunc(l.covers(e.to), func(c Cover) bool { return c.To == e.to })
}

// setsFolder reports whether an entry may set the owner or mode of a folder: it copies
// the folder, or it creates the folder for its owner.
func (l layout) setsFolder(dir string) bool {
	isFolder := func(e entry) bool { return e.thing == FolderThing || e.brings() }
	return slices.ContainsFunc(l.byPath[dir], isFolder) || l.owned[dir] || len(l.covers(dir)) > 0
}

// levels groups the entries so that each comes after all that may bring a folder of its
// path. Those of the first level are below no other entry; those of the next level are
// below some of the first.
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
		n = l.level(l.byPath[above[0].To][0], known) + 1
	}
	known[e.to] = n
	return n
}

// checkBinaries records an overlap for each binary at a place to which an entry may bring
// something.
func (p *planner) checkBinaries(data Ref, l layout) {
	for i, b := range p.sf.Binaries {
		o := Overlap{Path: b.To.Value, What: "the binary", Thing: BinaryThing, Range: b.Range}
		if b.Into {
			p.checkPrograms(data, l, i)
			o.What, o.Thing = "the folder of the binaries", FolderThing
		}
		p.check(data, l, o)
	}
}

// checkPrograms records an overlap for the programs of a binary whose names only the build
// knows.
func (p *planner) checkPrograms(data Ref, l layout, binary int) {
	b := p.sf.Binaries[binary]
	over := l.covers(b.To.Value)
	for _, e := range l.entries {
		if e.to != b.To.Value && spec.IsUnder(e.to, b.To.Value) {
			over = append(over, e.cover())
		}
	}
	if len(over) > 0 {
		p.out.Overlaps = append(p.out.Overlaps, Overlap{
			Path: b.To.Value, What: "the binary", Thing: ProgramsThing, Binary: binary, Range: b.Range, Below: data, Over: over,
		})
	}
}

// checkFolders records an overlap for each folder of the image's configuration to which
// an entry may bring something.
func (p *planner) checkFolders(data Ref, l layout) {
	wd := p.sf.Image.Workdir
	p.check(data, l, Overlap{Path: wd.Value, What: "image.workdir", Thing: MountThing, Range: wd.Range})
	for _, v := range p.sf.Image.Volumes {
		p.check(data, l, Overlap{Path: v.Value, What: "the volume", Thing: VolumeThing, Range: v.Range})
	}
	for _, at := range kernelFolders {
		p.check(data, l, Overlap{Path: at, What: "the kernel's own folder", Thing: FolderThing})
	}
	for _, l := range p.sf.Links {
		p.checkTarget(l)
	}
}

// kernelFolders are what every container has from its engine.
var kernelFolders = [3]string{"/dev", "/proc", "/sys"}

// checkTarget records what a link leads to, unless it is a binary, or what a container has
// there is not of the image.
func (p *planner) checkTarget(l spec.Link) {
	to := l.To.Value
	if !path.IsAbs(to) {
		to = path.Join(path.Dir(l.Path.Value), to)
	}
	to = path.Clean(to)
	mounted := kernelFolders[:]
	for _, v := range p.sf.Image.Volumes {
		mounted = append(mounted, v.Value)
	}
	if slices.ContainsFunc(mounted, func(at string) bool { return spec.IsUnder(to, at) }) {
		return
	}
	if slices.ContainsFunc(p.sf.Binaries, func(b spec.Binary) bool { return b.To.Value == to && !b.Into }) {
		return
	}
	p.out.Overlaps = append(p.out.Overlaps, Overlap{Path: to, What: "the link " + l.Path.Value, Thing: TargetThing, Range: l.Range})
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

// sharedWith returns the folders above the binaries to which the data may give an owner
// or a mode. A folder comes before those in it.
func (l layout) sharedWith(binaries []spec.Binary) []string {
	var out []string
	for _, b := range binaries {
		dir := b.To.Value
		if !b.Into {
			dir = path.Dir(dir)
		}
		for ; dir != "/"; dir = path.Dir(dir) {
			if l.setsFolder(dir) {
				out = append(out, dir)
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
