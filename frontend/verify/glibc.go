package verify

import "debug/elf"

// nssMarker is the format with which glibc makes the name of a function in an
// NSS module, with the NUL behind it. It is in a program exactly if the code
// that loads such modules is.
const nssMarker = "_nss_%s_%s\x00"

// nssScan looks for nssMarker in a program's own bytes: a program may carry
// another one, whose marker says nothing.
type nssScan struct {
	src      *source
	embedded embedded
	found    bool
	at       uint64 // offset of the marker, if found
}

// queries are the texts to search for: those of other programs first.
func (n *nssScan) queries() []query {
	return []query{
		{text: []byte(elf.ELFMAG), aid: true, hit: func(off uint64, _ byte) (bool, error) {
			return n.embedded.add(n.src, off)
		}},
		{text: []byte(nssMarker), hit: func(off uint64, before byte) (bool, error) {
			n.found = !textual(before) && !n.embedded.holds(off)
			n.at = off
			return !n.found, nil
		}},
	}
}

// textual reports whether a byte is of a text. What follows one is the end of
// a longer string, which a program that speaks of the marker may have.
func textual(b byte) bool { return b >= ' ' && b <= '~' }

// glibcReason is the warning for a static glibc program that has NSS in it.
func glibcReason(at uint64) Reason {
	return Reason{Code: CodeGlibcNSS, Offset: atOffset(at),
		Message: "has glibc's name service switch linked in: users, groups and host names work only as far as it needs no module (libnss_*.so), which a scratch image does not have"}
}
