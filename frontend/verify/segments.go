package verify

import "debug/elf"

// maxPhdrTable is the kernel's limit for the program header table, in bytes.
const maxPhdrTable = 64 << 10

// segment is a decoded program header (gABI, "Program Header").
type segment struct {
	typ    elf.ProgType
	flags  elf.ProgFlag
	off    uint64
	vaddr  uint64
	filesz uint64
	memsz  uint64
	align  uint64
	at     uint64 // offset of the program header itself
}

// readSegments reads the program headers, or says why the kernel could not.
func readSegments(src *source, h *header) ([]segment, *Reason, error) {
	size, total := h.phdrSize(), h.tableSize()
	switch {
	case h.phnum == 0:
		return nil, malformedSegments(h.phnumOffset(), "has no program headers"), nil
	case h.phnum == phnumExtended:
		return nil, malformedSegments(h.phnumOffset(), "has its number of program headers in a section header (PN_XNUM), which the kernel does not follow"), nil
	case int(h.phentsize) != size:
		return nil, malformedSegments(h.phentsizeOffset(), "has program headers of %d bytes, where its class has %d", h.phentsize, size), nil
	case total > maxPhdrTable:
		return nil, malformedSegments(h.phnumOffset(), "has %d program headers, more than the kernel reads", h.phnum), nil
	case h.phoff+total < h.phoff:
		return nil, malformedSegments(h.phoffOffset(), "has its program headers at offset %#x, beyond any file", h.phoff), nil
	case !src.holds(h.phoff, total):
		return nil, newReason(CodeTruncated, h.phoffOffset(), "has its program headers at offset %#x, past its end at %#x", h.phoff, src.size), nil
	}
	b, err := src.at(h.phoff, total)
	if err != nil {
		return nil, nil, err
	}
	return decodeSegments(h, b), nil, nil
}

func malformedSegments(at uint64, format string, args ...any) *Reason {
	return newReason(CodeMalformedSegments, at, format, args...)
}

// decodeSegments decodes a table of program headers.
func decodeSegments(h *header, b []byte) []segment {
	size := h.phdrSize()
	segs := make([]segment, len(b)/size)
	for i := range segs {
		segs[i] = decodeSegment(cursor{layout: h.layout, b: b[i*size : (i+1)*size]})
		segs[i].at = h.phoff + uint64(i*size)
	}
	return segs
}

// decodeSegment decodes one program header. The place of p_flags depends on the
// class.
func decodeSegment(c cursor) segment {
	s := segment{typ: elf.ProgType(c.u32())}
	if c.wide {
		s.flags = elf.ProgFlag(c.u32())
	}
	s.off = c.word()
	s.vaddr = c.word()
	c.word() // p_paddr
	s.filesz = c.word()
	s.memsz = c.word()
	if !c.wide {
		s.flags = elf.ProgFlag(c.u32())
	}
	s.align = c.word()
	return s
}

// ofType returns the segments of a type, in order.
func ofType(segs []segment, typ elf.ProgType) []segment {
	var out []segment
	for _, s := range segs {
		if s.typ == typ {
			out = append(out, s)
		}
	}
	return out
}
