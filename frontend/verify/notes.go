package verify

import (
	"debug/elf"
	"fmt"
	"strings"
)

// maxNotes is how many bytes of all notes are read. Real ones are smaller than 200
// bytes.
const maxNotes = 16 << 10

// Note types and names (gABI, "Note Section"; Linux Extensions to gABI).
const (
	noteGNU             = "GNU"
	noteABITag          = 1 // NT_GNU_ABI_TAG: system, then the oldest version
	noteABITagLinux     = 0 // ELF_NOTE_OS_LINUX
	noteGNUProperty     = 5 // NT_GNU_PROPERTY_TYPE_0
	noteGo              = "Go"
	noteGoBuildID       = 4          // ELF_NOTE_GOBUILDID_TAG
	propertyX86ISA      = 0xc0008002 // GNU_PROPERTY_X86_ISA_1_NEEDED (x86-64 psABI)
	propertyHeaderBytes = 8
)

// notes is what a file's notes say. Notes never change the verdict: behind a
// malformed one, the rest of its segment is ignored.
type notes struct {
	glibc     bool
	minKernel string
	goBuild   bool
	isaNeeded uint32 // bits of GNU_PROPERTY_X86_ISA_1
	isaAt     uint64 // offset of the program header of the first note with such bits
}

// readNotes reads PT_NOTE and PT_GNU_PROPERTY segments, maxNotes bytes in all.
func readNotes(src *source, h *header, segs []segment) (notes, error) {
	var n notes
	budget := uint64(maxNotes)
	for _, s := range segs {
		if s.typ != elf.PT_NOTE && s.typ != elf.PT_GNU_PROPERTY {
			continue
		}
		size := min(s.filesz, budget)
		budget -= size
		b, err := src.upTo(s.off, size)
		if err != nil {
			return n, err
		}
		before := n.isaNeeded
		n.scan(cursor{layout: h.layout, b: b}, noteAlign(s))
		if before == 0 && n.isaNeeded != 0 {
			n.isaAt = s.at
		}
	}
	return n, nil
}

// noteAlign returns the alignment of the notes in a segment: 8 if the segment says
// so, else 4.
func noteAlign(s segment) int {
	if s.align == 8 {
		return 8
	}
	return 4
}

// scan reads the notes of a segment.
func (n *notes) scan(c cursor, align int) {
	const noteHeader = 12 // namesz, descsz, type
	for len(c.b) >= noteHeader {
		namesz, descsz, typ := c.u32(), c.u32(), c.u32()
		name, ok := takePadded(&c, namesz, noteHeader, align)
		if !ok {
			return
		}
		desc, ok := takePadded(&c, descsz, 0, align)
		if !ok {
			return
		}
		n.add(c.layout, strings.TrimRight(string(name), "\x00"), typ, desc)
	}
}

// takePadded takes size bytes and the padding behind them. before is how many bytes
// were taken since the last aligned place. At the end, the padding may be missing.
func takePadded(c *cursor, size uint32, before, align int) ([]byte, bool) {
	if uint64(size) > uint64(len(c.b)) {
		return nil, false
	}
	b := c.take(int(size))
	padding := -(before + int(size)) & (align - 1)
	c.take(min(padding, len(c.b)))
	return b, true
}

func (n *notes) add(l layout, name string, typ uint32, desc []byte) {
	c := cursor{layout: l, b: desc}
	switch {
	case name == noteGNU && typ == noteABITag && len(desc) >= 16:
		if c.u32() == noteABITagLinux {
			n.glibc = true
			n.minKernel = fmt.Sprintf("%d.%d.%d", c.u32(), c.u32(), c.u32())
		}
	case name == noteGNU && typ == noteGNUProperty:
		n.addProperties(c)
	case name == noteGo && typ == noteGoBuildID:
		n.goBuild = true
	}
}

// addProperties reads the array in NT_GNU_PROPERTY_TYPE_0.
func (n *notes) addProperties(c cursor) {
	for len(c.b) >= propertyHeaderBytes {
		typ, size := c.u32(), c.u32()
		data, ok := takePadded(&c, size, 0, c.wordSize())
		if !ok {
			return
		}
		if typ == propertyX86ISA && len(data) >= 4 {
			n.isaNeeded |= c.order.Uint32(data)
		}
	}
}
