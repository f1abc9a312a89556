package verify

import (
	"debug/elf"
	"fmt"
	"strings"
)

const (
	// maxProperty is the kernel's limit for PT_GNU_PROPERTY, in bytes.
	maxProperty = 1 << 10
	// propertyNote is the size of what stands before the properties in their
	// note: three words and a name.
	propertyNote = 16
	// propertyBTI is GNU_PROPERTY_AARCH64_FEATURE_1_AND. Its only word says if
	// branches go to landing pads only.
	propertyBTI     = 0xc0000000
	propertyBTISize = 4
)

// checkProperty refuses a PT_GNU_PROPERTY that the kernel of arm64 does not
// understand (parse_elf_properties in fs/binfmt_elf.c). That kernel does not start
// such a program. The kernels of other machines do not read the segment.
func checkProperty(src *source, h *header, segs []segment) (*Reason, error) {
	found := ofType(segs, elf.PT_GNU_PROPERTY)
	if h.machine != elf.EM_AARCH64 || len(found) == 0 {
		return nil, nil
	}
	s := found[len(found)-1] // the kernel takes the last
	if s.filesz > maxProperty {
		return malformedProperty(s, "is %d bytes long", s.filesz), nil
	}
	b, err := src.upTo(s.off, s.filesz)
	if err != nil {
		return nil, err
	}
	if fault := findPropertyFault(cursor{layout: h.layout, b: b}); fault != "" {
		return malformedProperty(s, "%s", fault), nil
	}
	return nil, nil
}

func malformedProperty(s segment, format string, args ...any) *Reason {
	return newReason(CodeMalformedProperty, s.at, "has a note (PT_GNU_PROPERTY) that "+format, args...)
}

// findPropertyFault says what is wrong with the note. It returns "" for a valid note.
func findPropertyFault(c cursor) string {
	if len(c.b) < propertyNote {
		return "is cut short"
	}
	namesz, descsz, typ := c.u32(), c.u32(), c.u32()
	name := string(c.take(4))
	if typ != noteGNUProperty || namesz != 4 || strings.TrimRight(name, "\x00") != noteGNU {
		return "is no note of properties"
	}
	if uint64(descsz) > uint64(len(c.b)) {
		return "reaches behind its segment"
	}
	c.b = c.b[:descsz]
	last, any := uint32(0), false
	for len(c.b) > 0 {
		if len(c.b) < propertyHeaderBytes {
			return "ends inside a property"
		}
		typ, size := c.u32(), c.u32()
		step := (uint64(size) + 7) &^ 7
		if step > uint64(len(c.b)) {
			return "ends inside a property"
		}
		if any && typ <= last {
			return "has properties out of order"
		}
		if typ == propertyBTI && size != propertyBTISize {
			return fmt.Sprintf("has a property of landing pads of %d bytes", size)
		}
		c.take(int(step))
		last, any = typ, true
	}
	return ""
}
