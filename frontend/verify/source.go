package verify

import (
	"bytes"
	"fmt"
	"io"
)

// firstRead is how much is read at once from the start: header, program
// headers and, in nearly all dynamic programs, the loader's name.
const firstRead = 4 << 10

// scanChunk is how much a content scan holds in memory, in bytes.
const scanChunk = 64 << 10

// source reads a file of a known size. It counts what it reads, and serves
// what lies in the first block from memory. It never reads outside of the
// file: callers check with holds first.
type source struct {
	r    io.ReaderAt
	size uint64
	head []byte // the first block
	read int64  // bytes read so far
}

// newSource reads the first block.
func newSource(r io.ReaderAt, size int64) (*source, error) {
	s := &source{r: r, size: uint64(size)}
	head := make([]byte, min(s.size, firstRead))
	if err := s.fill(head, 0); err != nil {
		return nil, err
	}
	s.head = head
	return s, nil
}

// holds reports whether n bytes at off lie in the file.
func (s *source) holds(off, n uint64) bool {
	return n <= s.size && off <= s.size-n
}

// at returns n bytes at off. The caller has made sure that they lie in the
// file and that n has a bound.
func (s *source) at(off, n uint64) ([]byte, error) {
	if have := uint64(len(s.head)); n <= have && off <= have-n {
		return s.head[off : off+n], nil
	}
	b := make([]byte, n)
	if err := s.fill(b, off); err != nil {
		return nil, err
	}
	return b, nil
}

// upTo returns at most n bytes at off: fewer at the end of the file.
func (s *source) upTo(off, n uint64) ([]byte, error) {
	if off >= s.size {
		return nil, nil
	}
	return s.at(off, min(n, s.size-off))
}

// fill reads len(b) bytes at off.
func (s *source) fill(b []byte, off uint64) error {
	n, err := s.r.ReadAt(b, int64(off))
	s.read += int64(n)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("read %d bytes at offset %d: %w", len(b), off, err)
}

// span is a range of bytes of the file, end excluded.
type span struct{ start, end uint64 }

// search streams the spans, which must be sorted, disjoint and in the file,
// and returns for each pattern the offset of its first occurrence, or -1. It
// stops as soon as all are found. A pattern is not found across two spans.
func (s *source) search(spans []span, patterns [][]byte) ([]int64, error) {
	found := make([]int64, len(patterns))
	overlap := 0
	for i, pattern := range patterns {
		found[i] = -1
		overlap = max(overlap, len(pattern)-1)
	}
	missing := len(patterns)
	buf := make([]byte, overlap+scanChunk)
	for _, sp := range spans {
		kept := 0 // bytes carried over from the chunk before
		for off := sp.start; off < sp.end && missing > 0; {
			n := int(min(scanChunk, sp.end-off))
			if err := s.fill(buf[kept:kept+n], off); err != nil {
				return nil, err
			}
			window := buf[:kept+n]
			for i, pattern := range patterns {
				if found[i] >= 0 {
					continue
				}
				if at := bytes.Index(window, pattern); at >= 0 {
					found[i] = int64(off) - int64(kept) + int64(at)
					missing--
				}
			}
			off += uint64(n)
			kept = copy(buf, window[max(0, len(window)-overlap):])
		}
	}
	return found, nil
}
