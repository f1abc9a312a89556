package verify

import "debug/elf"

// nssMarker is glibc's format for the name of a function in an NSS module, with
// the NUL behind it. A program has it exactly if it has the code that loads such
// modules.
const nssMarker = "_nss_%s_%s\x00"

// nssScan looks for nssMarker in a program's own bytes. A program may carry another
// ELF file in its data; a marker in that file does not count.
type nssScan struct {
	src      *source
	embedded embedded
	found    bool
	at       uint64 // offset of the marker, if found
}

// queries returns the texts to search for: first the magic of other ELF files.
func (n *nssScan) queries() []query {
	return []query{
		{text: []byte(elf.ELFMAG), aid: true, hit: func(off uint64, _ byte) (bool, error) {
			return n.embedded.add(n.src, off)
		}},
		{text: []byte(nssMarker), hit: func(off uint64, before byte) (bool, error) {
			n.found = !isText(before) && !n.embedded.holds(off)
			n.at = off
			return !n.found, nil
		}},
	}
}

// isText reports whether a byte is printable ASCII. After such a byte, the marker is
// the end of a longer string, as in a program that prints it.
func isText(b byte) bool { return b >= ' ' && b <= '~' }

// warning returns the warning for a marker that was found.
func (n *nssScan) warning() *Reason {
	if !n.found {
		return nil
	}
	return newReason(CodeGlibcNSS, n.at, "has glibc's name service switch linked in: users, groups and host names work only as far as it needs no module (libnss_*.so), which a scratch image does not have")
}
