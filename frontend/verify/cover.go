package verify

import "debug/elf"

// rights are the flags that say what a program may do with a page.
const rights = elf.PF_R | elf.PF_W | elf.PF_X

// pages are the pages in memory of a segment, or of a part of it.
type pages struct {
	span         // addresses
	file  bool   // they hold bytes of the file, else zeros
	delta uint64 // if file: offset in the file minus address
	flags elf.ProgFlag
}

// pages returns the pages that the kernel makes of a segment (elf_load): first those
// of the file, then those with zeros, which are always writable.
func (s segment) pages() []pages {
	var out []pages
	zero := pageDown(s.vaddr)
	if s.filesz > 0 {
		zero = pageUp(s.vaddr + s.filesz)
		out = append(out, pages{span: span{pageDown(s.vaddr), zero}, file: true, delta: s.off - s.vaddr, flags: s.flags & rights})
	}
	if end := pageUp(s.vaddr + s.memsz); s.memsz > s.filesz && end > zero {
		out = append(out, pages{span: span{zero, end}, flags: elf.PF_R | elf.PF_W | s.flags&elf.PF_X})
	}
	return out
}

// checkCovered refuses segments that share pages if one of them loses bytes or
// rights. The kernel maps the later segment over the earlier one.
func checkCovered(loads []segment) *Reason {
	for j, later := range loads {
		over := later.pages()
		for _, earlier := range loads[:j] {
			for _, p := range over {
				if lost := earlier.rightsLost(p); lost != 0 {
					return earlier.malformedLoad("loses %s: the one at %#x lies in the same page", lost, later.vaddr)
				}
				if earlier.losesBytes(p) {
					return earlier.malformedLoad("is covered by the one at %#x", later.vaddr)
				}
			}
			if later.zeroes(earlier.bytes()) {
				return earlier.malformedLoad("is covered by the zeros behind the one at %#x", later.vaddr)
			}
		}
	}
	return nil
}

// bytes returns the addresses of a segment's bytes of the file.
func (s segment) bytes() span { return span{s.vaddr, s.vaddr + s.filesz} }

// needs returns the addresses that a segment needs. The zeros behind its bytes are of
// use only if they are writable.
func (s segment) needs() span {
	if s.flags&elf.PF_W != 0 {
		return span{s.vaddr, s.vaddr + s.memsz}
	}
	return s.bytes()
}

// rightsLost returns the rights that a segment loses to pages over it.
func (s segment) rightsLost(p pages) elf.ProgFlag {
	if !s.needs().meets(p.span) {
		return 0
	}
	return s.flags &^ p.flags & rights
}

// losesBytes reports whether pages over a segment hold other bytes than the segment.
func (s segment) losesBytes(p pages) bool {
	sameFile := p.file && p.delta == s.off-s.vaddr
	if !sameFile && p.meets(s.bytes()) {
		return true
	}
	return p.file && p.meets(span{s.bytes().end, s.needs().end})
}

// zeroes reports whether the kernel zeroes a part of a range when it maps the
// segment. It zeroes the rest of the last page behind the bytes of a writable segment.
func (s segment) zeroes(r span) bool {
	if s.filesz == 0 || s.memsz == s.filesz || s.flags&elf.PF_W == 0 {
		return false
	}
	end := s.bytes().end
	return span{end, pageUp(end)}.meets(r)
}
