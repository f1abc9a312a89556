package evidence

import (
	"crypto/sha256"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// maxSegments and maxLoads are the most program headers that [Identity] reads, and the
// most of them that it reads the bytes of. Real programs have some fifteen, and six.
const (
	maxSegments = 1 << 10
	maxLoads    = 64
)

// ErrNoProgram is the error for a file that is not an ELF program or shared library.
var ErrNoProgram = errors.New("not an ELF program")

// Identity returns a checksum of what the kernel or the loader maps of an ELF program:
// where each PT_LOAD segment goes, and its bytes.
//
// It stays the same when strip or objcopy remove sections that are not loaded: symbols,
// debug information, comments, the section headers. What these tools rewrite in place is
// left out: the ELF header's words about section headers and the table of program
// headers, whose file offsets change. The words that matter are hashed apart from it.
//
// Nor does it change by what Go's tools write after the link: the end of the build ID, and
// a checksum for FIPS 140.
//
// It does not stay the same when any other loaded byte changes, as by upx, patchelf, or objcopy
// --update-section.
func Identity(r io.ReaderAt) (string, error) {
	h, err := readHeader(r)
	if err != nil {
		return "", err
	}
	segs, err := h.segments(r)
	if err != nil {
		return "", err
	}
	if err := checkLoads(segs); err != nil {
		return "", err
	}
	mask, err := h.byGo(r, segs)
	if err != nil {
		return "", err
	}
	mask = append(mask, h.rewritten()...)
	sum := sha256.New()
	fmt.Fprintf(sum, "%d %d %d %d %#x\n", h.class, h.data, h.machine, h.typ, h.entry)
	for _, s := range segs {
		switch elf.ProgType(s.typ) {
		case elf.PT_GNU_STACK:
			fmt.Fprintf(sum, "stack %#x %#x\n", s.flags, s.memSize)
		case elf.PT_LOAD:
			fmt.Fprintf(sum, "load %#x %#x %#x %#x\n", s.vaddr, s.flags, s.size, s.memSize)
			m := masked{r: io.NewSectionReader(r, int64(s.off), int64(s.size)), at: s.off, mask: mask}
			n, err := io.Copy(sum, &m)
			if err != nil {
				return "", fmt.Errorf("read a segment: %w", err)
			}
			if uint64(n) != s.size {
				return "", fmt.Errorf("%w: a segment ends outside of the file", ErrNoProgram)
			}
		}
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// checkLoads returns an error if the segments can't be read as those of a program.
func checkLoads(segs []segment) error {
	loads := 0
	for _, s := range segs {
		if s.typ != uint32(elf.PT_LOAD) {
			continue
		}
		if loads++; loads > maxLoads {
			return fmt.Errorf("%w: it has more than %d PT_LOAD segments", ErrNoProgram, maxLoads)
		}
		if s.off+s.size < s.off || s.off+s.size > 1<<62 {
			return fmt.Errorf("%w: a segment ends outside of the file", ErrNoProgram)
		}
	}
	if loads == 0 {
		return fmt.Errorf("%w: it has no PT_LOAD segment", ErrNoProgram)
	}
	return nil
}

// header is what Identity needs of an ELF header.
type header struct {
	class       elf.Class
	data        elf.Data
	order       binary.ByteOrder
	typ         uint16
	machine     uint16
	entry       uint64
	phoff       uint64
	phentsize   uint16
	phnum       uint16
	sectionsOff uint64 // where the ELF header has the offset of the section headers
	wordSize    uint64
	countsOff   uint64 // where it has the size, number and index of section headers
}

// segment is a program header.
type segment struct {
	typ, flags uint32
	off, vaddr uint64
	size       uint64
	memSize    uint64
}

func readHeader(r io.ReaderAt) (*header, error) {
	b := make([]byte, 64)
	n, err := r.ReadAt(b, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	if n < 52 || string(b[:4]) != elf.ELFMAG {
		return nil, ErrNoProgram
	}
	h := header{class: elf.Class(b[4]), data: elf.Data(b[5])}
	switch h.data {
	case elf.ELFDATA2LSB:
		h.order = binary.LittleEndian
	case elf.ELFDATA2MSB:
		h.order = binary.BigEndian
	default:
		return nil, fmt.Errorf("%w: byte order %d", ErrNoProgram, b[5])
	}
	h.typ, h.machine = h.order.Uint16(b[16:]), h.order.Uint16(b[18:])
	switch {
	case h.class == elf.ELFCLASS64 && n == 64:
		h.entry, h.phoff = h.order.Uint64(b[24:]), h.order.Uint64(b[32:])
		h.phentsize, h.phnum = h.order.Uint16(b[54:]), h.order.Uint16(b[56:])
		h.sectionsOff, h.wordSize, h.countsOff = 40, 8, 58
	case h.class == elf.ELFCLASS32:
		h.entry, h.phoff = uint64(h.order.Uint32(b[24:])), uint64(h.order.Uint32(b[28:]))
		h.phentsize, h.phnum = h.order.Uint16(b[42:]), h.order.Uint16(b[44:])
		h.sectionsOff, h.wordSize, h.countsOff = 32, 4, 46
	default:
		return nil, fmt.Errorf("%w: class %d", ErrNoProgram, b[4])
	}
	if t := elf.Type(h.typ); t != elf.ET_EXEC && t != elf.ET_DYN {
		return nil, fmt.Errorf("%w: its type is %v", ErrNoProgram, t)
	}
	return &h, nil
}

// span is a range of bytes in the file.
type span struct{ from, to uint64 }

// rewritten returns the bytes that strip writes anew.
func (h *header) rewritten() []span {
	return []span{
		{h.sectionsOff, h.sectionsOff + h.wordSize},
		{h.countsOff, h.countsOff + 6},
		{h.phoff, h.phoff + uint64(h.phentsize)*uint64(h.phnum)},
	}
}

func (h *header) segments(r io.ReaderAt) ([]segment, error) {
	want := uint16(56)
	if h.class == elf.ELFCLASS32 {
		want = 32
	}
	if h.phentsize != want || h.phnum == 0 || h.phnum > maxSegments || h.phoff > 1<<62 {
		return nil, fmt.Errorf("%w: its program headers can't be read", ErrNoProgram)
	}
	b := make([]byte, int(h.phnum)*int(want))
	if n, err := r.ReadAt(b, int64(h.phoff)); n < len(b) {
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		return nil, fmt.Errorf("%w: its program headers end outside of the file", ErrNoProgram)
	}
	out := make([]segment, h.phnum)
	for i := range out {
		p := b[i*int(want):]
		out[i] = h.segment(p)
	}
	return out, nil
}

func (h *header) segment(p []byte) segment {
	u32, u64 := h.order.Uint32, h.order.Uint64
	if h.class == elf.ELFCLASS32 {
		return segment{
			typ: u32(p), off: uint64(u32(p[4:])), vaddr: uint64(u32(p[8:])),
			size: uint64(u32(p[16:])), memSize: uint64(u32(p[20:])), flags: u32(p[24:]),
		}
	}
	return segment{
		typ: u32(p), flags: u32(p[4:]), off: u64(p[8:]), vaddr: u64(p[16:]),
		size: u64(p[32:]), memSize: u64(p[40:]),
	}
}

// masked reads a part of a file that begins at an offset, with zeros in some spans.
type masked struct {
	r    io.Reader
	at   uint64
	mask []span
}

func (m *masked) Read(p []byte) (int, error) {
	n, err := m.r.Read(p)
	for _, s := range m.mask {
		from, to := max(s.from, m.at), min(s.to, m.at+uint64(n))
		if from < to {
			clear(p[from-m.at : to-m.at])
		}
	}
	m.at += uint64(n)
	return n, err
}
