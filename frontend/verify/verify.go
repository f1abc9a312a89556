package verify

import (
	"debug/elf"
	"fmt"
	"io"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Options say what to check beyond self-containment. The zero value checks
// that alone.
type Options struct {
	// Platform is the platform the file must run on. Its zero value stands
	// for no check of machine, class, byte order and ABI.
	Platform ocispecs.Platform
	// Hints asks for [Report.Hints]. It costs reading the file's read-only
	// segments.
	Hints bool
	// Packed accepts a program that UPX packed, and no other: for a caller that
	// packed what it had verified, and checks what came out.
	Packed bool
	// AnyMode accepts a file without an execute bit, for a caller that sets
	// the mode itself. [ELF] sees no mode and ignores it.
	AnyMode bool
}

// ELF examines a file of size bytes. All that is wrong with the file stands in
// the report; the error is for r alone: one of its own, or
// [io.ErrUnexpectedEOF] if it has fewer bytes than size. It reads only at
// offsets below size, and does not keep r.
func ELF(r io.ReaderAt, size int64, opts Options) (*Report, error) {
	if size < 0 {
		return nil, fmt.Errorf("verify: negative size %d", size)
	}
	report := &Report{Size: size}
	src, err := newSource(r, size)
	if err == nil {
		err = inspect(report, src, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	report.BytesRead = src.read
	report.settle()
	return report, nil
}

// inspect fills the report, from the first byte to the last header.
func inspect(r *Report, src *source, opts Options) error {
	if src.size == 0 {
		r.refuse(Reason{Code: CodeEmpty, Message: "is empty", Offset: atOffset(0)})
		return nil
	}
	if reason := kind(src.head); reason != nil {
		r.refuse(*reason)
		return nil
	}
	h, reason := decodeHeader(src.head)
	if reason != nil {
		r.refuse(*reason)
		return nil
	}
	h.record(r)
	checkPlatform(r, &h, opts.Platform)
	if reason := h.checkKnown(); reason != nil {
		if len(r.Reasons) == 0 {
			r.refuse(*reason)
		}
		return nil // by which layout the rest is to be read is not known
	}
	for _, reason := range []*Reason{h.checkOSABI(), h.checkType()} {
		if reason != nil {
			r.refuse(*reason)
		}
	}
	if h.typ != elf.ET_EXEC && h.typ != elf.ET_DYN {
		return nil // nothing else is a program, whatever its segments say
	}
	segs, reason, err := table(src, &h)
	if err != nil {
		return err
	}
	if reason != nil {
		r.refuse(*reason)
		return nil
	}
	return inspectSegments(r, src, &h, segs, opts)
}

// inspectSegments judges the program headers and what they lead to.
func inspectSegments(r *Report, src *source, h *header, segs []segment, opts Options) error {
	loads := ofType(segs, elf.PT_LOAD)
	n, err := readNotes(src, h, segs)
	if err != nil {
		return err
	}
	link, err := readLinking(src, h, segs, loads)
	if err != nil {
		return err
	}
	if err := checkPacked(r, src, h, segs, opts); err != nil {
		return err
	}
	refusals := link.refusals()
	r.Reasons = append(r.Reasons, refusals...)
	if reason := checkLoads(src, h, loads); reason != nil {
		r.refuse(*reason)
	} else if reason := checkEntry(src, h, loads); reason != nil && !link.library() {
		r.refuse(*reason)
	}
	if reason, err := checkProperty(src, h, segs); err != nil {
		return err
	} else if reason != nil {
		r.refuse(*reason)
	}
	r.GlibcABI, r.MinKernel, r.GoToolchain = n.glibc, n.minKernel, n.goBuild
	r.Interpreter, r.Needed = link.interp.name, link.dynamic.needed
	r.StaticPIE = h.typ == elf.ET_DYN && len(refusals) == 0
	checkISA(r, h, n, opts.Platform)
	checkStack(r, segs)
	if len(r.Reasons) == 0 {
		checkLowAddress(r, h, loads)
		checkMemory(r, h, loads)
		checkShortPage(r, src, loads, opts)
	}
	if len(r.Reasons) > 0 {
		return nil // what a refused file mentions is of no use
	}
	return scanContent(r, src, loads, opts)
}

// scanContent searches the read-only segments, once for all that is wanted.
// glibc's name service switch can only be where glibc left its note.
func scanContent(r *Report, src *source, loads []segment, opts Options) error {
	var queries []query
	nss, hints := nssScan{src: src}, hintScan{}
	if r.GlibcABI {
		queries = append(queries, nss.queries()...)
	}
	if opts.Hints {
		queries = append(queries, hints.queries()...)
	}
	if err := src.search(readOnlySpans(src, loads), queries); err != nil {
		return err
	}
	if nss.found {
		r.warn(glibcReason(nss.at))
	}
	if opts.Hints {
		r.Hints = hints.hints()
	}
	return nil
}

// checkStack warns of a stack that the program asks to be executable.
func checkStack(r *Report, segs []segment) {
	for _, s := range ofType(segs, elf.PT_GNU_STACK) {
		if s.flags&elf.PF_X != 0 {
			r.warn(Reason{Code: CodeExecStack, Offset: atOffset(s.at),
				Message: "asks for an executable stack (PT_GNU_STACK)"})
			return
		}
	}
}
