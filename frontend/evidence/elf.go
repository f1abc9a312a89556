package evidence

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"io"
)

var errPackedNames = errors.New("the names of its sections are compressed")

// OpenELF is [elf.NewFile] for a file that anyone may have made. elf.NewFile unpacks the names
// of sections if they are compressed, to any size that the file says. No linker compresses
// them.
func OpenELF(r io.ReaderAt) (*elf.File, error) {
	flags, err := flagsOfNames(r)
	if err != nil {
		return nil, err
	}
	if flags&uint64(elf.SHF_COMPRESSED) != 0 {
		return nil, errPackedNames
	}
	return elf.NewFile(r)
}

// flagsOfNames returns the flags of the section with the names of sections.
func flagsOfNames(r io.ReaderAt) (uint64, error) {
	h, err := readHeader(r)
	if err != nil {
		return 0, err
	}
	read := func(at uint64, to any) error {
		if at > 1<<62 {
			return io.ErrUnexpectedEOF
		}
		return binary.Read(io.NewSectionReader(r, int64(at), int64(binary.Size(to))), h.order, to)
	}
	if h.class == elf.ELFCLASS32 {
		var header elf.Header32
		var names elf.Section32
		if err := read(0, &header); err != nil || header.Shoff == 0 {
			return 0, err
		}
		err := atNames(header.Shstrndx, func() error {
			return read(uint64(header.Shoff)+uint64(header.Shstrndx)*uint64(header.Shentsize), &names)
		})
		return uint64(names.Flags), err
	}
	var header elf.Header64
	var names elf.Section64
	if err := read(0, &header); err != nil || header.Shoff == 0 {
		return 0, err
	}
	err = atNames(header.Shstrndx, func() error {
		return read(header.Shoff+uint64(header.Shstrndx)*uint64(header.Shentsize), &names)
	})
	return names.Flags, err
}

// atNames reads the header of the section with the names, unless the number of it stands
// elsewhere: only objects have that many sections.
func atNames(index uint16, read func() error) error {
	if elf.SectionIndex(index) >= elf.SHN_LORESERVE {
		return errPackedNames
	}
	return read()
}
