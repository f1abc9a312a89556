package verify

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"testing"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// loadBase is the address of the builder's programs.
const loadBase = 0x400000

// elfFile describes an ELF file for a test. If a count or an offset is zero, the builder
// sets the right value. patch edits the finished file.
type elfFile struct {
	class   elf.Class
	data    elf.Data
	osabi   elf.OSABI
	typ     elf.Type
	machine elf.Machine
	flags   uint32
	parts   []part
	noLoad  bool           // leave out the PT_LOAD over the whole file
	load    elf.ProgFlag   // flags of that PT_LOAD; 0 is R+X
	entry   uint64         // 0 is the first byte after the parts
	patch   func(b *built) // the last word
}

// part is a program header with its bytes.
type part struct {
	typ   elf.ProgType
	flags elf.ProgFlag
	align uint64
	// bytes returns the content for the address at which it is loaded. The length must
	// not depend on the address.
	bytes func(l layout, addr uint64) []byte
}

// built is a finished file with the offsets of its parts.
type built struct {
	layout
	b     []byte
	phoff int
	parts []int // offsets of the parts' bytes
}

// amd64 is a small static program for amd64.
func amd64(parts ...part) elfFile {
	return elfFile{class: elf.ELFCLASS64, data: elf.ELFDATA2LSB, typ: elf.ET_EXEC, machine: elf.EM_X86_64, parts: parts}
}

// pie is a static-PIE for amd64.
func pie(parts ...part) elfFile {
	f := amd64(parts...)
	f.typ = elf.ET_DYN
	return f
}

func (f elfFile) with(edit func(*elfFile)) elfFile {
	edit(&f)
	return f
}

func (f elfFile) patched(edit func(b *built)) elfFile {
	f.patch = edit
	return f
}

// bytes builds the file: header, program headers, parts, four bytes of code.
// A PT_LOAD over all of it, the first program header, loads it at loadBase.
func (f elfFile) bytes() []byte {
	l := newLayout(f.class, f.data)
	h := header{layout: l}
	loads := 1
	if f.noLoad {
		loads = 0
	}
	out := built{layout: l, phoff: h.headerSize()}
	end := h.headerSize() + (loads+len(f.parts))*h.phdrSize()
	segs := make([]segment, loads, loads+len(f.parts))
	var content []byte
	for _, p := range f.parts {
		for (end+len(content))%8 != 0 {
			content = append(content, 0)
		}
		off := end + len(content)
		b := p.bytes(l, uint64(loadBase+off))
		out.parts = append(out.parts, off)
		segs = append(segs, segment{typ: p.typ, flags: p.flags, off: uint64(off), vaddr: uint64(loadBase + off),
			filesz: uint64(len(b)), memsz: uint64(len(b)), align: p.align})
		content = append(content, b...)
	}
	code := end + len(content)
	content = append(content, 0xf4, 0xf4, 0xf4, 0xf4)
	size := uint64(end + len(content))
	if !f.noLoad {
		flags := f.load
		if flags == 0 {
			flags = elf.PF_R | elf.PF_X
		}
		segs[0] = segment{typ: elf.PT_LOAD, flags: flags, vaddr: loadBase, filesz: size, memsz: size, align: pageSize}
	}
	entry := f.entry
	if entry == 0 {
		entry = loadBase + uint64(code)
	}
	out.b = f.header(l, entry, len(segs))
	for _, s := range segs {
		out.b = append(out.b, encodeSegment(l, s)...)
	}
	out.b = append(out.b, content...)
	if f.patch != nil {
		f.patch(&out)
	}
	return out.b
}

func (f elfFile) header(l layout, entry uint64, phnum int) []byte {
	h := header{layout: l}
	e := &encoder{layout: l}
	ident := make([]byte, elf.EI_NIDENT)
	copy(ident, elf.ELFMAG)
	ident[elf.EI_CLASS], ident[elf.EI_DATA] = byte(f.class), byte(f.data)
	ident[elf.EI_VERSION], ident[elf.EI_OSABI] = 1, byte(f.osabi)
	e.raw(ident)
	e.u16(uint16(f.typ))
	e.u16(uint16(f.machine))
	e.u32(1)
	e.word(entry)
	e.word(uint64(h.headerSize()))
	e.word(0) // e_shoff
	e.u32(f.flags)
	e.u16(uint16(h.headerSize()))
	e.u16(uint16(h.phdrSize()))
	e.u16(uint16(phnum))
	e.u16(0)
	e.u16(0)
	e.u16(0)
	return e.b
}

func encodeSegment(l layout, s segment) []byte {
	e := &encoder{layout: l}
	e.u32(uint32(s.typ))
	if l.wide {
		e.u32(uint32(s.flags))
	}
	e.word(s.off)
	e.word(s.vaddr)
	e.word(s.vaddr)
	e.word(s.filesz)
	e.word(s.memsz)
	if !l.wide {
		e.u32(uint32(s.flags))
	}
	e.word(s.align)
	return e.b
}

// segment edits program header i.
func (b *built) segment(i int, edit func(*segment)) {
	h := header{layout: b.layout}
	raw := b.b[b.phoff+i*h.phdrSize():][:h.phdrSize()]
	s := decodeSegment(cursor{layout: b.layout, b: raw})
	edit(&s)
	copy(raw, encodeSegment(b.layout, s))
}

// put16 and put64 overwrite a field of a 64-bit file.
func (b *built) put16(off int, v uint16) { b.order.PutUint16(b.b[off:], v) }
func (b *built) put64(off int, v uint64) { b.order.PutUint64(b.b[off:], v) }

// Offsets of header fields in a 64-bit file.
const (
	offPhoff     = 32
	offShoff     = 40
	offPhentsize = 54
	offPhnum     = 56
	offShnum     = 60
)

type encoder struct {
	layout
	b []byte
}

func (e *encoder) raw(b []byte) { e.b = append(e.b, b...) }
func (e *encoder) u16(v uint16) { e.b = e.append().AppendUint16(e.b, v) }
func (e *encoder) u32(v uint32) { e.b = e.append().AppendUint32(e.b, v) }
func (e *encoder) word(v uint64) {
	if e.wide {
		e.b = e.append().AppendUint64(e.b, v)
		return
	}
	e.u32(uint32(v))
}
func (e *encoder) append() binary.AppendByteOrder { return e.order.(binary.AppendByteOrder) }

func raw(b []byte) func(layout, uint64) []byte {
	return func(layout, uint64) []byte { return b }
}

// interp is a PT_INTERP.
func interp(name string) part {
	return part{typ: elf.PT_INTERP, flags: elf.PF_R, bytes: raw(append([]byte(name), 0))}
}

// text is a part without a program header of its own.
func text(s string) part {
	return part{typ: elf.PT_NULL, bytes: raw([]byte(s))}
}

// stack is a PT_GNU_STACK.
func stack(flags elf.ProgFlag) part {
	return part{typ: elf.PT_GNU_STACK, flags: flags, bytes: raw(nil)}
}

// dyn is an entry of a dynamic section. An entry with a name is a DT_NEEDED.
type dyn struct {
	tag   elf.DynTag
	value uint64
	name  string
}

// markPIE is the mark that linkers put into a static-PIE.
func markPIE() dyn { return dyn{tag: elf.DT_FLAGS_1, value: uint64(elf.DF_1_PIE)} }

func needed(name string) dyn { return dyn{tag: elf.DT_NEEDED, name: name} }

// dynamicPart is a PT_DYNAMIC with its string table behind it.
func dynamicPart(entries ...dyn) part {
	return part{typ: elf.PT_DYNAMIC, flags: elf.PF_R | elf.PF_W, bytes: func(l layout, addr uint64) []byte {
		table := &encoder{layout: l}
		strings := []byte{0}
		for _, d := range entries {
			value := d.value
			if d.name != "" {
				value = uint64(len(strings))
				strings = append(append(strings, d.name...), 0)
			}
			table.word(uint64(d.tag))
			table.word(value)
		}
		entry := uint64(2 * l.wordSize())
		table.word(uint64(elf.DT_STRTAB))
		table.word(addr + uint64(len(entries)+2)*entry)
		table.word(uint64(elf.DT_NULL))
		table.word(0)
		return append(table.b, strings...)
	}}
}

// note is an entry of a note segment.
type note struct {
	name string
	typ  uint32
	desc func(*encoder)
}

// notePart is a PT_NOTE.
func notePart(align uint64, entries ...note) part {
	return part{typ: elf.PT_NOTE, flags: elf.PF_R, align: align, bytes: func(l layout, _ uint64) []byte {
		e := &encoder{layout: l}
		for _, n := range entries {
			desc := &encoder{layout: l}
			n.desc(desc)
			e.u32(uint32(len(n.name) + 1))
			e.u32(uint32(len(desc.b)))
			e.u32(n.typ)
			e.raw(append([]byte(n.name), 0))
			e.pad(int(max(align, 4)))
			e.raw(desc.b)
			e.pad(int(max(align, 4)))
		}
		return e.b
	}}
}

func (e *encoder) pad(align int) {
	e.raw(bytes.Repeat([]byte{0}, -len(e.b)&(align-1)))
}

// abiTag is glibc's note.
func abiTag(system uint32) note {
	return note{name: noteGNU, typ: noteABITag, desc: func(e *encoder) {
		for _, v := range []uint32{system, 3, 2, 0} {
			e.u32(v)
		}
	}}
}

// isaNote asks for the x86-64 levels in bits.
func isaNote(bits uint32) note {
	return note{name: noteGNU, typ: noteGNUProperty, desc: func(e *encoder) {
		e.u32(propertyX86ISA)
		e.u32(4)
		e.u32(bits)
		e.pad(e.wordSize())
	}}
}

func goNote() note {
	return note{name: noteGo, typ: noteGoBuildID, desc: func(e *encoder) { e.raw([]byte("buildid")) }}
}

// packed is a program with UPX's header behind its program headers.
func packed(edit func(b *built)) elfFile {
	return amd64(text("\xde\xad\xbe\xefUPX!\x00\x00\x0d\x16")).patched(edit)
}
