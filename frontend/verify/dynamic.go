package verify

import (
	"bytes"
	"debug/elf"
	"fmt"
)

const (
	// maxInterp is the kernel's limit for PT_INTERP (PATH_MAX), in bytes.
	maxInterp = 4 << 10
	// maxDynamic is how many bytes of all PT_DYNAMIC are read. Real ones are
	// smaller than 1 KiB.
	maxDynamic = 64 << 10
	// maxNeededName is how many bytes of a library's name are read.
	maxNeededName = 256
	// maxNeededListed is how many libraries a report names.
	maxNeededListed = 64
)

// unreadable is the name of a library whose name lies outside the file.
const unreadable = "(unreadable)"

// interpreter is the dynamic loader that a program asks for (gABI, "Program
// Interpreter").
type interpreter struct {
	count int    // PT_INTERP headers
	at    uint64 // offset of the first
	name  string // of the first, printable; empty if it can't be read
	fault string // why not
}

// refuse returns the reason against a program with an interpreter.
func (in interpreter) refuse() *Reason {
	which := "PT_INTERP"
	if in.count > 1 {
		which = fmt.Sprintf("PT_INTERP, the first of %d", in.count)
	}
	if in.fault != "" {
		return newReason(CodeMalformedInterp, in.at, "asks for a dynamic loader whose name can't be read (%s: %s)", which, in.fault)
	}
	return newReason(CodeInterpreter, in.at, "needs the dynamic loader %s (%s), which a scratch image does not have", in.name, which)
}

// readInterpreter reads the first PT_INTERP: the kernel takes that one.
func readInterpreter(src *source, segs []segment) (interpreter, error) {
	found := ofType(segs, elf.PT_INTERP)
	in := interpreter{count: len(found)}
	if in.count == 0 {
		return in, nil
	}
	first := found[0]
	in.at = first.at
	switch {
	case first.filesz > maxInterp:
		in.fault = fmt.Sprintf("it is %d bytes long", first.filesz)
		return in, nil
	case !src.holds(first.off, first.filesz):
		in.fault = "it lies outside the file"
		return in, nil
	}
	b, err := src.at(first.off, first.filesz)
	if err != nil {
		return in, err
	}
	name, _, terminated := bytes.Cut(b, []byte{0})
	switch {
	case !terminated:
		in.fault = "it has no end"
	case len(name) == 0:
		in.fault = "it is empty"
	default:
		in.name = printable(string(name))
	}
	return in, nil
}

// dynamic is what all PT_DYNAMIC say together (gABI, "Dynamic Section").
type dynamic struct {
	present bool
	needed  []string // printable names, at most maxNeededListed
	at      uint64   // offset of the first DT_NEEDED
	more    int      // further DT_NEEDED entries
	pie     bool     // DF_1_PIE in DT_FLAGS_1
	debug   bool     // DT_DEBUG: only programs have it
	fault   *Reason
}

// isProgram reports whether an ET_DYN is a program, not a library. The entry point
// and DT_SONAME do not tell.
func (d *dynamic) isProgram() bool { return !d.present || d.pie || d.debug }

// dynamicTable is what the entries of one PT_DYNAMIC say. It has no names yet.
type dynamicTable struct {
	needed []uint64 // offsets into the string table
	at     uint64   // offset of the first of their entries
	more   int
	strtab uint64 // address
	hasStr bool
	flags1 uint64
	debug  bool
	ended  bool // DT_NULL was seen
}

// readDynamic reads all PT_DYNAMIC segments, maxDynamic bytes in all.
func readDynamic(src *source, h *header, segs, loads []segment) (dynamic, error) {
	var d dynamic
	budget := uint64(maxDynamic)
	for _, s := range ofType(segs, elf.PT_DYNAMIC) {
		d.present = true
		table, err := readDynamicTable(src, h, s, loads, &budget)
		if err != nil {
			return d, err
		}
		d.pie = d.pie || elf.DynFlag1(table.flags1)&elf.DF_1_PIE != 0
		d.debug = d.debug || table.debug
		if err := d.addNeeded(src, table, loads); err != nil {
			return d, err
		}
		if !table.ended && d.fault == nil {
			d.fault = newReason(CodeMalformedDynamic, s.at, "has a dynamic section (PT_DYNAMIC) without an end")
		}
	}
	return d, nil
}

// readDynamicTable reads one PT_DYNAMIC to its DT_NULL, within the budget. It reads
// the bytes that are loaded at the segment's address, as the program does. It uses
// the file offset only if nothing is loaded there.
func readDynamicTable(src *source, h *header, s segment, loads []segment, budget *uint64) (dynamicTable, error) {
	off, ok := fileOffset(loads, s.vaddr)
	if !ok {
		off = s.off
	}
	n := min(s.filesz, *budget)
	*budget -= n
	b, err := src.upTo(off, n)
	if err != nil {
		return dynamicTable{}, err
	}
	return decodeDynamic(cursor{layout: h.layout, b: b}, off), nil
}

// decodeDynamic decodes the entries of a table that starts at a file offset.
func decodeDynamic(c cursor, off uint64) dynamicTable {
	var t dynamicTable
	entry := 2 * c.wordSize()
	for ; len(c.b) >= entry; off += uint64(entry) {
		tag, value := c.word(), c.word()
		switch elf.DynTag(tag) {
		case elf.DT_NULL:
			t.ended = true
			return t
		case elf.DT_NEEDED:
			if len(t.needed) == 0 {
				t.at = off
			}
			if len(t.needed) < maxNeededListed {
				t.needed = append(t.needed, value)
			} else {
				t.more++
			}
		case elf.DT_STRTAB:
			t.strtab, t.hasStr = value, true
		case elf.DT_FLAGS_1:
			t.flags1 = value
		case elf.DT_DEBUG:
			t.debug = true
		}
	}
	return t
}

// addNeeded reads the names of a table's libraries.
func (d *dynamic) addNeeded(src *source, t dynamicTable, loads []segment) error {
	d.more += t.more
	if len(d.needed) == 0 {
		d.at = t.at
	}
	for _, offset := range t.needed {
		if len(d.needed) == maxNeededListed {
			d.more++
			continue
		}
		name, err := readNeededName(src, t, offset, loads)
		if err != nil {
			return err
		}
		d.needed = append(d.needed, name)
	}
	return nil
}

// readNeededName reads a name from the string table, whose address is in DT_STRTAB.
func readNeededName(src *source, t dynamicTable, offset uint64, loads []segment) (string, error) {
	at := t.strtab + offset
	if !t.hasStr || at < offset {
		return unreadable, nil
	}
	off, ok := fileOffset(loads, at)
	if !ok {
		return unreadable, nil
	}
	b, err := src.upTo(off, maxNeededName)
	if err != nil {
		return "", err
	}
	name, _, terminated := bytes.Cut(b, []byte{0})
	switch {
	case len(name) == 0:
		return unreadable, nil
	case !terminated:
		return printable(string(name)) + "…", nil
	}
	return printable(string(name)), nil
}
