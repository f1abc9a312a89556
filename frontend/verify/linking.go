package verify

import (
	"debug/elf"
	"fmt"
	"strings"
)

// linking is what a file asks of a dynamic loader.
type linking struct {
	typ     elf.Type
	interp  interpreter
	dynamic dynamic
}

// readLinking reads PT_INTERP and PT_DYNAMIC.
func readLinking(src *source, h *header, segs, loads []segment) (linking, error) {
	l := linking{typ: h.typ}
	var err error
	if l.interp, err = readInterpreter(src, segs); err != nil {
		return l, err
	}
	l.dynamic, err = readDynamic(src, h, segs, loads)
	return l, err
}

// isLibrary reports whether the file is a shared library.
func (l *linking) isLibrary() bool {
	return l.typ == elf.ET_DYN && !l.dynamic.isProgram()
}

// check returns the reasons to refuse the file. The libraries that a library needs
// are none.
func (l *linking) check() []*Reason {
	var out []*Reason
	if l.isLibrary() {
		out = append(out, notAProgram("is a shared library (ET_DYN without DF_1_PIE or DT_DEBUG), not a program"))
	}
	if l.interp.count > 0 {
		out = append(out, l.interp.refuse())
	}
	if len(l.dynamic.needed) > 0 && !l.isLibrary() {
		out = append(out, newReason(CodeNeeded, l.dynamic.at, "%s", neededMessage(l.dynamic.needed, l.dynamic.more)))
	}
	if l.dynamic.fault != nil {
		out = append(out, l.dynamic.fault)
	}
	return out
}

// maxShownNeeded is how many libraries a message names.
const maxShownNeeded = 8

// neededMessage says which libraries a program asks for.
func neededMessage(names []string, more int) string {
	shown := names[:min(len(names), maxShownNeeded)]
	more += len(names) - len(shown)
	noun := "the shared library "
	if len(names)+more > 1 {
		noun = "the shared libraries "
	}
	s := "needs " + noun + strings.Join(shown, ", ")
	if more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s + " (DT_NEEDED), which a scratch image does not have"
}
