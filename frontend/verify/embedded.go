package verify

import (
	"debug/elf"
	"slices"
)

const (
	// maxEmbeddedTries is how many occurrences of the ELF magic in a program are
	// examined.
	maxEmbeddedTries = 64
	// maxEmbeddedPhdrs is how many program headers an embedded file may have.
	// Real ones have about ten.
	maxEmbeddedPhdrs = 64
)

// embedded has the ELF files that a program carries in its data.
type embedded struct {
	spans []span
	tries int
}

// add examines an occurrence of the ELF magic, and reports whether to search for
// more. The one at offset 0 is the program itself.
func (e *embedded) add(src *source, off uint64) (more bool, err error) {
	if off == 0 || e.holds(off) {
		return true, nil
	}
	e.tries++
	end, err := findEnd(src, off)
	if err != nil {
		return false, err
	}
	if end > off {
		e.spans = append(e.spans, span{off, end})
	}
	return e.tries < maxEmbeddedTries, nil
}

// holds reports whether an offset lies in an embedded file.
func (e *embedded) holds(off uint64) bool {
	return slices.ContainsFunc(e.spans, func(s span) bool { return off >= s.start && off < s.end })
}

// findEnd returns the end of the segments of an ELF file that starts at off. It
// returns 0 if there is no such file.
func findEnd(src *source, off uint64) (uint64, error) {
	b, err := src.upTo(off, headerSize64)
	if err != nil {
		return 0, err
	}
	h, reason := decodeHeader(b)
	if reason != nil || int(h.phentsize) != h.phdrSize() || h.phnum == 0 || h.phnum > maxEmbeddedPhdrs {
		return 0, nil
	}
	left := src.size - off
	if n := h.tableSize(); n > left || h.phoff > left-n {
		return 0, nil
	}
	b, err = src.at(off+h.phoff, h.tableSize())
	if err != nil {
		return 0, err
	}
	var end uint64
	for _, s := range ofType(decodeSegments(&h, b), elf.PT_LOAD) {
		if s.filesz > left || s.off > left-s.filesz {
			return 0, nil
		}
		end = max(end, off+s.off+s.filesz)
	}
	return end, nil
}
