package corpus

import (
	"debug/elf"
	"encoding/binary"
	"slices"
)

// The edits work on ELF files of 64 bits, little-endian, by the structures of
// debug/elf: not by the code that they are to try.

// decode reads a structure at an offset.
func decode[T any](b []byte, off uint64) T {
	var v T
	if _, err := binary.Decode(b[off:], binary.LittleEndian, &v); err != nil {
		panic(err) // a file that a linker made has it
	}
	return v
}

// encode writes a structure at an offset.
func encode(b []byte, off uint64, v any) {
	if _, err := binary.Encode(b[off:], binary.LittleEndian, v); err != nil {
		panic(err)
	}
}

// header edits the ELF header.
func header(edit func(*elf.Header64)) func([]byte) []byte {
	return func(b []byte) []byte {
		h := decode[elf.Header64](b, 0)
		edit(&h)
		encode(b, 0, h)
		return b
	}
}

// segments edits each program header.
func segments(edit func(*elf.Prog64)) func([]byte) []byte {
	return func(b []byte) []byte {
		h := decode[elf.Header64](b, 0)
		for i := range uint64(h.Phnum) {
			off := h.Phoff + i*uint64(h.Phentsize)
			p := decode[elf.Prog64](b, off)
			edit(&p)
			encode(b, off, p)
		}
		return b
	}
}

// segments32 edits each program header of a file of 32 bits.
func segments32(edit func(*elf.Prog32)) func([]byte) []byte {
	return func(b []byte) []byte {
		h := decode[elf.Header32](b, 0)
		for i := range uint64(h.Phnum) {
			off := uint64(h.Phoff) + i*uint64(h.Phentsize)
			p := decode[elf.Prog32](b, off)
			edit(&p)
			encode(b, off, p)
		}
		return b
	}
}

// ofType edits the program headers of a type.
func ofType(typ elf.ProgType, edit func(*elf.Prog64)) func([]byte) []byte {
	return segments(func(p *elf.Prog64) {
		if elf.ProgType(p.Type) == typ {
			edit(p)
		}
	})
}

// hidden makes program headers of a type ones that are ignored.
func hidden(typ elf.ProgType) func([]byte) []byte {
	return ofType(typ, func(p *elf.Prog64) { p.Type = uint32(elf.PT_NULL) })
}

// firstLoad edits the first PT_LOAD.
func firstLoad(edit func(*elf.Prog64)) func([]byte) []byte {
	return func(b []byte) []byte {
		done := false
		return ofType(elf.PT_LOAD, func(p *elf.Prog64) {
			if !done {
				edit(p)
			}
			done = true
		})(b)
	}
}

// emptyInterp makes the loader's name an empty one.
func emptyInterp(b []byte) []byte {
	return ofType(elf.PT_INTERP, func(p *elf.Prog64) { b[p.Off] = 0 })(b)
}

// entryInData moves the entry point to a writable segment.
func entryInData(b []byte) []byte {
	var data uint64
	ofType(elf.PT_LOAD, func(p *elf.Prog64) {
		if elf.ProgFlag(p.Flags)&elf.PF_W != 0 {
			data = p.Vaddr
		}
	})(b)
	return header(func(h *elf.Header64) { h.Entry = data })(b)
}

// moveSegments moves the program headers to the end of the file.
func moveSegments(b []byte) []byte { return WithSegments(b, false) }

// WithSegments gives a program with further program headers, before its own or
// behind them. All come to lie at the end of the file.
func WithSegments(b []byte, first bool, added ...elf.Prog64) []byte {
	h := decode[elf.Header64](b, 0)
	own := b[h.Phoff:][:int(h.Phnum)*int(h.Phentsize)]
	more := make([]byte, len(added)*int(h.Phentsize))
	for i, p := range added {
		encode(more, uint64(i)*uint64(h.Phentsize), p)
	}
	table := slices.Concat(own, more)
	if first {
		table = slices.Concat(more, own)
	}
	moved := slices.Concat(b, table)
	clear(moved[h.Phoff:][:len(own)])
	h.Phoff, h.Phnum = uint64(len(b)), h.Phnum+uint16(len(added))
	encode(moved, 0, h)
	return moved
}

// program adds a program header behind the others.
func program(p elf.Prog64) func([]byte) []byte {
	return func(b []byte) []byte { return WithSegments(b, false, p) }
}

// load adds a PT_LOAD.
func load(flags elf.ProgFlag, off, vaddr, filesz, memsz uint64) func([]byte) []byte {
	return program(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(flags), Off: off, Vaddr: vaddr, Filesz: filesz, Memsz: memsz, Align: page})
}

// page is the size of a page.
const page = 0x1000

// over adds a PT_LOAD that covers the page of the entry point with the bytes at an offset
// of the file. It adds zeros to the end of the file.
func over(flags elf.ProgFlag, filesz, memsz uint64) func([]byte) []byte {
	return func(b []byte) []byte {
		at := decode[elf.Header64](b, 0).Entry &^ (page - 1)
		off := (uint64(len(b)) + page - 1) &^ (page - 1)
		b = append(b, make([]byte, off+page-uint64(len(b)))...)
		return load(flags, off, at, filesz, memsz)(b)
	}
}

// beyond extends the last segment in the file by some bytes after the end of its last
// page, and ends the file after the segment's own bytes.
func beyond(more uint64) func([]byte) []byte {
	return func(b []byte) []byte {
		var end uint64
		ofType(elf.PT_LOAD, func(p *elf.Prog64) { end = max(end, p.Off+p.Filesz) })(b)
		b = ofType(elf.PT_LOAD, func(p *elf.Prog64) {
			if p.Off+p.Filesz == end {
				p.Filesz = (end+page-1)&^(page-1) + more - p.Off
				p.Memsz = max(p.Memsz, p.Filesz)
			}
		})(b)
		return header(func(h *elf.Header64) { h.Shoff, h.Shnum, h.Shstrndx = 0, 0, 0 })(b[:end])
	}
}

// swapLoads puts the last PT_LOAD where the first is, and that one last.
func swapLoads(b []byte) []byte {
	var loads []elf.Prog64
	ofType(elf.PT_LOAD, func(p *elf.Prog64) { loads = append(loads, *p) })(b)
	slices.Reverse(loads)
	return ofType(elf.PT_LOAD, func(p *elf.Prog64) { *p, loads = loads[0], loads[1:] })(b)
}

// loader is the name that twoReadings hides.
const loader = "/lib64/ld-linux-x86-64.so.2\x00"

// twoReadings makes a file with two readings. By its 32-bit EI_CLASS it is a static
// program. By its machine, which is 64-bit, it asks for a loader.
func twoReadings([]byte) []byte {
	const base, entry, table64, table32, name, code = 0x400_00400000, 0x400_00400800, 0x200, 0x400, 0x900, 0x800
	b := make([]byte, page)
	encode(b, 0, elf.Header64{
		Ident: [16]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS32), byte(elf.ELFDATA2LSB), 1},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Entry: entry, // its upper half is e_phoff in 32 bits: table32
		Phoff: table64, Phentsize: 56, Phnum: 2,
	})
	// e_ehsize, e_phentsize and e_phnum in 32 bits lie in e_shoff's upper half.
	copy(b[40:], []byte{52, 0, 32, 0, 1, 0})
	encode(b, table64, elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Vaddr: base, Filesz: page, Memsz: page, Align: page})
	encode(b, table64+56, elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R), Off: name, Vaddr: base + name, Filesz: uint64(len(loader)), Memsz: uint64(len(loader)), Align: 1})
	encode(b, table32, elf.Prog32{Type: uint32(elf.PT_LOAD), Vaddr: base & 0xffffffff, Filesz: page, Memsz: page, Flags: uint32(elf.PF_R | elf.PF_X), Align: page})
	copy(b[name:], loader)
	copy(b[code:], "\xb8\x3c\x00\x00\x00\x31\xff\x0f\x05") // exit(0)
	return b
}

// both returns an edit that does one edit after the other.
func both(first, second func([]byte) []byte) func([]byte) []byte {
	return func(b []byte) []byte { return second(first(b)) }
}

// ident edits a byte of e_ident, in a file of any class.
func ident(at int, v byte) func([]byte) []byte {
	return func(b []byte) []byte {
		b[at] = v
		return b
	}
}

// cut keeps the first bytes.
func cut(n int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:n] }
}
