package verify

import (
	"bytes"
	"debug/elf"
	"fmt"
)

const (
	// maxInterp is the kernel's limit for PT_INTERP (PATH_MAX), in bytes.
	maxInterp = 4 << 10
	// maxDynamic is how much of a file's PT_DYNAMIC is read, in bytes. Real
	// ones are below 1 KiB.
	maxDynamic = 64 << 10
	// maxNeededName is how much of a library's name is read, in bytes.
	maxNeededName = 256
	// maxNeededListed is how many libraries are listed by name.
	maxNeededListed = 64
)

// unreadable stands for a name that lies outside the file.
const unreadable = "(unreadable)"

// interpreter is the dynamic loader that a program asks for (gABI, "Program
// Interpreter").
type interpreter struct {
	count int    // PT_INTERP headers
	at    uint64 // offset of the first
	name  string // of the first, printable; empty if it can't be read
	fault string // why not
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

// dynamic is what the dynamic sections say (gABI, "Dynamic Section").
type dynamic struct {
	present bool
	needed  []string // printable names, at most maxNeededListed
	at      uint64   // offset of the first DT_NEEDED
	more    int      // further DT_NEEDED entries
	pie     bool     // DF_1_PIE in DT_FLAGS_1
	debug   bool     // DT_DEBUG: only programs have it
	fault   *Reason
}

// program reports whether an ET_DYN is a program rather than a library. The
// entry point and DT_SONAME tell nothing.
func (d *dynamic) program() bool { return !d.present || d.pie || d.debug }

// dynamicTable is what is gathered from PT_DYNAMIC before names are read.
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
			d.fault = &Reason{Code: CodeMalformedDynamic, Offset: atOffset(s.at),
				Message: "has a dynamic section (PT_DYNAMIC) without an end"}
		}
	}
	return d, nil
}

// readDynamicTable reads one PT_DYNAMIC to its DT_NULL, within the budget. It
// looks where the segment is loaded, as the program itself does, and at its
// file offset only if it is not loaded.
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

// decodeDynamic reads the entries of a table that starts at an offset.
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
		name, err := neededName(src, t, offset, loads)
		if err != nil {
			return err
		}
		d.needed = append(d.needed, name)
	}
	return nil
}

// neededName reads a name from the string table, which DT_STRTAB gives by
// address.
func neededName(src *source, t dynamicTable, offset uint64, loads []segment) (string, error) {
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
