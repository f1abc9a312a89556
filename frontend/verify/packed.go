package verify

import (
	"bytes"
	"debug/elf"
)

// UPX writes a small header right behind the program headers (l_info: a checksum
// of four bytes, then the magic), of which its stub has four at most and none for
// a loader. Section headers it may write or not: it does to preserve a build ID.
const (
	upxMagic       = "UPX!"
	upxMagicOffset = 4
	upxMaxPhdrs    = 4
)

// upxMarked reports whether UPX's magic stands where UPX puts it. Elsewhere in
// the file the four letters are just letters.
func upxMarked(src *source, h *header) (bool, error) {
	b, err := src.upTo(upxOffset(h), uint64(len(upxMagic)))
	if err != nil {
		return false, err
	}
	return bytes.Equal(b, []byte(upxMagic)), nil
}

// upxOffset is where UPX puts its magic.
func upxOffset(h *header) uint64 {
	return h.phoff + uint64(h.phnum)*uint64(h.phdrSize()) + upxMagicOffset
}

// upxShaped reports whether a file is built like UPX's stub.
func upxShaped(h *header, segs []segment) bool {
	return int(h.phnum) <= upxMaxPhdrs && len(ofType(segs, elf.PT_INTERP)) == 0 && len(ofType(segs, elf.PT_DYNAMIC)) == 0
}

// checkPacked refuses a program that UPX packed, or, for a caller that packed it,
// one that UPX did not; and it warns of UPX's mark alone.
func checkPacked(r *Report, src *source, h *header, segs []segment, opts Options) error {
	marked, err := upxMarked(src, h)
	if err != nil {
		return err
	}
	at := min(upxOffset(h), src.size)
	packed := marked && upxShaped(h, segs)
	if packed && !opts.Packed {
		r.refuse(Reason{Code: CodePacked, Offset: atOffset(at),
			Message: "is packed by UPX, which hides the program and the loader it asks for"})
		return nil
	}
	if opts.Packed && !packed {
		r.refuse(Reason{Code: CodeNotPacked, Offset: atOffset(at),
			Message: "is not packed, though it went through UPX"})
		return nil
	}
	if marked && !packed {
		r.warn(Reason{Code: CodeUPXMark, Offset: atOffset(at),
			Message: "carries UPX's mark without being built like a packed program"})
	}
	return nil
}
