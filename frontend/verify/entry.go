package verify

import "debug/elf"

// checkEntry refuses an entry point that is not in the bytes of an executable
// segment. An address in its memory is not enough: the segments of a file of debug
// symbols have no bytes. Nor is the ELF magic code: a linker that knows no entry
// point writes its address.
func checkEntry(src *source, h *header, loads []segment) *Reason {
	for _, s := range loads {
		executable := s.flags&elf.PF_X != 0 || h.entryIsDescriptor()
		if !executable || h.entry < s.vaddr || h.entry-s.vaddr >= src.bytesOf(s) {
			continue
		}
		if s.off+(h.entry-s.vaddr) < uint64(len(elf.ELFMAG)) {
			return badEntry(FoundELFHeader, "starts at %#x, which is its ELF header", h.entry)
		}
		// An address of Thumb code has its lowest bit set.
		if h.machine == elf.EM_ARM && h.entry&3 == 2 {
			return badEntry("", "starts at %#x, which is no address of an Arm instruction", h.entry)
		}
		return nil
	}
	if isDebugOnly(loads) {
		return badEntry(FoundDebugSymbols, "has segments without bytes: it holds debug symbols only")
	}
	return badEntry("", "starts at %#x, where no executable segment has bytes", h.entry)
}

func badEntry(found Found, format string, args ...any) *Reason {
	reason := newReason(CodeBadEntry, entryOffset, format, args...)
	reason.Found = found
	return reason
}

// isDebugOnly reports whether there are executable segments, but none with bytes.
func isDebugOnly(loads []segment) bool {
	found := false
	for _, s := range loads {
		if s.flags&elf.PF_X != 0 {
			if s.filesz > 0 {
				return false
			}
			found = true
		}
	}
	return found
}
