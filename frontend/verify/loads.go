package verify

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
)

// pageSize is the smallest page of any Linux machine: file offsets and
// addresses of a segment agree at least modulo this.
const pageSize = 4 << 10

// maxMemory is the most memory that a program may ask for at its start.
// A kernel with less turns it down; none has this much for one program.
const maxMemory = 1 << 40

// muchMemory is what not every machine has.
const muchMemory = 1 << 30

const rights = elf.PF_R | elf.PF_W | elf.PF_X

// checkLoads refuses what the kernel could not map, or what would not be in
// memory as the headers say: the first fault is told.
func checkLoads(src *source, h *header, loads []segment) *Reason {
	if len(loads) == 0 {
		return &Reason{Code: CodeNoLoad, Message: "has nothing to load (no PT_LOAD)", Offset: atOffset(h.phnumOffset())}
	}
	for _, s := range loads {
		if reason := checkLoad(src, h, s); reason != nil {
			return reason
		}
	}
	if reason := checkSpan(h, loads); reason != nil {
		return reason
	}
	if n := h.memory(loads); n > maxMemory {
		return &Reason{Code: CodeMalformedLoad, Offset: atOffset(loads[0].at),
			Message: fmt.Sprintf("asks for %d GiB of memory at its start", n>>30)}
	}
	return checkCovered(loads)
}

func checkLoad(src *source, h *header, s segment) *Reason {
	room := h.room()
	switch {
	case s.filesz > s.memsz:
		return s.malformedLoad("takes %#x bytes of the file into %#x bytes of memory", s.filesz, s.memsz)
	case s.vaddr >= room.end || s.memsz > room.end-s.vaddr:
		return s.malformedLoad("ends beyond any program's address space (%#x + %#x)", s.vaddr, s.memsz)
	case h.typ == elf.ET_EXEC && s.memsz > 0 && s.vaddr < pageSize:
		return s.malformedLoad("is loaded at address %#x, which every kernel keeps free (mmap_min_addr)", s.vaddr)
	case h.typ == elf.ET_EXEC && s.memsz > 0 && s.vaddr+s.memsz > room.end-room.stack:
		return s.malformedLoad("reaches to address %#x, where the kernel may put the stack", s.vaddr+s.memsz)
	case s.off+s.filesz < s.off:
		return s.malformedLoad("lies at offset %#x, beyond any file", s.off)
	case s.filesz > 0 && s.off%pageSize != s.vaddr%pageSize:
		return s.malformedLoad("can't be mapped: offset %#x and address %#x differ within a page", s.off, s.vaddr)
	case s.filesz > 0 && s.off+s.filesz > pageUp(src.size):
		return &Reason{Code: CodeTruncated, Offset: atOffset(s.at),
			Message: fmt.Sprintf("is cut short: a segment reaches to %#x, the file ends at %#x", s.off+s.filesz, src.size)}
	}
	return nil
}

func (s segment) malformedLoad(format string, args ...any) *Reason {
	return &Reason{Code: CodeMalformedLoad, Message: "has a segment (PT_LOAD) that " + fmt.Sprintf(format, args...), Offset: atOffset(s.at)}
}

// pageDown and pageUp give the page boundary at or before, and at or after.
func pageDown(n uint64) uint64 { return n &^ (pageSize - 1) }
func pageUp(n uint64) uint64   { return pageDown(n + pageSize - 1) }

// checkSpan refuses a position-independent program for which the kernel finds
// no place. It looks for one as wide as all segments together, as high as there
// is one, and puts the first segment there; those of lower addresses come to lie
// below it. From the place it goes down to a multiple of the largest alignment:
// one that is no power of two it overlooks. How high it begins is random.
func checkSpan(h *header, loads []segment) *Reason {
	if h.typ != elf.ET_DYN {
		return nil
	}
	if loads[0].filesz == 0 {
		return loads[0].malformedLoad("finds no place: it is the first and has no bytes, so that the kernel takes address 0 for it")
	}
	align := uint64(pageSize)
	for _, s := range loads {
		if s.align&(s.align-1) == 0 {
			align = max(align, s.align)
		}
	}
	all := extent(loads)
	span := all.end - all.start + pageDown(loads[0].vaddr) - all.start
	if room := h.room().end / 4 * 3; align > room || span > room-align {
		return loads[0].malformedLoad("finds no place: all take %#x bytes, at a multiple of %#x", span, align)
	}
	return nil
}

// extent is the range of addresses from the first page of the lowest segment to
// the end of the highest.
func extent(loads []segment) span {
	all := span{start: 1<<64 - 1}
	for _, s := range loads {
		all.start, all.end = min(all.start, pageDown(s.vaddr)), max(all.end, s.vaddr+s.memsz)
	}
	return all
}

// memory is how much a program asks for at its start: for zeros, in whole pages,
// and for all of a position-independent program whose first segment can be
// written, by whose rights the kernel takes the place for all.
func (h *header) memory(loads []segment) uint64 {
	var sum uint64
	if h.typ == elf.ET_DYN && loads[0].flags&elf.PF_W != 0 {
		all := extent(loads)
		sum = all.end - all.start
	}
	for _, s := range loads {
		for _, p := range s.mapped() {
			if !p.file {
				sum += p.end - p.start
			}
		}
	}
	return sum
}

// lowAddresses is what most kernels keep free at address 0 (mmap_min_addr); a
// page is the least that one can be configured for. Those that run programs of
// Arm, which were once all loaded at 32 KiB, keep no more than that.
const (
	lowAddresses    = 64 << 10
	lowAddressesARM = 32 << 10
)

// checkLowAddress warns of a program that not every kernel loads.
func checkLowAddress(r *Report, h *header, loads []segment) {
	low := uint64(lowAddresses)
	if h.machine == elf.EM_ARM {
		low = lowAddressesARM
	}
	for _, s := range loads {
		if h.typ == elf.ET_EXEC && s.memsz > 0 && s.vaddr < low {
			r.warn(Reason{Code: CodeLowAddress, Offset: atOffset(s.at),
				Message: fmt.Sprintf("is loaded at address %#x, which many kernels keep free (mmap_min_addr)", s.vaddr)})
			return
		}
	}
}

// checkMemory warns of a program that asks for much memory.
func checkMemory(r *Report, h *header, loads []segment) {
	if n := h.memory(loads); n >= muchMemory {
		r.warn(Reason{Code: CodeMemory, Offset: atOffset(loads[0].at),
			Message: fmt.Sprintf("asks for %.1f GiB of memory at its start: where there is less, the kernel kills it", float64(n)/(1<<30))})
	}
}

// checkShortPage warns of a program whose last page the file does not fill: the
// kernel takes zeros for the rest. UPX makes such programs, and so does a copy
// that was cut.
func checkShortPage(r *Report, src *source, loads []segment, opts Options) {
	for _, s := range loads {
		if have := src.bytesOf(s); have < s.filesz && !opts.Packed {
			r.warn(Reason{Code: CodeShortPage, Offset: atOffset(s.at),
				Message: fmt.Sprintf("reads zeros from the end of the file at %#x to %#x", src.size, s.off+s.filesz)})
			return
		}
	}
}

// pages are what a segment, or a part of one, becomes in memory.
type pages struct {
	start, end uint64 // addresses, the second behind the last
	file       bool   // the file's bytes, else zeros
	delta      uint64 // offset in the file less address, if the file's
	flags      elf.ProgFlag
}

// mapped gives the pages of a segment as the kernel makes them (elf_load): the
// file's first, then zeroed ones, which can always be written.
func (s segment) mapped() []pages {
	var out []pages
	zero := pageDown(s.vaddr)
	if s.filesz > 0 {
		zero = pageUp(s.vaddr + s.filesz)
		out = append(out, pages{start: pageDown(s.vaddr), end: zero, file: true, delta: s.off - s.vaddr, flags: s.flags & rights})
	}
	if end := pageUp(s.vaddr + s.memsz); s.memsz > s.filesz && end > zero {
		out = append(out, pages{start: zero, end: end, flags: elf.PF_R | elf.PF_W | s.flags&elf.PF_X})
	}
	return out
}

// checkCovered refuses segments of which the kernel, which maps the later one
// over the earlier, leaves less than the headers say: rights or bytes.
func checkCovered(loads []segment) *Reason {
	for j, later := range loads {
		over := later.mapped()
		for _, earlier := range loads[:j] {
			for _, p := range over {
				if lost := earlier.rightsLost(p); lost != 0 {
					return earlier.malformedLoad("loses %s: the one at %#x lies in the same page", lost, later.vaddr)
				}
				if earlier.bytesLost(p) {
					return earlier.malformedLoad("is covered by the one at %#x", later.vaddr)
				}
			}
			if earlier.zeroedBy(later) {
				return earlier.malformedLoad("is covered by the zeros behind the one at %#x", later.vaddr)
			}
		}
	}
	return nil
}

// own is the range of addresses that a segment needs: where it can't be
// written, what lies behind its bytes is of no use.
func (s segment) own() span {
	size := s.filesz
	if s.flags&elf.PF_W != 0 {
		size = s.memsz
	}
	return span{s.vaddr, s.vaddr + size}
}

// rightsLost are those of a segment that pages over it do not have.
func (s segment) rightsLost(p pages) elf.ProgFlag {
	if !s.own().meets(span{p.start, p.end}) {
		return 0
	}
	return s.flags &^ p.flags & rights
}

// bytesLost reports whether pages over a segment hold other bytes than it.
func (s segment) bytesLost(p pages) bool {
	over := span{p.start, p.end}
	sameFile := p.file && p.delta == s.off-s.vaddr
	if !sameFile && over.meets(span{s.vaddr, s.vaddr + s.filesz}) {
		return true
	}
	return p.file && over.meets(span{s.vaddr + s.filesz, s.own().end})
}

// zeroedBy reports whether a later segment's last page of the file, in which
// the kernel zeroes what is behind the bytes, holds bytes of this one.
func (s segment) zeroedBy(later segment) bool {
	if later.filesz == 0 || later.memsz == later.filesz || later.flags&elf.PF_W == 0 {
		return false
	}
	end := later.vaddr + later.filesz
	return span{end, pageUp(end)}.meets(span{s.vaddr, s.vaddr + s.filesz})
}

// meets reports whether two ranges have anything in common.
func (s span) meets(other span) bool {
	return max(s.start, other.start) < min(s.end, other.end)
}

// magicSize is the length of the bytes that every ELF file starts with.
const magicSize = len(elf.ELFMAG)

// checkEntry refuses an entry point that no executable segment's bytes hold.
// In the file's bytes, not only in its memory: a file of debug symbols alone
// has the segments without the bytes. The magic is no code: a linker that knows
// no entry point writes the address of it.
func checkEntry(src *source, h *header, loads []segment) *Reason {
	for _, s := range loads {
		executable := s.flags&elf.PF_X != 0 || h.entryIsDescriptor()
		if executable && h.entry >= s.vaddr && h.entry-s.vaddr < src.bytesOf(s) {
			if s.off+(h.entry-s.vaddr) < uint64(magicSize) {
				return badEntry(FoundELFHeader, "starts at %#x, which is its ELF header", h.entry)
			}
			return h.checkEntryAlign()
		}
	}
	if debugOnly(loads) {
		return badEntry(FoundDebugSymbols, "has segments without bytes: it holds debug symbols only")
	}
	return badEntry("", "starts at %#x, where no executable segment has bytes", h.entry)
}

func badEntry(found Found, format string, args ...any) *Reason {
	return &Reason{Code: CodeBadEntry, Message: fmt.Sprintf(format, args...), Found: found, Offset: atOffset(entryOffset)}
}

// checkEntryAlign refuses an entry point between two instructions of Arm: one
// of Thumb has its lowest bit set.
func (h *header) checkEntryAlign() *Reason {
	if h.machine == elf.EM_ARM && h.entry&3 == 2 {
		return badEntry("", "starts at %#x, which is no address of an Arm instruction", h.entry)
	}
	return nil
}

// bytesOf is how many bytes of a segment the file has: the last page of a file
// is mapped to its end, and reads as zeros behind the file's.
func (s *source) bytesOf(seg segment) uint64 {
	if seg.off >= s.size {
		return 0
	}
	return min(seg.filesz, s.size-seg.off)
}

// debugOnly reports whether no executable segment has bytes.
func debugOnly(loads []segment) bool {
	executable := 0
	for _, s := range loads {
		if s.flags&elf.PF_X == 0 {
			continue
		}
		if s.filesz > 0 {
			return false
		}
		executable++
	}
	return executable > 0
}

// fileOffset translates an address to the file offset that is loaded there;
// ok is false where no segment has bytes for it.
func fileOffset(loads []segment, vaddr uint64) (off uint64, ok bool) {
	for _, s := range loads {
		if vaddr >= s.vaddr && vaddr-s.vaddr < s.filesz && s.off+s.filesz >= s.off {
			return s.off + (vaddr - s.vaddr), true
		}
	}
	return 0, false
}

// readOnlySpans gives the bytes of the file that are loaded without leave to
// write, each once.
func readOnlySpans(src *source, loads []segment) []span {
	var spans []span
	for _, s := range loads {
		if n := src.bytesOf(s); s.flags&elf.PF_W == 0 && n > 0 {
			spans = append(spans, span{s.off, s.off + n})
		}
	}
	slices.SortFunc(spans, func(a, b span) int {
		if a.start != b.start {
			return cmp.Compare(a.start, b.start)
		}
		return cmp.Compare(a.end, b.end)
	})
	return merge(spans)
}

// merge joins sorted spans that overlap or touch.
func merge(spans []span) []span {
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
