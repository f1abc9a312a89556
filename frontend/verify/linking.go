package verify

import (
	"debug/elf"
	"fmt"
	"strings"
)

// linking is what a file says of how it is to be linked at run time.
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

// library reports whether the file is a shared library.
func (l *linking) library() bool {
	return l.typ == elf.ET_DYN && !l.dynamic.program()
}

// needsLibraries reports whether there is any DT_NEEDED.
func (l *linking) needsLibraries() bool { return len(l.dynamic.needed) > 0 }

// refusals are the reasons against the file. What a library needs itself is
// beside the point.
func (l *linking) refusals() []Reason {
	var out []Reason
	if l.library() {
		out = append(out, *notAProgram("is a shared library (ET_DYN without DF_1_PIE or DT_DEBUG), not a program"))
	}
	if l.interp.count > 0 {
		out = append(out, l.loaderReason())
	}
	if l.needsLibraries() && !l.library() {
		out = append(out, Reason{Code: CodeNeeded, Offset: atOffset(l.dynamic.at),
			Message: neededMessage(l.dynamic.needed, l.dynamic.more)})
	}
	if l.dynamic.fault != nil {
		out = append(out, *l.dynamic.fault)
	}
	return out
}

// loaderReason is the refusal of a program that has an interpreter.
func (l *linking) loaderReason() Reason {
	which := "PT_INTERP"
	if l.interp.count > 1 {
		which = fmt.Sprintf("PT_INTERP, the first of %d", l.interp.count)
	}
	if l.interp.fault != "" {
		return Reason{Code: CodeMalformedInterp, Offset: atOffset(l.interp.at),
			Message: fmt.Sprintf("asks for a dynamic loader whose name can't be read (%s: %s)", which, l.interp.fault)}
	}
	return Reason{Code: CodeInterpreter, Offset: atOffset(l.interp.at),
		Message: fmt.Sprintf("needs the dynamic loader %s (%s), which a scratch image does not have", l.interp.name, which)}
}

// maxShownNeeded is how many libraries a message names.
const maxShownNeeded = 8

// neededMessage names the libraries that a program asks for.
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
