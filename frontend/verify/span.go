package verify

import (
	"cmp"
	"debug/elf"
	"slices"
)

// span is a range of offsets or addresses. It does not include the end.
type span struct{ start, end uint64 }

// meets reports whether two ranges have anything in common.
func (s span) meets(other span) bool {
	return max(s.start, other.start) < min(s.end, other.end)
}

// bytesOf returns how many bytes of a segment the file has.
func (s *source) bytesOf(seg segment) uint64 {
	if seg.off >= s.size {
		return 0
	}
	return min(seg.filesz, s.size-seg.off)
}

// fileOffset returns the file offset of the byte that is loaded at an address. ok is
// false if no segment has a byte for that address.
func fileOffset(loads []segment, vaddr uint64) (off uint64, ok bool) {
	for _, s := range loads {
		if vaddr >= s.vaddr && vaddr-s.vaddr < s.filesz && s.off+s.filesz >= s.off {
			return s.off + (vaddr - s.vaddr), true
		}
	}
	return 0, false
}

// readOnlySpans returns the parts of the file that are loaded read-only, sorted and
// disjoint.
func readOnlySpans(src *source, loads []segment) []span {
	var spans []span
	for _, s := range loads {
		if n := src.bytesOf(s); s.flags&elf.PF_W == 0 && n > 0 {
			spans = append(spans, span{s.off, s.off + n})
		}
	}
	slices.SortFunc(spans, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	var out []span
	for _, s := range spans {
		if last := len(out) - 1; last >= 0 && s.start <= out[last].end {
			out[last].end = max(out[last].end, s.end)
			continue
		}
		out = append(out, s)
	}
	return out
}
