package verify

import (
	"debug/elf"
	"encoding/binary"
)

// layout is how a file lays out its structures, as EI_CLASS and EI_DATA say.
type layout struct {
	order binary.ByteOrder
	wide  bool // ELFCLASS64
}

// newLayout returns the layout for a valid class and data.
func newLayout(class elf.Class, data elf.Data) layout {
	l := layout{order: binary.LittleEndian, wide: class == elf.ELFCLASS64}
	if data == elf.ELFDATA2MSB {
		l.order = binary.BigEndian
	}
	return l
}

// byClass returns the number for the file's class.
func (l layout) byClass(in32, in64 uint64) uint64 {
	if l.wide {
		return in64
	}
	return in32
}

// wordSize is the size of an address or offset, in bytes.
func (l layout) wordSize() int { return int(l.byClass(4, 8)) }

// cursor reads the fields of a structure one after the other. Fields past the end
// are zero.
type cursor struct {
	layout
	b []byte
}

// take returns the next n bytes, or nil at the end.
func (c *cursor) take(n int) []byte {
	if len(c.b) < n {
		c.b = nil
		return nil
	}
	field := c.b[:n]
	c.b = c.b[n:]
	return field
}

func (c *cursor) u16() uint16 {
	if f := c.take(2); f != nil {
		return c.order.Uint16(f)
	}
	return 0
}

func (c *cursor) u32() uint32 {
	if f := c.take(4); f != nil {
		return c.order.Uint32(f)
	}
	return 0
}

func (c *cursor) u64() uint64 {
	if f := c.take(8); f != nil {
		return c.order.Uint64(f)
	}
	return 0
}

// word reads an address, offset or size: 8 bytes in a 64-bit file, else 4.
func (c *cursor) word() uint64 {
	if c.wide {
		return c.u64()
	}
	return uint64(c.u32())
}
