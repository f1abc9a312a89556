package verify

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

func linux(arch, variant string) ocispecs.Platform {
	return ocispecs.Platform{OS: "linux", Architecture: arch, Variant: variant}
}

// inspectBytes is ELF for bytes in memory.
func inspectBytes(t testing.TB, b []byte, opts Options) *Report {
	t.Helper()
	r, err := ELF(bytes.NewReader(b), int64(len(b)), opts)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func codes(reasons []Reason) []Code {
	var out []Code
	for _, r := range reasons {
		out = append(out, r.Code)
	}
	return out
}

// elfCase is a file and what its report must say.
type elfCase struct {
	name    string
	file    []byte
	opts    Options
	refused []Code
	warned  []Code
	says    string // part of the first reason's message, or first warning's
}

// elfCases has a file for every code that depends on the content.
func elfCases() []elfCase {
	on := func(arch, variant string) Options { return Options{Platform: linux(arch, variant)} }
	refuse := func(codes ...Code) []Code { return codes }
	exec := amd64()
	return []elfCase{
		{name: "static", file: exec.bytes(), opts: on("amd64", "")},
		{name: "static for Linux's own OSABI", file: exec.with(func(f *elfFile) { f.osabi = elf.ELFOSABI_LINUX }).bytes()},
		{name: "static without PT_DYNAMIC, position independent", file: pie().bytes()},
		{name: "static-PIE by DF_1_PIE", file: pie(dynamicPart(markPIE())).bytes()},
		{name: "static-PIE by DT_DEBUG", file: pie(dynamicPart(dyn{tag: elf.DT_DEBUG})).bytes()},
		{name: "static-PIE with RPATH", file: pie(dynamicPart(markPIE(), dyn{tag: elf.DT_RUNPATH, value: 1})).bytes()},
		{name: "dynamic section that is loaded nowhere",
			file: pie(dynamicPart(markPIE())).patched(func(b *built) { b.segment(1, func(s *segment) { s.vaddr = 1 }) }).bytes()},

		// Before the header.
		{name: "empty", refused: refuse(CodeEmpty), says: "is empty"},
		{name: "one byte", file: []byte{0x7f}, refused: refuse(CodeNotELF)},
		{name: "text", file: []byte("hello\n"), refused: refuse(CodeNotELF), says: "not an ELF file"},
		{name: "script", file: []byte("#!/bin/sh -e\necho\n"), refused: refuse(CodeScript), says: "a script for /bin/sh -e,"},
		{name: "script without a name", file: []byte("#!"), refused: refuse(CodeScript), says: "is a script,"},
		{name: "script with control characters", file: []byte("#!/bin/\x1b[31msh"), refused: refuse(CodeScript), says: `/bin/\u001b[31msh`},
		{name: "archive", file: []byte("!<arch>\nx"), refused: refuse(CodeArchive)},
		{name: "thin archive", file: []byte("!<thin>\nx"), refused: refuse(CodeArchive)},
		{name: "Windows", file: []byte("MZ\x90\x00"), refused: refuse(CodeNotELF), says: "Windows"},
		{name: "macOS", file: []byte("\xcf\xfa\xed\xfe\x07"), refused: refuse(CodeNotELF), says: "macOS"},
		{name: "WebAssembly", file: []byte("\x00asm\x01"), refused: refuse(CodeNotELF), says: "WebAssembly"},
		{name: "bitcode", file: []byte("BC\xc0\xde"), refused: refuse(CodeNotELF), says: "bitcode"},
		{name: "gzip", file: []byte("\x1f\x8b\x08"), refused: refuse(CodeNotELF), says: "gzip"},
		{name: "jar", file: []byte("PK\x03\x04"), refused: refuse(CodeNotELF)},

		// The header.
		{name: "magic alone", file: []byte(elf.ELFMAG), refused: refuse(CodeTruncated), says: "after 4 bytes"},
		{name: "half a header", file: exec.bytes()[:40], refused: refuse(CodeTruncated), says: "after 40 bytes"},
		{name: "no class", file: edit(exec, func(b *built) { b.b[elf.EI_CLASS] = 3 }), refused: refuse(CodeClass), says: "EI_CLASS 3"},
		{name: "no byte order", file: edit(exec, func(b *built) { b.b[elf.EI_DATA] = 0 }), refused: refuse(CodeData), says: "EI_DATA 0"},
		{name: "another system", file: exec.with(func(f *elfFile) { f.osabi = elf.ELFOSABI_FREEBSD }).bytes(), refused: refuse(CodeOSABI), says: "ELFOSABI_FREEBSD"},
		{name: "object", file: exec.with(func(f *elfFile) { f.typ = elf.ET_REL }).bytes(), refused: refuse(CodeNotAProgram), says: "ET_REL"},
		{name: "core dump", file: exec.with(func(f *elfFile) { f.typ = elf.ET_CORE }).bytes(), refused: refuse(CodeNotAProgram), says: "ET_CORE"},
		{name: "no type", file: exec.with(func(f *elfFile) { f.typ = elf.ET_NONE }).bytes(), refused: refuse(CodeNotAProgram), says: "ET_NONE"},
		{name: "unknown type", file: exec.with(func(f *elfFile) { f.typ = 0xfe00 }).bytes(), refused: refuse(CodeNotAProgram), says: "e_type 0xfe00"},

		// The platform.
		{name: "other machine", file: exec.bytes(), opts: on("arm64", "v8"), refused: refuse(CodeMachine),
			says: "is built for amd64 (EM_X86_64), the platform is linux/arm64/v8"},
		{name: "other machine, the image's side", file: exec.bytes(), opts: on("arm64", ""), refused: refuse(CodeMachine)},
		{name: "unknown machine", file: exec.with(func(f *elfFile) { f.machine = 0xffee }).bytes(), opts: on("amd64", ""), refused: refuse(CodeMachine), says: "e_machine 65518"},
		{name: "x32", file: exec.with(func(f *elfFile) { f.class = elf.ELFCLASS32 }).bytes(), opts: on("amd64", ""), refused: refuse(CodeClass), says: "is a 32-bit program, the platform linux/amd64 runs 64-bit ones"},
		{name: "x32, no platform", file: exec.with(func(f *elfFile) { f.class = elf.ELFCLASS32 }).bytes(), refused: refuse(CodeClass), says: "32-bit program, on a machine (EM_X86_64) that runs 64-bit ones"},
		{name: "class of another machine hides a loader, no platform", file: edit(amd64(interp("/lib/ld.so")), func(b *built) { b.b[elf.EI_CLASS] = byte(elf.ELFCLASS32) }), refused: refuse(CodeClass)},
		{name: "class of another machine hides a loader, unknown platform", file: edit(amd64(interp("/lib/ld.so")), func(b *built) { b.b[elf.EI_CLASS] = byte(elf.ELFCLASS32) }), opts: on("foo", ""), refused: refuse(CodePlatformUnknown)},
		{name: "byte order of another machine, no platform", file: program("s390x").with(func(f *elfFile) { f.data = elf.ELFDATA2LSB }).bytes(), refused: refuse(CodeData), says: "little-endian, on a machine (EM_S390) that is big-endian"},
		{name: "unknown machine, no platform", file: exec.with(func(f *elfFile) { f.machine = elf.EM_SPARCV9 }).bytes(), refused: refuse(CodeMachine), says: "EM_SPARCV9"},
		{name: "big-endian arm64", file: exec.with(func(f *elfFile) { f.machine, f.data = elf.EM_AARCH64, elf.ELFDATA2MSB }).bytes(),
			opts: on("arm64", ""), refused: refuse(CodeData), says: "is big-endian"},
		{name: "386 on amd64", file: program("386").bytes(), opts: on("amd64", ""), refused: refuse(CodeMachine), says: "386 (EM_386)"},
		{name: "unknown architecture", file: exec.bytes(), opts: on("vax", ""), refused: refuse(CodePlatformUnknown), says: "linux/vax"},
		{name: "unknown system", file: exec.bytes(), opts: Options{Platform: ocispecs.Platform{OS: "windows", Architecture: "amd64"}}, refused: refuse(CodePlatformUnknown), says: "windows/amd64"},
		{name: "wrong machine and dynamic", file: amd64(interp("/lib/ld-musl-x86_64.so.1")).bytes(), opts: on("arm64", ""), refused: refuse(CodeMachine, CodeInterpreter)},
		{name: "arm, OABI", file: program("arm").with(func(f *elfFile) { f.flags = 0x2 }).bytes(), opts: on("arm", "v7"), refused: refuse(CodeABI), says: "OABI"},
		{name: "arm/v5, hard float", file: program("arm").with(func(f *elfFile) { f.flags = 0x5000400 }).bytes(), opts: on("arm", "v5"), warned: refuse(CodeFloatABI)},
		{name: "arm/v6, hard float", file: program("arm").with(func(f *elfFile) { f.flags = 0x5000400 }).bytes(), opts: on("arm", "v6")},
		{name: "arm/v5, soft float", file: program("arm").with(func(f *elfFile) { f.flags = 0x5000200 }).bytes(), opts: on("arm", "v5")},
		{name: "riscv64, quad floats", file: program("riscv64").with(func(f *elfFile) { f.flags = 0x6 }).bytes(), opts: on("riscv64", ""), warned: refuse(CodeFloatABI)},
		{name: "riscv64, half the registers", file: program("riscv64").with(func(f *elfFile) { f.flags = 0x8 }).bytes(), opts: on("riscv64", ""), refused: refuse(CodeABI)},
		{name: "ppc64le, ELFv1", file: program("ppc64le").with(func(f *elfFile) { f.flags = 1 }).bytes(), opts: on("ppc64le", ""), refused: refuse(CodeABI), says: "ELFv1"},
		{name: "mipsle, n32", file: program("mipsle").with(func(f *elfFile) { f.flags = 0x20 }).bytes(), opts: on("mipsle", ""), refused: refuse(CodeABI), says: "n32"},
		{name: "ppc64, entry in a descriptor", file: program("ppc64").with(func(f *elfFile) { f.load = elf.PF_R | elf.PF_W }).bytes(), opts: on("ppc64", "")},
		{name: "amd64, needs v3", file: amd64(notePart(8, isaNote(7))).bytes(), opts: on("amd64", ""), warned: refuse(CodeISALevel), says: "x86-64-v3"},
		{name: "amd64/v3, needs v3", file: amd64(notePart(8, isaNote(7))).bytes(), opts: on("amd64", "v3")},
		{name: "amd64/v2, needs v4", file: amd64(notePart(8, isaNote(8))).bytes(), opts: on("amd64", "v2"), warned: refuse(CodeISALevel)},
		{name: "no platform, needs v3", file: amd64(notePart(8, isaNote(7))).bytes()},

		// The program headers.
		{name: "none", file: edit(exec, func(b *built) { b.put16(offPhnum, 0) }), refused: refuse(CodeMalformedSegments)},
		{name: "PN_XNUM", file: edit(exec, func(b *built) { b.put16(offPhnum, 0xffff) }), refused: refuse(CodeMalformedSegments), says: "PN_XNUM"},
		{name: "wrong entry size", file: edit(exec, func(b *built) { b.put16(offPhentsize, 57) }), refused: refuse(CodeMalformedSegments), says: "57 bytes"},
		{name: "over 64 KiB", file: edit(exec, func(b *built) { b.put16(offPhnum, 1171) }), refused: refuse(CodeMalformedSegments), says: "1171"},
		{name: "past the end", file: edit(exec, func(b *built) { b.put64(offPhoff, 1<<20) }), refused: refuse(CodeTruncated), says: "0x100000"},
		{name: "overflow", file: edit(exec, func(b *built) { b.put64(offPhoff, 1<<64-8) }), refused: refuse(CodeMalformedSegments)},
		{name: "at the end of the file", file: edit(exec, moveTable)},

		// PT_INTERP.
		{name: "musl", file: amd64(interp("/lib/ld-musl-x86_64.so.1"), dynamicPart(needed("libc.musl-x86_64.so.1"))).bytes(),
			refused: refuse(CodeInterpreter, CodeNeeded),
			says:    "needs the dynamic loader /lib/ld-musl-x86_64.so.1 (PT_INTERP), which a scratch image does not have"},
		{name: "glibc", file: pie(interp("/lib64/ld-linux-x86-64.so.2"), dynamicPart(markPIE(), needed("libc.so.6"))).bytes(),
			refused: refuse(CodeInterpreter, CodeNeeded), says: "ld-linux"},
		{name: "glibc by Go", file: amd64(interp("/lib64/ld-linux-x86-64.so.2"), dynamicPart(needed("libc.so.6")), notePart(4, goNote())).bytes(),
			refused: refuse(CodeInterpreter, CodeNeeded)},
		{name: "loader without libraries", file: pie(interp("/lib64/ld-linux-x86-64.so.2"), dynamicPart(markPIE())).bytes(), refused: refuse(CodeInterpreter)},
		{name: "loader without libraries, by Go", file: pie(interp("/lib64/ld-linux-x86-64.so.2"), dynamicPart(markPIE()), notePart(4, goNote())).bytes(), refused: refuse(CodeInterpreter)},
		{name: "loader without PT_DYNAMIC", file: amd64(interp("/lib/ld.so")).bytes(), refused: refuse(CodeInterpreter)},
		{name: "two loaders", file: amd64(interp("/lib/first.so"), interp("/lib/second.so")).bytes(), refused: refuse(CodeInterpreter), says: "/lib/first.so (PT_INTERP, the first of 2)"},
		{name: "loader's name escaped", file: amd64(interp("/lib/\x1b]0;x\a\n\u202e")).bytes(), refused: refuse(CodeInterpreter), says: `/lib/\u001b]0;x\u0007\u000a\u202e (PT_INTERP)`},
		{name: "loader's name cut", file: amd64(interp("/" + strings.Repeat("a", 1000))).bytes(), refused: refuse(CodeInterpreter), says: strings.Repeat("a", 199) + "… (PT_INTERP)"},
		{name: "loader without a name", file: amd64(interp("")).bytes(), refused: refuse(CodeMalformedInterp), says: "empty"},
		{name: "loader's name without an end", file: edit(amd64(interp("/lib/ld.so")), func(b *built) { b.segment(1, func(s *segment) { s.filesz-- }) }), refused: refuse(CodeMalformedInterp), says: "no end"},
		{name: "loader's name of 5000 bytes", file: amd64(interp(strings.Repeat("a", 5000))).bytes(), refused: refuse(CodeMalformedInterp), says: "5001 bytes"},
		{name: "loader's name outside the file", file: edit(amd64(interp("/lib/ld.so")), func(b *built) { b.segment(1, func(s *segment) { s.off = 1 << 63 }) }), refused: refuse(CodeMalformedInterp), says: "outside"},

		// PT_LOAD.
		{name: "nothing to load", file: amd64(text("x")).with(func(f *elfFile) { f.noLoad = true }).bytes(), refused: refuse(CodeNoLoad)},
		{name: "more file than memory", file: edit(exec, onLoad(func(s *segment) { s.memsz-- })), refused: refuse(CodeMalformedLoad)},
		{name: "beyond the address space", file: edit(exec, onLoad(func(s *segment) { s.vaddr = 1<<64 - pageSize; s.memsz = 1 << 20 })), refused: refuse(CodeMalformedLoad), says: "address space"},
		{name: "in a kernel's addresses", file: edit(exec, onLoad(func(s *segment) { s.vaddr = 1 << 63 })), refused: refuse(CodeMalformedLoad), says: "address space"},
		{name: "beyond x86-64's addresses", file: edit(exec, onLoad(func(s *segment) { s.vaddr = 1 << 47 })), refused: refuse(CodeMalformedLoad), says: "address space"},
		{name: "beyond 32 bits", file: edit(program("386"), onLoad(func(s *segment) { s.vaddr = 1<<32 - pageSize; s.memsz = 2 * pageSize })), refused: refuse(CodeMalformedLoad), says: "address space"},
		{name: "at address 0", file: edit(exec, onLoad(func(s *segment) { s.vaddr = 0 })), refused: refuse(CodeMalformedLoad), says: "mmap_min_addr"},
		{name: "a page that loses its rights", file: amd64(also(elf.PF_R)).bytes(), refused: refuse(CodeMalformedLoad), says: "loses PF_X"},
		{name: "a page that keeps its rights", file: amd64(also(elf.PF_R | elf.PF_X | elf.PF_W)).bytes()},
		{name: "beyond any file", file: edit(exec, onLoad(func(s *segment) { s.off = 1<<64 - 8 })), refused: refuse(CodeMalformedLoad)},
		{name: "not congruent", file: edit(exec, onLoad(func(s *segment) { s.vaddr++ })), refused: refuse(CodeMalformedLoad), says: "within a page"},
		{name: "cut short by a page", file: edit(exec, onLoad(func(s *segment) { s.filesz, s.memsz = s.filesz+pageSize, s.memsz+pageSize })), refused: refuse(CodeTruncated), says: "is cut short"},
		{name: "cut short inside a page", file: cut(exec, 1), warned: refuse(CodeShortPage), says: "reads zeros from the end of the file"},
		{name: "a segment of the zeros behind the file", file: amd64(also(elf.PF_R | elf.PF_X)).patched(func(b *built) {
			b.segment(1, func(s *segment) { s.off, s.vaddr = s.off+512, s.vaddr+512 })
		}).bytes(), warned: refuse(CodeShortPage)},
		{name: "entry in the zeros behind the file", file: exec.patched(onLoad(func(s *segment) { s.filesz, s.memsz = pageSize, pageSize })).with(func(f *elfFile) { f.entry = loadBase + 0xff0 }).bytes(), refused: refuse(CodeBadEntry)},
		{name: "low addresses", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr = pageSize })), warned: refuse(CodeLowAddress), says: "0x1000"},
		{name: "low addresses, position independent", file: edit(pie().with(zeroes), second(func(s *segment) { s.vaddr = pageSize }))},
		{name: "zeros at address 0", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr = 0 })), refused: refuse(CodeMalformedLoad), says: "mmap_min_addr"},
		{name: "nothing at address 0", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr, s.memsz = 0, 0 }))},
		{name: "nothing in the last page", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr, s.memsz = 1<<47-pageSize, 0 })), refused: refuse(CodeMalformedLoad), says: "address space"},
		{name: "zeros under the stack", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr = 1<<47 - 2*pageSize })), refused: refuse(CodeMalformedLoad), says: "the stack"},
		{name: "zeros over the code", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr = loadBase })), refused: refuse(CodeMalformedLoad), says: "covered"},
		{name: "zeros behind bytes, before the code", file: edit(exec.with(zeroes), func(b *built) {
			b.segment(0, func(s *segment) { s.off, s.vaddr, s.filesz, s.memsz = 0, loadBase, 256, 256 })
			b.segment(1, func(s *segment) { s.off, s.vaddr, s.filesz, s.memsz = 0, loadBase, 16, 17 })
		}), refused: refuse(CodeMalformedLoad), says: "covered by the zeros"},
		{name: "much memory", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr, s.memsz = 1<<32, 2<<30 })), warned: refuse(CodeMemory), says: "2.0 GiB"},
		{name: "more memory than there is", file: edit(exec.with(zeroes), second(func(s *segment) { s.vaddr, s.memsz = 1<<32, 2<<40 })), refused: refuse(CodeMalformedLoad), says: "2048 GiB"},
		{name: "alignment of half the addresses", file: edit(pie(), onLoad(func(s *segment) { s.align = 1 << 47 })), refused: refuse(CodeMalformedLoad), says: "finds no place"},
		{name: "alignment of a quarter of the addresses", file: edit(pie(), onLoad(func(s *segment) { s.align = 1 << 46 }))},
		{name: "alignment that is no power of two", file: edit(pie(), onLoad(func(s *segment) { s.align = 1<<47 + 1 }))},
		{name: "alignment of a program at a fixed place", file: edit(exec, onLoad(func(s *segment) { s.align = 1 << 63 }))},
		{name: "entry at the ELF header", file: exec.with(func(f *elfFile) { f.entry = loadBase }).bytes(), refused: refuse(CodeBadEntry), says: "its ELF header"},
		{name: "entry between two instructions", file: program("arm").with(func(f *elfFile) { f.flags, f.entry = 0x5000200, loadBase+86 }).bytes(), refused: refuse(CodeBadEntry), says: "Arm instruction"},
		{name: "entry of Thumb", file: program("arm").with(func(f *elfFile) { f.flags, f.entry = 0x5000200, loadBase+85 }).bytes()},

		// PT_GNU_PROPERTY.
		{name: "landing pads", file: property("arm64", propertyBTI, 1, 0, 0)},
		{name: "properties out of order", file: property("arm64", propertyBTI, 1, propertyBTI, 1), refused: refuse(CodeMalformedProperty), says: "out of order"},
		{name: "properties out of order, where no kernel looks", file: property("amd64", propertyBTI, 1, propertyBTI, 1)},
		{name: "entry outside", file: exec.with(func(f *elfFile) { f.entry = 0x1000 }).bytes(), refused: refuse(CodeBadEntry), says: "starts at 0x1000"},
		{name: "entry not executable", file: exec.with(func(f *elfFile) { f.load = elf.PF_R }).bytes(), refused: refuse(CodeBadEntry)},
		{name: "debug symbols alone", file: edit(exec, onLoad(func(s *segment) { s.filesz = 0 })), refused: refuse(CodeBadEntry), says: "debug symbols only"},

		// PT_DYNAMIC.
		{name: "library without a loader", file: amd64(dynamicPart(needed("libz.so.1"))).bytes(), refused: refuse(CodeNeeded), says: "the shared library libz.so.1 (DT_NEEDED)"},
		{name: "libraries", file: amd64(dynamicPart(many(70)...)).bytes(), refused: refuse(CodeNeeded), says: "lib07.so and 62 more (DT_NEEDED)"},
		{name: "library's name unreadable", file: amd64(dynamicPart(dyn{tag: elf.DT_NEEDED, value: 1 << 40})).bytes(), refused: refuse(CodeNeeded), says: unreadable},
		{name: "library's name overflows", file: amd64(dynamicPart(dyn{tag: elf.DT_NEEDED, value: 1<<64 - 1})).bytes(), refused: refuse(CodeNeeded), says: unreadable},
		{name: "shared library", file: pie(dynamicPart(dyn{tag: elf.DT_SONAME, value: 1}, needed("libc.so.6"))).bytes(), refused: refuse(CodeNotAProgram), says: "shared library"},
		{name: "no end", file: edit(amd64(dynamicPart()), func(b *built) { b.segment(1, func(s *segment) { s.filesz = 16 }) }), refused: refuse(CodeMalformedDynamic), says: "without an end"},
		{name: "outside the file", file: edit(amd64(dynamicPart()), func(b *built) {
			b.segment(1, func(s *segment) { s.vaddr, s.off = 0, 1<<63 })
		}), refused: refuse(CodeMalformedDynamic)},
		{name: "huge", file: edit(amd64(dynamicPart(markPIE())), func(b *built) { b.segment(1, func(s *segment) { s.filesz = 1 << 62 }) })},

		// What does not change the verdict.
		{name: "executable stack", file: amd64(stack(elf.PF_R | elf.PF_W | elf.PF_X)).bytes(), warned: refuse(CodeExecStack)},
		{name: "stack", file: amd64(stack(elf.PF_R | elf.PF_W)).bytes()},
		{name: "glibc without NSS", file: amd64(notePart(4, abiTag(0))).bytes()},
		{name: "glibc with NSS", file: amd64(notePart(4, abiTag(0)), text(nssMarker)).bytes(), warned: refuse(CodeGlibcNSS)},
		{name: "glibc's string as the end of another", file: amd64(notePart(4, abiTag(0)), text("about "+nssMarker)).bytes()},
		{name: "glibc's string as the start of another", file: amd64(notePart(4, abiTag(0)), text("_nss_%s_%s is a format")).bytes()},
		{name: "glibc's string without its note", file: amd64(text(nssMarker)).bytes()},
		{name: "glibc's note of another system", file: amd64(notePart(4, abiTag(1)), text(nssMarker)).bytes()},
		{name: "glibc's string in a writable segment", file: amd64(notePart(4, abiTag(0)), text(nssMarker)).with(func(f *elfFile) { f.load = elf.PF_R | elf.PF_W | elf.PF_X }).bytes()},
		{name: "glibc, NSS in a program that is carried", file: amd64(notePart(4, abiTag(0)), text(string(amd64(text(nssMarker)).bytes()))).bytes()},
		{name: "glibc, NSS behind a program that is carried", file: amd64(notePart(4, abiTag(0)), text(string(amd64(text("x")).bytes())), text(nssMarker)).bytes(), warned: refuse(CodeGlibcNSS)},
		{name: "glibc, NSS behind the mere magic", file: amd64(notePart(4, abiTag(0)), text(strings.Repeat(elf.ELFMAG, 100)+"\x00"+nssMarker)).bytes(), warned: refuse(CodeGlibcNSS)},
		{name: "damaged notes", file: edit(amd64(notePart(4, abiTag(0), isaNote(8))), func(b *built) { b.order.PutUint32(b.b[b.parts[0]:], 1<<31) }), opts: on("amd64", "")},

		// Packers.
		{name: "UPX", file: packed(nil).bytes(), refused: refuse(CodePacked)},
		{name: "UPX, with section headers", file: packed(func(b *built) { b.put64(offShoff, 64); b.put16(offShnum, 1) }).bytes(), refused: refuse(CodePacked)},
		{name: "UPX, as wanted", file: packed(nil).bytes(), opts: Options{Packed: true}},
		{name: "UPX under a page, as wanted", file: edit(packed(nil), onLoad(func(s *segment) { s.filesz, s.memsz = pageSize, pageSize })), opts: Options{Packed: true}},
		{name: "UPX cut by a page", file: edit(packed(nil), onLoad(func(s *segment) { s.filesz, s.memsz = pageSize+1, pageSize+1 })), opts: Options{Packed: true}, refused: refuse(CodeTruncated)},
		{name: "no UPX, though wanted", file: exec.bytes(), opts: Options{Packed: true}, refused: refuse(CodeNotPacked)},
		{name: "UPX's mark, many program headers", file: packed(nil).with(func(f *elfFile) { f.parts = append(f.parts, text(""), text(""), text("")) }).bytes(), warned: refuse(CodeUPXMark)},
		{name: "UPX's letters in data", file: amd64(text("a string with UPX! in it")).bytes()},
	}
}

// edit builds a file and changes its bytes.
func edit(f elfFile, change func(*built)) []byte { return f.patched(change).bytes() }

// cut builds a file without its last bytes.
func cut(f elfFile, n int) []byte {
	b := f.bytes()
	return b[:len(b)-n]
}

// onLoad changes the first program header.
func onLoad(change func(*segment)) func(*built) {
	return func(b *built) { b.segment(0, change) }
}

// zeroes adds a PT_LOAD of a page of zeros.
func zeroes(f *elfFile) {
	f.parts = append(f.parts, part{typ: elf.PT_LOAD, flags: elf.PF_R | elf.PF_W | elf.PF_X, bytes: raw(nil)})
}

// second changes the second program header, after it has been made zeros.
func second(change func(*segment)) func(*built) {
	return func(b *built) {
		b.segment(1, func(s *segment) {
			s.off, s.vaddr, s.memsz = 0, 0x10000000, pageSize
			change(s)
		})
	}
}

// property returns a program with two properties, each with a type and one word. With a type
// of 0, there is no second property.
func property(arch string, words ...uint32) []byte {
	n := note{name: noteGNU, typ: noteGNUProperty, desc: func(e *encoder) {
		for i := 0; i < len(words) && words[i] != 0; i += 2 {
			e.u32(words[i])
			e.u32(4)
			e.u32(words[i+1])
			e.u32(0)
		}
	}}
	f := program(arch)
	f.parts = []part{notePart(8, n)}
	f.parts[0].typ = elf.PT_GNU_PROPERTY
	return f.bytes()
}

// also is a second PT_LOAD in the page of the first.
func also(flags elf.ProgFlag) part {
	return part{typ: elf.PT_LOAD, flags: flags, bytes: raw([]byte("x"))}
}

// moveTable moves the program headers to the end of the file.
func moveTable(b *built) {
	table := bytes.Clone(b.b[b.phoff : b.phoff+phdrSize64])
	clear(b.b[b.phoff : b.phoff+phdrSize64])
	b.put64(offPhoff, uint64(len(b.b)))
	b.b = append(b.b, table...)
}

// many returns n libraries.
func many(n int) []dyn {
	var out []dyn
	for i := range n {
		out = append(out, needed(fmt.Sprintf("lib%02d.so", i)))
	}
	return out
}

// program returns a static program for an architecture.
func program(arch string) elfFile {
	t := findTarget(func(t target) bool { return t.arch == arch })
	if t.arch == "" {
		panic("no such architecture: " + arch)
	}
	return elfFile{class: t.class, data: t.data, typ: elf.ET_EXEC, machine: t.machine}
}

func TestELF(t *testing.T) {
	for _, tc := range elfCases() {
		t.Run(tc.name, func(t *testing.T) {
			r := inspectBytes(t, tc.file, tc.opts)
			if diff := cmp.Diff(tc.refused, codes(r.Reasons)); diff != "" {
				t.Fatalf("reasons (-want +got):\n%s%s", diff, r)
			}
			if diff := cmp.Diff(tc.warned, codes(r.Warnings)); diff != "" {
				t.Fatalf("warnings (-want +got):\n%s%s", diff, r)
			}
			if r.OK() != (len(tc.refused) == 0) {
				t.Errorf("verdict %s with reasons %v", r.Verdict, codes(r.Reasons))
			}
			all := slices.Concat(r.Reasons, r.Warnings)
			if tc.says == "" {
				return
			}
			if len(all) == 0 {
				t.Fatal("nothing was said")
			}
			if !strings.Contains(all[0].Message, tc.says) {
				t.Errorf("message %q lacks %q", all[0].Message, tc.says)
			}
		})
	}
}

// update rewrites the golden file of the reports.
var update = flag.Bool("update", false, "rewrite testdata/reports.jsonl")

// The golden file has one line for each case with a reason or a warning. Package remedy has a
// golden file with its advice on each of them.
func TestReports(t *testing.T) {
	var got bytes.Buffer
	for _, tc := range elfCases() {
		r := inspectBytes(t, tc.file, tc.opts)
		if len(r.Reasons)+len(r.Warnings) == 0 {
			continue
		}
		checkReport(t, r)
		r.Path = tc.name
		must(t, json.NewEncoder(&got).Encode(r))
	}
	const golden = "testdata/reports.jsonl"
	if *update {
		must(t, os.WriteFile(golden, got.Bytes(), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	if diff := cmp.Diff(string(want), got.String()); diff != "" {
		t.Errorf("%s (-want +got); run with -update if this is meant:\n%s", golden, diff)
	}
}

// A reason has the offset of its cause.
func TestOffsets(t *testing.T) {
	exec := amd64()
	arm := program("arm").with(func(f *elfFile) { f.flags = 0x2000000 })
	dynamic := amd64(dynamicPart(dyn{tag: elf.DT_SONAME, value: 1}, needed("libz.so.1"), needed("libc.so")))
	for _, tc := range []struct {
		name string
		file []byte
		opts Options
		code Code
		want int64
	}{
		{"script", []byte("#!/bin/sh\n"), Options{}, CodeScript, 0},
		{"cut in its header", exec.bytes()[:40], Options{}, CodeTruncated, 40},
		{"class", exec.with(func(f *elfFile) { f.class = 7 }).bytes(), Options{}, CodeClass, 4},
		{"machine", exec.bytes(), Options{Platform: linux("arm64", "")}, CodeMachine, 18},
		{"flags in 32 bits", arm.bytes(), Options{Platform: linux("arm", "")}, CodeABI, 36},
		{"flags in 64 bits", program("ppc64le").with(func(f *elfFile) { f.flags = 1 }).bytes(), Options{Platform: linux("ppc64le", "")}, CodeABI, 48},
		{"loader", amd64(interp("/lib/ld.so")).bytes(), Options{}, CodeInterpreter, 64 + 56},
		{"entry", edit(exec, func(b *built) { b.put64(entryOffset, 0) }), Options{}, CodeBadEntry, 24},
		{"second segment", edit(exec.with(zeroes), second(func(s *segment) { s.filesz = pageSize + 1 })), Options{}, CodeMalformedLoad, 64 + 56},
		{"stack", amd64(stack(elf.PF_X)).bytes(), Options{}, CodeExecStack, 64 + 56},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := inspectBytes(t, tc.file, tc.opts)
			all := slices.Concat(r.Reasons, r.Warnings)
			i := slices.IndexFunc(all, func(reason Reason) bool { return reason.Code == tc.code })
			if i < 0 || all[i].Offset == nil || *all[i].Offset != tc.want {
				t.Errorf("want %s at offset %d, got %+v", tc.code, tc.want, all)
			}
		})
	}
	// The offset is that of the DT_NEEDED itself, the second entry of this table.
	var parts []uint64
	b := edit(dynamic, func(b *built) {
		for _, at := range b.parts {
			parts = append(parts, uint64(at))
		}
	})
	r := inspectBytes(t, b, Options{})
	if want := int64(parts[0]) + 16; len(r.Reasons) != 1 || r.Reasons[0].Code != CodeNeeded || *r.Reasons[0].Offset != want {
		t.Errorf("want %s at offset %d, got %+v", CodeNeeded, want, r.Reasons)
	}
}

// Every code that depends on the content has a case.
func TestELFCasesCoverCodes(t *testing.T) {
	seen := map[Code]bool{}
	for _, tc := range elfCases() {
		for _, code := range append(tc.refused, tc.warned...) {
			seen[code] = true
		}
	}
	// The codes that depend on the path are in the tests of Open and Tree.
	byPath := []Code{CodeMissing, CodeSymlinkDangling, CodeSymlinkLoop, CodeUnseen, CodeDirectory, CodeNotRegular, CodeNotExecutable,
		CodeAboveRoot, CodeSetuid}
	for _, code := range allCodes(t) {
		if !seen[code] && !slices.Contains(byPath, code) {
			t.Errorf("no case for %s", code)
		}
	}
}

// allCodes reads the codes in the source, so that a test can't forget one.
func allCodes(t *testing.T) []Code {
	t.Helper()
	source, err := os.ReadFile("code.go")
	must(t, err)
	var out []Code
	for _, m := range regexp.MustCompile(`(?m)^\tCode\w+ +Code = "([a-z-]+)"$`).FindAllStringSubmatch(string(source), -1) {
		out = append(out, Code(m[1]))
	}
	if len(out) < 30 {
		t.Fatalf("%d codes in code.go", len(out))
	}
	return out
}

// The documentation has a row for every code, and for no other.
func TestDocumentedCodes(t *testing.T) {
	doc, err := os.ReadFile("../../docs/verification.md")
	must(t, err)
	var rows []Code
	for _, m := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(doc), -1) {
		rows = append(rows, Code(m[1]))
	}
	want := allCodes(t)
	slices.Sort(rows)
	slices.Sort(want)
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("rows of docs/verification.md (-want +got):\n%s", diff)
	}
}

// A segment may reach to the stack in the address space of each machine, and no further.
func TestAddressSpaces(t *testing.T) {
	for _, target := range targets() {
		at := func(vaddr uint64) *Report {
			f := program(target.arch).with(zeroes)
			if target.arch == "arm" {
				f.flags = 0x5000200
			}
			return inspectBytes(t, edit(f, second(func(s *segment) { s.vaddr = vaddr })), Options{Platform: linux(target.arch, "")})
		}
		end := target.space.end - target.space.stack
		if r := at(end - pageSize); !r.OK() {
			t.Errorf("%s, the last page: %s", target.arch, r)
		}
		for _, vaddr := range []uint64{end, target.space.end - pageSize, target.space.end} {
			if r := at(vaddr); !r.Has(CodeMalformedLoad) {
				t.Errorf("%s, at %#x: %s", target.arch, vaddr, r)
			}
		}
	}
}

// Every architecture runs its own programs and no other's.
func TestPlatforms(t *testing.T) {
	for _, file := range targets() {
		b := program(file.arch).with(func(f *elfFile) {
			switch file.arch {
			case "arm":
				f.flags = 0x5000200
			case "ppc64le":
				f.flags = 2
			}
		}).bytes()
		for _, platform := range targets() {
			r := inspectBytes(t, b, Options{Platform: linux(platform.arch, "")})
			if want := file.arch == platform.arch; r.OK() != want {
				t.Errorf("%s on %s: %s", file.arch, platform.arch, r)
			}
			if r.Architecture != file.arch {
				t.Errorf("architecture %q, want %q", r.Architecture, file.arch)
			}
		}
	}
}

// The loader and the libraries are found in both classes and byte orders.
func TestLayouts(t *testing.T) {
	for _, target := range targets() {
		f := program(target.arch)
		f.parts = []part{interp("/lib/ld.so"), dynamicPart(needed("libz.so.1"), needed("libc.so")), notePart(4, abiTag(0), goNote())}
		r := inspectBytes(t, f.bytes(), Options{})
		if r.Interpreter != "/lib/ld.so" || !cmp.Equal(r.Needed, []string{"libz.so.1", "libc.so"}) || !r.GlibcABI || !r.GoToolchain || r.MinKernel != "3.2.0" {
			t.Errorf("%s: %+v", target.arch, r)
		}
	}
}

func TestFacts(t *testing.T) {
	b := pie(dynamicPart(markPIE()), notePart(8, abiTag(0), isaNote(2))).bytes()
	want := &Report{
		Verdict: Static, Size: int64(len(b)), Class: "ELFCLASS64", Data: "ELFDATA2LSB", OSABI: "ELFOSABI_NONE", Type: "ET_DYN",
		Machine: "EM_X86_64", Architecture: "amd64", StaticPIE: true, GlibcABI: true, MinKernel: "3.2.0", ISALevel: "x86-64-v2",
		BytesRead: 2 * int64(len(b)), // once for the headers, once for the search
	}
	if diff := cmp.Diff(want, inspectBytes(t, b, Options{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHints(t *testing.T) {
	b := amd64(text("a /usr/share/zoneinfo/ b /etc/ssl/certs/ca-certificates.crt /usr/share/zoneinfo c")).bytes()
	want := []Hint{{"/etc/ssl/certs"}, {"/usr/share/zoneinfo"}}
	if diff := cmp.Diff(want, inspectBytes(t, b, Options{Hints: true}).Hints); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if r := inspectBytes(t, b, Options{}); r.Hints != nil {
		t.Errorf("hints that were not asked for: %v", r.Hints)
	}
	if r := inspectBytes(t, amd64(text("/tmp /etc/passwd /bin/sh")).bytes(), Options{Hints: true}); r.Hints != nil {
		t.Errorf("weak hints: %v", r.Hints)
	}
}

// brokenReader fails at some offset.
type brokenReader struct {
	r  io.ReaderAt
	at int64
}

var errBroken = errors.New("broken")

func (b brokenReader) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > b.at {
		return 0, errBroken
	}
	return b.r.ReadAt(p, off)
}

func TestReadErrors(t *testing.T) {
	f := amd64(text(strings.Repeat("x", 3*firstRead)), interp("/lib/ld.so"), dynamicPart(needed("libc.so")), notePart(4, abiTag(0)))
	b := f.bytes()
	for _, limit := range []int64{0, firstRead, int64(len(b) - 80)} {
		r, err := ELF(brokenReader{bytes.NewReader(b), limit}, int64(len(b)), Options{})
		if !errors.Is(err, errBroken) || r != nil {
			t.Errorf("limit %d: report %v, error %v", limit, r, err)
		}
	}
	if _, err := ELF(bytes.NewReader(b[:10]), 11, Options{}); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that shrank: %v", err)
	}
	if _, err := ELF(bytes.NewReader(b), -1, Options{}); err == nil {
		t.Error("a negative size was taken")
	}
}

// Of a huge file whose headers are enough, hardly anything is read.
func TestCostOfHugeFile(t *testing.T) {
	const size = 200 << 20
	p := filepath.Join(t.TempDir(), "huge")
	program := amd64(text("x"), dynamicPart(), notePart(4, goNote())).patched(func(b *built) {
		b.segment(0, func(s *segment) { s.filesz, s.memsz = size, size })
	}).bytes()
	f, err := os.Create(p)
	must(t, err)
	defer f.Close()
	_, err = f.Write(program)
	must(t, err)
	must(t, f.Truncate(size))
	r, err := ELF(f, size, Options{Platform: linux("amd64", "")})
	must(t, err)
	if !r.OK() || r.BytesRead >= 1<<20 {
		t.Errorf("%s: %d bytes read", r.Verdict, r.BytesRead)
	}
	t.Logf("%d of %d bytes read", r.BytesRead, size)
}
