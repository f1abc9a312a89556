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

// ofType edits the program headers of a type.
func ofType(typ elf.ProgType, edit func(*elf.Prog64)) func([]byte) []byte {
	return segments(func(p *elf.Prog64) {
		if elf.ProgType(p.Type) == typ {
			edit(p)
		}
	})
}

// retype makes program headers of a type ones of another.
func retype(from, to elf.ProgType) func([]byte) []byte {
	return ofType(from, func(p *elf.Prog64) { p.Type = uint32(to) })
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
func moveSegments(b []byte) []byte {
	h := decode[elf.Header64](b, 0)
	table := b[h.Phoff:][:int(h.Phnum)*int(h.Phentsize)]
	moved := slices.Concat(b, table)
	clear(moved[h.Phoff:][:len(table)])
	h.Phoff = uint64(len(b))
	encode(moved, 0, h)
	return moved
}

// cut keeps the first bytes.
func cut(n int) func([]byte) []byte {
	return func(b []byte) []byte { return b[:n] }
}
