package verify

import (
	"bytes"
	"debug/elf"
	"fmt"
)

// Sizes in bytes of the structures of the gABI, by class ("ELF Header",
// "Program Header"): Elf32_Ehdr, Elf64_Ehdr, Elf32_Phdr, Elf64_Phdr.
const (
	headerSize32 = 52
	headerSize64 = 64
	phdrSize32   = 32
	phdrSize64   = 56
)

// phnumExtended is PN_XNUM: a section header has the real number. The kernel does
// not read that, and does not start such a file.
const phnumExtended = 0xffff

// Offsets of fields of the ELF header that are the same in both classes.
const (
	typeOffset    = 16
	machineOffset = 18
	entryOffset   = 24
)

// header is the decoded ELF header (gABI, "ELF Header"). It has no EI_VERSION,
// e_version and e_ehsize, and no fields about section headers: the kernel ignores
// all of them.
type header struct {
	layout
	class     elf.Class
	data      elf.Data
	osabi     elf.OSABI
	typ       elf.Type
	machine   elf.Machine
	entry     uint64
	phoff     uint64
	flags     uint32
	phentsize uint16
	phnum     uint16
}

// decodeHeader returns the header in a file's first block, or the reason why there
// is none.
func decodeHeader(head []byte) (header, *Reason) {
	if reason := checkFormat(head); reason != nil {
		return header{}, reason
	}
	if len(head) < elf.EI_NIDENT {
		return header{}, truncatedHeader(len(head))
	}
	h := header{
		class: elf.Class(head[elf.EI_CLASS]),
		data:  elf.Data(head[elf.EI_DATA]),
		osabi: elf.OSABI(head[elf.EI_OSABI]),
	}
	if h.class != elf.ELFCLASS32 && h.class != elf.ELFCLASS64 {
		return header{}, newReason(CodeClass, elf.EI_CLASS, "is neither a 32-bit nor a 64-bit ELF file (EI_CLASS %d)", h.class)
	}
	if h.data != elf.ELFDATA2LSB && h.data != elf.ELFDATA2MSB {
		return header{}, newReason(CodeData, elf.EI_DATA, "has no known byte order (EI_DATA %d)", h.data)
	}
	h.layout = newLayout(h.class, h.data)
	if len(head) < h.headerSize() {
		return header{}, truncatedHeader(len(head))
	}
	h.decodeFields(head[elf.EI_NIDENT:h.headerSize()])
	return h, nil
}

// decodeFields reads what follows e_ident.
func (h *header) decodeFields(b []byte) {
	c := cursor{layout: h.layout, b: b}
	h.typ = elf.Type(c.u16())
	h.machine = elf.Machine(c.u16())
	c.u32() // e_version
	h.entry = c.word()
	h.phoff = c.word()
	c.word() // e_shoff
	h.flags = c.u32()
	c.u16() // e_ehsize
	h.phentsize = c.u16()
	h.phnum = c.u16()
}

// Offsets of fields of the header, by class.
func (h *header) phoffOffset() uint64     { return h.byClass(28, 32) }
func (h *header) flagsOffset() uint64     { return h.byClass(36, 48) }
func (h *header) phentsizeOffset() uint64 { return h.byClass(42, 54) }
func (h *header) phnumOffset() uint64     { return h.byClass(44, 56) }

func (h *header) headerSize() int { return int(h.byClass(headerSize32, headerSize64)) }
func (h *header) phdrSize() int   { return int(h.byClass(phdrSize32, phdrSize64)) }

// tableSize is the size of the program header table, in bytes.
func (h *header) tableSize() uint64 { return uint64(h.phnum) * uint64(h.phdrSize()) }

func truncatedHeader(have int) *Reason {
	return newReason(CodeTruncated, uint64(have), "ends inside its ELF header, after %d bytes", have)
}

// record puts the header's facts into the report.
func (h *header) record(r *Report) {
	r.Class = h.class.String()
	r.Data = h.data.String()
	r.OSABI = h.osabi.String()
	r.Type = typeName(h.typ)
	r.Machine = machineName(h.machine)
	r.Architecture = h.architecture()
}

// checkOSABI refuses files for other systems than Linux.
func (h *header) checkOSABI() *Reason {
	if h.osabi == elf.ELFOSABI_NONE || h.osabi == elf.ELFOSABI_LINUX {
		return nil
	}
	return newReason(CodeOSABI, elf.EI_OSABI, "is made for another system than Linux (%s)", h.osabi)
}

// checkType refuses a file that is neither ET_EXEC nor ET_DYN. The dynamic section
// tells if an ET_DYN is a program.
func (h *header) checkType() *Reason {
	switch h.typ {
	case elf.ET_EXEC, elf.ET_DYN:
		return nil
	case elf.ET_REL:
		return notAProgram("is an object file (ET_REL), not a program")
	case elf.ET_CORE:
		return notAProgram("is a core dump (ET_CORE), not a program")
	}
	return notAProgram("is not a program (%s)", typeName(h.typ))
}

func notAProgram(format string, args ...any) *Reason {
	return newReason(CodeNotAProgram, typeOffset, format, args...)
}

// typeName returns the name of e_type. For an unknown type, elf.Type would return
// the name of another one and a number.
func typeName(t elf.Type) string {
	if t <= elf.ET_CORE {
		return t.String()
	}
	return fmt.Sprintf("e_type %#x", uint16(t))
}

// checkFormat refuses a file that does not start with the ELF magic.
func checkFormat(head []byte) *Reason {
	switch {
	case len(head) == 0:
		return newReason(CodeEmpty, 0, "is empty")
	case bytes.HasPrefix(head, []byte(elf.ELFMAG)):
		return nil
	case bytes.HasPrefix(head, []byte("#!")):
		return refuseScript(head)
	}
	for _, f := range []struct {
		magic   string
		code    Code
		found   Found
		message string
	}{
		{"!<arch>\n", CodeArchive, "", "is a library archive (ar), not a program"},
		{"!<thin>\n", CodeArchive, "", "is a thin library archive (ar), not a program"},
		{"MZ", CodeNotELF, FoundPE, "is a Windows program (PE), not an ELF file"},
		{"\xcf\xfa\xed\xfe", CodeNotELF, FoundMachO, "is a macOS program (Mach-O), not an ELF file"},
		{"\xce\xfa\xed\xfe", CodeNotELF, FoundMachO, "is a macOS program (Mach-O), not an ELF file"},
		{"\xca\xfe\xba\xbe", CodeNotELF, FoundMachO, "is a macOS universal program or a Java class, not an ELF file"},
		{"\x00asm", CodeNotELF, FoundWasm, "is a WebAssembly module, not an ELF file"},
		{"BC\xc0\xde", CodeNotELF, FoundBitcode, "is LLVM bitcode, not an ELF file"},
		{"\x1f\x8b", CodeNotELF, FoundGzip, "is gzip data, not an ELF file"},
		{"PK\x03\x04", CodeNotELF, FoundZip, "is a zip or jar file, not an ELF file"},
	} {
		if bytes.HasPrefix(head, []byte(f.magic)) {
			reason := newReason(f.code, 0, "%s", f.message)
			reason.Found = f.found
			return reason
		}
	}
	return newReason(CodeNotELF, 0, "is not an ELF file")
}

// maxShebang is how much of a script's first line the kernel reads
// (BINPRM_BUF_SIZE).
const maxShebang = 256

// refuseScript refuses a script and names its interpreter.
func refuseScript(head []byte) *Reason {
	line, _, _ := bytes.Cut(head[len("#!"):min(len(head), maxShebang)], []byte("\n"))
	interpreter := ""
	if name := bytes.TrimSpace(line); len(name) > 0 {
		interpreter = " for " + printable(string(name))
	}
	return newReason(CodeScript, 0, "is a script%s, which a scratch image does not have", interpreter)
}
