package verify

import (
	"fmt"
	"io"
)

// firstRead is the size of the first block, in bytes. It has the header, the program
// headers and, in nearly all dynamic programs, the loader's name.
const firstRead = 4 << 10

// source reads a file of a known size and counts the bytes. It keeps the first block
// in memory. It never reads outside the file: callers check with holds first.
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

// at returns n bytes at off. The caller checks that they lie in the file and that n
// is not too large.
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
