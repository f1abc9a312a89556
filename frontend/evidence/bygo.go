package evidence

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
)

// Go's tools write to a program after the linker. The go command writes the last part of
// the build ID, a hash of what it finds in the program; the ID is in a note, and may be in
// data. Go's own linker, which runs the linker for a program with C, writes a checksum for
// FIPS 140 behind these bytes.
const fipsMagic = "\xff Go fipsinfo \xff\x00"

const fipsSum = 32

// Limits of what is read for a build ID.
const (
	maxNotes  = 64 << 10
	maxGoID   = 1 << 10
	maxPlaces = 64 // there are two
	goIDType  = 4
	searchLen = 1 << 20
)

// byGo returns the places of what Go's tools write after the link. There are none in a
// program that is not Go's.
func (h *header) byGo(r io.ReaderAt, segs []segment) ([]span, error) {
	id, err := h.goID(r, segs)
	if err != nil || id == nil {
		return nil, err
	}
	fixed := bytes.LastIndexByte(id, '/') + 1
	var out []span
	for _, s := range segs {
		if s.typ != uint32(elf.PT_LOAD) {
			continue
		}
		err := find(r, s, id, func(at uint64) bool {
			out = append(out, span{at + uint64(fixed), at + uint64(len(id))})
			return len(out) < maxPlaces
		})
		if err == nil {
			err = find(r, s, []byte(fipsMagic), func(at uint64) bool {
				sum := at + uint64(len(fipsMagic))
				out = append(out, span{sum, sum + fipsSum})
				return len(out) < maxPlaces
			})
		}
		if err != nil {
			return nil, err
		}
	}
	return out, nil
}

// goID returns the build ID of Go's note.
func (h *header) goID(r io.ReaderAt, segs []segment) ([]byte, error) {
	for _, s := range segs {
		if s.typ != uint32(elf.PT_NOTE) || s.size > maxNotes || s.off > 1<<62 {
			continue
		}
		notes := make([]byte, s.size)
		n, err := r.ReadAt(notes, int64(s.off))
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if id := h.findGoNote(notes[:n]); id != nil {
			return id, nil
		}
	}
	return nil, nil
}

func (h *header) findGoNote(notes []byte) []byte {
	for len(notes) >= 12 {
		nameLen, descLen := uint64(h.order.Uint32(notes)), uint64(h.order.Uint32(notes[4:]))
		typ := h.order.Uint32(notes[8:])
		notes = notes[12:]
		descAt := (nameLen + 3) &^ 3
		end := descAt + descLen
		if end > uint64(len(notes)) {
			return nil
		}
		if typ == goIDType && string(notes[:nameLen]) == "Go\x00\x00" && descLen > 0 && descLen <= maxGoID {
			return notes[descAt:end]
		}
		notes = notes[min((end+3)&^3, uint64(len(notes))):]
	}
	return nil
}

// find calls found with the offset of each place of the text in a segment, until it
// returns false.
func find(r io.ReaderAt, s segment, text []byte, found func(at uint64) bool) error {
	buf := make([]byte, searchLen+len(text))
	for at, end := s.off, s.off+s.size; at < end; at += searchLen {
		want := min(uint64(len(buf)-1), end-at)
		n, err := r.ReadAt(buf[:want], int64(at))
		if err != nil && !errors.Is(err, io.EOF) {
			return err
		}
		for i := 0; ; {
			j := bytes.Index(buf[i:n], text)
			if j < 0 {
				break
			}
			if !found(at + uint64(i+j)) {
				return nil
			}
			i += j + 1
		}
		if uint64(n) < want {
			return nil // the file ends; who reads the segment says so
		}
	}
	return nil
}
