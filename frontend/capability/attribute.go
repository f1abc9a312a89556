package capability

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// Attribute is the extended attribute that holds a file's capabilities.
const Attribute = "security.capability"

// MaxSize is the size of the largest value, that of revision 3, in bytes.
const MaxSize = 24

// The value is little-endian on every machine. The highest byte of its first word is the
// revision, and the lowest is the flag.
const (
	revisionMask  = 0xff000000
	revision1     = 0x01000000
	revision2     = 0x02000000
	revision3     = 0x03000000
	flagEffective = 0x000001
)

// wordsAfter returns the number of words after the first one, for a revision. Each 32
// capabilities have a permitted and an inheritable word. Revision 3 ends with the user ID of
// root in the user namespace.
func wordsAfter(revision uint32) (words int, ok bool) {
	switch revision {
	case revision1:
		return 2, true
	case revision2:
		return 4, true
	case revision3:
		return 5, true
	}
	return 0, false
}

// Decode returns the names of the permitted and inheritable capabilities in a value, in the
// order of their numbers. A capability without a name has its number as its name.
func Decode(value []byte) ([]string, error) {
	if len(value) < 4 {
		return nil, fmt.Errorf("it has %d bytes", len(value))
	}
	revision := binary.LittleEndian.Uint32(value) & revisionMask
	words, ok := wordsAfter(revision)
	if !ok {
		return nil, fmt.Errorf("it is of the unknown revision %d", revision>>24)
	}
	if want := 4 + 4*words; len(value) != want {
		return nil, fmt.Errorf("it has %d bytes, and revision %d has %d", len(value), revision>>24, want)
	}
	set := uint64(binary.LittleEndian.Uint32(value[4:]) | binary.LittleEndian.Uint32(value[8:]))
	if words >= 4 {
		set |= uint64(binary.LittleEndian.Uint32(value[12:])|binary.LittleEndian.Uint32(value[16:])) << 32
	}
	var out []string
	for number := range 64 {
		if set&(1<<number) != 0 {
			out = append(out, nameOf(number))
		}
	}
	return out, nil
}

// Encode returns a value of revision 2 that makes the named capabilities permitted and
// effective when the program starts.
func Encode(names []string) ([]byte, error) {
	var set uint64
	for _, name := range names {
		number := slices.Index(Names(), name)
		if number < 0 {
			return nil, fmt.Errorf("unknown capability %q", name)
		}
		set |= 1 << number
	}
	var out []byte
	for _, word := range []uint32{revision2 | flagEffective, uint32(set), 0, uint32(set >> 32), 0} {
		out = binary.LittleEndian.AppendUint32(out, word)
	}
	return out, nil
}
