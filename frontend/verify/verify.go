package verify

import (
	"debug/elf"
	"fmt"
	"io"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Options say what to check beyond self-containment. The zero value checks
// nothing else.
type Options struct {
	// Platform is the platform that the file must run on. If it is zero, any
	// machine, class, byte order and ABI will do.
	Platform ocispecs.Platform
	// Hints asks for [Report.Hints]. The search reads all read-only segments.
	Hints bool
	// Packed accepts a program that UPX packed, and no other. It is for a caller
	// that verified a program, packed it, and now checks the result.
	Packed bool
	// AnyMode accepts a file without an execute bit, for a caller that sets
	// the mode itself. [ELF] does not see the mode and ignores AnyMode.
	AnyMode bool
}

// ELF examines a file of size bytes. The report says what is wrong with the
// file. The error is about r: an error that r returned, or
// [io.ErrUnexpectedEOF] if r has fewer than size bytes. ELF reads only at
// offsets below size, and does not keep r.
func ELF(r io.ReaderAt, size int64, opts Options) (*Report, error) {
	if size < 0 {
		return nil, fmt.Errorf("verify: negative size %d", size)
	}
	report := &Report{Size: size, Verdict: Static}
	src, err := newSource(r, size)
	if err == nil {
		err = inspect(report, src, opts)
	}
	if err != nil {
		return nil, fmt.Errorf("verify: %w", err)
	}
	report.BytesRead = src.read
	return report, nil
}

// inspect fills the report, from the first byte to the last header.
func inspect(r *Report, src *source, opts Options) error {
	h, reason := decodeHeader(src.head)
	if reason != nil {
		r.refuse(reason)
		return nil
	}
	h.record(r)
	checkPlatform(r, &h, opts.Platform)
	if reason := h.checkKnown(); reason != nil {
		if r.OK() {
			r.refuse(reason)
		}
		return nil // the layout of the rest is not known
	}
	r.refuse(h.checkOSABI())
	r.refuse(h.checkType())
	if h.typ != elf.ET_EXEC && h.typ != elf.ET_DYN {
		return nil // no other type is a program, whatever its segments say
	}
	segs, reason, err := readSegments(src, &h)
	if err != nil || reason != nil {
		r.refuse(reason)
		return err
	}
	return inspectSegments(r, src, &h, segs, opts)
}

// inspectSegments checks the program headers and what they point to.
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
	refusals := link.check()
	for _, reason := range refusals {
		r.refuse(reason)
	}
	reason := checkLoads(src, h, loads)
	if reason == nil && !link.isLibrary() {
		reason = checkEntry(src, h, loads)
	}
	r.refuse(reason)
	if reason, err = checkProperty(src, h, segs); err != nil {
		return err
	}
	r.refuse(reason)
	r.GlibcABI, r.MinKernel, r.GoToolchain = n.glibc, n.minKernel, n.goBuild
	r.Interpreter, r.Needed = link.interp.name, link.dynamic.needed
	r.StaticPIE = h.typ == elf.ET_DYN && len(refusals) == 0
	checkISA(r, h, n, opts.Platform)
	for _, s := range ofType(segs, elf.PT_GNU_STACK) {
		r.StackSize = max(r.StackSize, s.memsz)
	}
	r.warn(checkStack(segs))
	if !r.OK() {
		return nil // other risks of a refused file are of no use
	}
	r.warn(checkLowAddress(h, loads))
	r.warn(checkMemory(h, loads))
	if !opts.Packed {
		r.warn(checkShortPage(src, loads))
	}
	return scanContent(r, src, loads, opts)
}

// scanContent searches the read-only segments, once for all texts. glibc's name
// service switch can only be in a file with glibc's note.
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
	r.warn(nss.warning())
	if opts.Hints {
		r.Hints = hints.hints()
	}
	return nil
}

// checkStack warns of a program that asks for an executable stack.
func checkStack(segs []segment) *Reason {
	for _, s := range ofType(segs, elf.PT_GNU_STACK) {
		if s.flags&elf.PF_X != 0 {
			return newReason(CodeExecStack, s.at, "asks for an executable stack (PT_GNU_STACK)")
		}
	}
	return nil
}
