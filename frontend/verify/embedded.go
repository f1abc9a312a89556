package verify

import "debug/elf"

const (
	// maxEmbeddedTries is how many places that look like an ELF file inside
	// a program are examined.
	maxEmbeddedTries = 64
	// maxEmbeddedPhdrs is the most program headers that such a file may
	// have; real ones have some ten.
	maxEmbeddedPhdrs = 64
)

// embedded are the ELF files that a program carries in its data.
type embedded struct {
	spans []span
	tries int
}

// add examines an occurrence of the ELF magic, and reports whether more of
// them are of interest. The one at offset 0 is the program itself.
func (e *embedded) add(src *source, off uint64) (more bool, err error) {
	if off == 0 || e.holds(off) {
		return true, nil
	}
	e.tries++
	end, err := embeddedEnd(src, off)
	if err != nil {
		return false, err
	}
	if end > off {
		e.spans = append(e.spans, span{off, end})
	}
	return e.tries < maxEmbeddedTries, nil
}

// holds reports whether an offset lies in one of the embedded files.
func (e *embedded) holds(off uint64) bool {
	for _, s := range e.spans {
		if off >= s.start && off < s.end {
			return true
		}
	}
	return false
}

// embeddedEnd is the offset where the segments of an ELF file that starts at
// off end; 0 if there is no such file.
func embeddedEnd(src *source, off uint64) (uint64, error) {
	b, err := src.upTo(off, headerSize64)
	if err != nil {
		return 0, err
	}
	h, reason := decodeHeader(b)
	if reason != nil || int(h.phentsize) != h.phdrSize() || h.phnum == 0 || h.phnum > maxEmbeddedPhdrs {
		return 0, nil
	}
	left := src.size - off
	n := uint64(h.phnum) * uint64(h.phdrSize())
	if n > left || h.phoff > left-n {
		return 0, nil
	}
	b, err = src.at(off+h.phoff, n)
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
