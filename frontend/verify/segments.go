package verify

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
)

// maxPhdrTable is the kernel's limit for the program header table, in bytes.
const maxPhdrTable = 64 << 10

// pageSize is the smallest page of any Linux machine: file offsets and
// addresses of a segment agree at least modulo this.
const pageSize = 4 << 10

// addressLimit is where a machine's user addresses end at the latest
// (TASK_SIZE): x86-64 has 47 bits of them unless asked for more while running.
func (h *header) addressLimit() uint64 {
	switch {
	case !h.wide:
		return 1 << 32
	case h.machine == elf.EM_X86_64:
		return 1 << 47
	}
	return 1 << 56
}

// segment is a program header (gABI, "Program Header"), decoded.
type segment struct {
	typ    elf.ProgType
	flags  elf.ProgFlag
	off    uint64
	vaddr  uint64
	filesz uint64
	memsz  uint64
	align  uint64
}

// table reads the program headers. A reason means that there are none to be
// had.
func table(src *source, h *header) ([]segment, *Reason, error) {
	size := h.phdrSize()
	total := uint64(h.phnum) * uint64(size)
	switch {
	case h.phnum == 0:
		return nil, malformedSegments("has no program headers"), nil
	case h.phnum == phnumExtended:
		return nil, malformedSegments("has its number of program headers in a section header (PN_XNUM), which the kernel does not follow"), nil
	case int(h.phentsize) != size:
		return nil, malformedSegments("has program headers of %d bytes, where its class has %d", h.phentsize, size), nil
	case total > maxPhdrTable:
		return nil, malformedSegments("has %d program headers, more than the kernel reads", h.phnum), nil
	case h.phoff+total < h.phoff:
		return nil, malformedSegments("has its program headers at offset %#x, beyond any file", h.phoff), nil
	case !src.holds(h.phoff, total):
		return nil, &Reason{Code: CodeTruncated,
			Message: fmt.Sprintf("has its program headers at offset %#x, past its end at %#x", h.phoff, src.size),
			Remedy:  remedyTruncated}, nil
	}
	b, err := src.at(h.phoff, total)
	if err != nil {
		return nil, nil, err
	}
	return decodeSegments(h, b), nil, nil
}

// decodeSegments reads the program headers out of their table.
func decodeSegments(h *header, b []byte) []segment {
	size := h.phdrSize()
	segs := make([]segment, len(b)/size)
	for i := range segs {
		segs[i] = decodeSegment(cursor{layout: h.layout, b: b[i*size : (i+1)*size]})
	}
	return segs
}

func malformedSegments(format string, args ...any) *Reason {
	return &Reason{Code: CodeMalformedSegments, Message: fmt.Sprintf(format, args...), Remedy: remedyDamaged}
}

// decodeSegment reads one program header; p_flags moved between the classes.
func decodeSegment(c cursor) segment {
	var s segment
	s.typ = elf.ProgType(c.u32())
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

// ofType gives the segments of a type, in order.
func ofType(segs []segment, typ elf.ProgType) []segment {
	var out []segment
	for _, s := range segs {
		if s.typ == typ {
			out = append(out, s)
		}
	}
	return out
}

// checkLoads refuses what the kernel could not map: the first fault is told.
func checkLoads(src *source, h *header, loads []segment) *Reason {
	if len(loads) == 0 {
		return &Reason{Code: CodeNoLoad,
			Message: "has nothing to load (no PT_LOAD)",
			Remedy:  remedyDamaged}
	}
	for _, s := range loads {
		if reason := checkLoad(src, h, s); reason != nil {
			return reason
		}
	}
	return checkSharing(loads)
}

func checkLoad(src *source, h *header, s segment) *Reason {
	switch {
	case s.filesz > s.memsz:
		return malformedLoad("takes %#x bytes of the file into %#x bytes of memory", s.filesz, s.memsz)
	case s.vaddr+s.memsz < s.vaddr || s.vaddr+s.memsz > h.addressLimit():
		return malformedLoad("ends beyond any program's address space (%#x + %#x)", s.vaddr, s.memsz)
	case h.typ == elf.ET_EXEC && s.filesz > 0 && s.vaddr < pageSize:
		return malformedLoad("is loaded at address %#x, which the kernel keeps free (mmap_min_addr)", s.vaddr)
	case s.off+s.filesz < s.off:
		return malformedLoad("lies at offset %#x, beyond any file", s.off)
	case s.filesz > 0 && s.off%pageSize != s.vaddr%pageSize:
		return malformedLoad("can't be mapped: offset %#x and address %#x differ within a page", s.off, s.vaddr)
	case s.filesz > 0 && !src.holds(s.off, s.filesz):
		return &Reason{Code: CodeTruncated,
			Message: fmt.Sprintf("is cut short: a segment reaches to %#x, the file ends at %#x", s.off+s.filesz, src.size),
			Remedy:  remedyTruncated}
	}
	return nil
}

// checkSharing refuses segments that lie in a page together, if the kernel,
// which maps the later one over the earlier, takes rights away by that.
func checkSharing(loads []segment) *Reason {
	const rights = elf.PF_R | elf.PF_W | elf.PF_X
	for j, later := range loads {
		for _, earlier := range loads[:j] {
			lost := earlier.flags &^ later.flags & rights
			if lost != 0 && earlier.sharesPage(later) {
				return malformedLoad("loses %s: the one at %#x lies in the same page", lost, later.vaddr)
			}
		}
	}
	return nil
}

// sharesPage reports whether two segments have a page in common.
func (s segment) sharesPage(other segment) bool {
	if s.filesz == 0 || other.filesz == 0 {
		return false
	}
	return s.vaddr/pageSize <= other.lastPage() && other.vaddr/pageSize <= s.lastPage()
}

// lastPage is the last page that a segment with bytes needs: where it can't be
// written, what lies behind its bytes is of no use.
func (s segment) lastPage() uint64 {
	size := s.filesz
	if s.flags&elf.PF_W != 0 {
		size = s.memsz
	}
	return (s.vaddr + size - 1) / pageSize
}

func malformedLoad(format string, args ...any) *Reason {
	return &Reason{Code: CodeMalformedLoad, Message: "has a segment (PT_LOAD) that " + fmt.Sprintf(format, args...), Remedy: remedyDamaged}
}

// checkEntry refuses an entry point that no executable segment's bytes hold.
// In the file's bytes, not only in its memory: a file of debug symbols alone
// has the segments without the bytes.
func checkEntry(h *header, loads []segment) *Reason {
	for _, s := range loads {
		executable := s.flags&elf.PF_X != 0 || h.entryIsDescriptor()
		if executable && h.entry >= s.vaddr && h.entry-s.vaddr < s.filesz {
			return nil
		}
	}
	reason := &Reason{Code: CodeBadEntry,
		Message: fmt.Sprintf("starts at %#x, where no executable segment has bytes", h.entry),
		Remedy:  remedyDamaged}
	if debugOnly(loads) {
		reason.Message = "has segments without bytes: it holds debug symbols only"
		reason.Remedy = "name the program itself, not the file that objcopy --only-keep-debug made"
	}
	return reason
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
		if s.flags&elf.PF_W == 0 && s.filesz > 0 && src.holds(s.off, s.filesz) {
			spans = append(spans, span{s.off, s.off + s.filesz})
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
