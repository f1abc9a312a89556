package verify

import "debug/elf"

// UPX writes a small header right behind the program headers (l_info: a checksum
// of four bytes, then the magic). The packed program has at most four program
// headers, and none for a loader. It has section headers only if UPX keeps a build
// ID.
const (
	upxMagic       = "UPX!"
	upxMagicOffset = 4
	upxMaxPhdrs    = 4
)

// checkPacked refuses a program that UPX packed or, with Options.Packed, one that
// UPX did not pack. It warns of UPX's magic in a file that is not built like a packed
// program. Elsewhere in the file, the four letters mean nothing.
func checkPacked(r *Report, src *source, h *header, segs []segment, opts Options) error {
	at := h.phoff + h.tableSize() + upxMagicOffset
	b, err := src.upTo(at, uint64(len(upxMagic)))
	if err != nil {
		return err
	}
	marked := string(b) == upxMagic
	packed := marked && int(h.phnum) <= upxMaxPhdrs && len(ofType(segs, elf.PT_INTERP)) == 0 && len(ofType(segs, elf.PT_DYNAMIC)) == 0
	at = min(at, src.size)
	switch {
	case packed && !opts.Packed:
		r.refuse(newReason(CodePacked, at, "is packed by UPX, which hides the program and the loader it asks for"))
	case opts.Packed && !packed:
		r.refuse(newReason(CodeNotPacked, at, "is not packed, though it went through UPX"))
	case marked && !packed:
		r.warn(newReason(CodeUPXMark, at, "carries UPX's mark without being built like a packed program"))
	}
	return nil
}
