package evidence

import (
	"debug/elf"
	"errors"
	"io"
)

// StackFlag, with a number of bytes behind it, has the wrapper's program give each program
// a stack by [SetStack].
const StackFlag = "-stack="

// SetStack writes into an ELF program how large a stack its threads get, as a linker does
// for "-z stack-size=": the memory size of PT_GNU_STACK. A size that is there stays. It
// reports whether it has written; there is nothing to write to in what is no program.
//
// Not every linker knows the option, so it is written behind all of them. gold and lld
// change the same bytes for it and no other; GNU ld moves a part of the file too.
func SetStack(f interface {
	io.ReaderAt
	io.WriterAt
}, size uint64,
) (bool, error) {
	h, err := readHeader(f)
	if errors.Is(err, ErrNoProgram) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	segs, err := h.segments(f)
	if err != nil {
		return false, err
	}
	for i, s := range segs {
		if elf.ProgType(s.typ) != elf.PT_GNU_STACK || s.memSize != 0 {
			continue
		}
		at, word := int64(h.phoff)+int64(i)*int64(h.phentsize), make([]byte, h.wordSize)
		if h.class == elf.ELFCLASS32 {
			h.order.PutUint32(word, uint32(size))
			at += 20
		} else {
			h.order.PutUint64(word, size)
			at += 40
		}
		_, err := f.WriteAt(word, at)
		return err == nil, err
	}
	return false, nil
}
