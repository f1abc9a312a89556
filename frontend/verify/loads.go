package verify

import "debug/elf"

const (
	// pageSize is the smallest page of any Linux machine. The offset and the
	// address of a segment must be equal modulo this.
	pageSize = 4 << 10
	// maxMemory is how much memory a program may ask for at its start. No kernel
	// has as much for one program.
	maxMemory = 1 << 40
	// muchMemory is an amount that small machines do not have.
	muchMemory = 1 << 30
	// lowAddresses is how many addresses from 0 most kernels keep free
	// (mmap_min_addr). The smallest number for a kernel is one page.
	lowAddresses = 64 << 10
	// lowAddressesARM is the same for Arm, whose programs once started at 32 KiB.
	lowAddressesARM = 32 << 10
)

// pageDown returns the page boundary at or before n, pageUp the one at or after n.
func pageDown(n uint64) uint64 { return n &^ (pageSize - 1) }
func pageUp(n uint64) uint64   { return pageDown(n + pageSize - 1) }

// checkLoads refuses segments that the kernel can't map, or that would not be in
// memory as the headers say. It returns the first fault.
func checkLoads(src *source, h *header, loads []segment) *Reason {
	if len(loads) == 0 {
		return newReason(CodeNoLoad, h.phnumOffset(), "has nothing to load (no PT_LOAD)")
	}
	for _, s := range loads {
		if reason := checkLoad(src, h, s); reason != nil {
			return reason
		}
	}
	if h.typ == elf.ET_DYN {
		if reason := checkPlace(h, loads); reason != nil {
			return reason
		}
	}
	if n := h.memory(loads); n > maxMemory {
		return newReason(CodeMalformedLoad, loads[0].at, "asks for %d GiB of memory at its start", n>>30)
	}
	return checkCovered(loads)
}

func checkLoad(src *source, h *header, s segment) *Reason {
	space := h.addressSpace()
	fixed := h.typ == elf.ET_EXEC && s.memsz > 0
	switch {
	case s.filesz > s.memsz:
		return s.malformedLoad("takes %#x bytes of the file into %#x bytes of memory", s.filesz, s.memsz)
	case s.vaddr >= space.end || s.memsz > space.end-s.vaddr:
		return s.malformedLoad("ends beyond any program's address space (%#x + %#x)", s.vaddr, s.memsz)
	case fixed && s.vaddr < pageSize:
		return s.malformedLoad("is loaded at address %#x, which every kernel keeps free (mmap_min_addr)", s.vaddr)
	case fixed && s.vaddr+s.memsz > space.end-space.stack:
		return s.malformedLoad("reaches to address %#x, where the kernel may put the stack", s.vaddr+s.memsz)
	case s.off+s.filesz < s.off:
		return s.malformedLoad("lies at offset %#x, beyond any file", s.off)
	case s.filesz > 0 && s.off%pageSize != s.vaddr%pageSize:
		return s.malformedLoad("can't be mapped: offset %#x and address %#x differ within a page", s.off, s.vaddr)
	case s.filesz > 0 && s.off+s.filesz > pageUp(src.size):
		return newReason(CodeTruncated, s.at, "is cut short: a segment reaches to %#x, the file ends at %#x", s.off+s.filesz, src.size)
	}
	return nil
}

func (s segment) malformedLoad(format string, args ...any) *Reason {
	return newReason(CodeMalformedLoad, s.at, "has a segment (PT_LOAD) that "+format, args...)
}

// checkPlace refuses a position-independent program for which the kernel finds no
// place. The kernel looks for a free range as wide as all segments, as high as
// possible, from a random address down. It aligns the range down to the largest
// alignment that is a power of two. It puts the first segment at the start of the
// range, so segments with lower addresses come to lie below the range.
func checkPlace(h *header, loads []segment) *Reason {
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
	width := all.end - all.start + pageDown(loads[0].vaddr) - all.start
	if most := h.addressSpace().end / 4 * 3; align > most || width > most-align {
		return loads[0].malformedLoad("finds no place: all take %#x bytes, at a multiple of %#x", width, align)
	}
	return nil
}

// extent returns the addresses from the first page of the lowest segment to the end
// of the highest.
func extent(loads []segment) span {
	all := span{start: 1<<64 - 1}
	for _, s := range loads {
		all.start, all.end = min(all.start, pageDown(s.vaddr)), max(all.end, s.vaddr+s.memsz)
	}
	return all
}

// memory returns how many bytes of memory a program asks for at its start: all
// pages of zeros. If the first segment of a position-independent program is
// writable, the kernel also reserves the place of all segments as writable memory.
func (h *header) memory(loads []segment) uint64 {
	var sum uint64
	if h.typ == elf.ET_DYN && loads[0].flags&elf.PF_W != 0 {
		all := extent(loads)
		sum = all.end - all.start
	}
	for _, s := range loads {
		for _, p := range s.pages() {
			if !p.file {
				sum += p.end - p.start
			}
		}
	}
	return sum
}

// checkLowAddress warns of a program that not every kernel loads.
func checkLowAddress(h *header, loads []segment) *Reason {
	low := uint64(lowAddresses)
	if h.machine == elf.EM_ARM {
		low = lowAddressesARM
	}
	for _, s := range loads {
		if h.typ == elf.ET_EXEC && s.memsz > 0 && s.vaddr < low {
			return newReason(CodeLowAddress, s.at, "is loaded at address %#x, which many kernels keep free (mmap_min_addr)", s.vaddr)
		}
	}
	return nil
}

// checkMemory warns of a program that asks for much memory.
func checkMemory(h *header, loads []segment) *Reason {
	n := h.memory(loads)
	if n < muchMemory {
		return nil
	}
	return newReason(CodeMemory, loads[0].at, "asks for %.1f GiB of memory at its start: where there is less, the kernel kills it", float64(n)/(1<<30))
}

// checkShortPage warns of a segment that ends behind the file, in the file's last
// page: the kernel reads zeros there. UPX makes such programs, and so does a copy
// that was cut.
func checkShortPage(src *source, loads []segment) *Reason {
	for _, s := range loads {
		if src.bytesOf(s) < s.filesz {
			return newReason(CodeShortPage, s.at, "reads zeros from the end of the file at %#x to %#x", src.size, s.off+s.filesz)
		}
	}
	return nil
}
