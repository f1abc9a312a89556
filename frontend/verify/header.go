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

// phnumExtended is PN_XNUM: the true number stands in a section header. The
// kernel does not look there, and does not start such a file.
const phnumExtended = 0xffff

// Offsets of fields of the ELF header that are the same in both classes.
const (
	typeOffset    = 16
	machineOffset = 18
	entryOffset   = 24
)

// header is the ELF header (gABI, "ELF Header"), decoded. EI_VERSION, e_version,
// e_ehsize and all that is about section headers are left out: the kernel ignores
// them.
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

// decodeHeader reads the header out of a file's first block. It gives a reason
// if the file has none.
func decodeHeader(head []byte) (header, *Reason) {
	if len(head) < elf.EI_NIDENT {
		return header{}, truncatedHeader(len(head))
	}
	h := header{
		class: elf.Class(head[elf.EI_CLASS]),
		data:  elf.Data(head[elf.EI_DATA]),
		osabi: elf.OSABI(head[elf.EI_OSABI]),
	}
	if h.class != elf.ELFCLASS32 && h.class != elf.ELFCLASS64 {
		return header{}, &Reason{Code: CodeClass, Offset: atOffset(elf.EI_CLASS),
			Message: fmt.Sprintf("is neither a 32-bit nor a 64-bit ELF file (EI_CLASS %d)", h.class)}
	}
	if h.data != elf.ELFDATA2LSB && h.data != elf.ELFDATA2MSB {
		return header{}, &Reason{Code: CodeData, Offset: atOffset(elf.EI_DATA),
			Message: fmt.Sprintf("has no known byte order (EI_DATA %d)", h.data)}
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

func (h *header) headerSize() int {
	if h.wide {
		return headerSize64
	}
	return headerSize32
}

// Offsets of fields of the header, by class.
func (h *header) phoffOffset() uint64     { return h.byClass(28, 32) }
func (h *header) flagsOffset() uint64     { return h.byClass(36, 48) }
func (h *header) phentsizeOffset() uint64 { return h.byClass(42, 54) }
func (h *header) phnumOffset() uint64     { return h.byClass(44, 56) }

func (h *header) byClass(in32, in64 uint64) uint64 {
	if h.wide {
		return in64
	}
	return in32
}

func (h *header) phdrSize() int {
	if h.wide {
		return phdrSize64
	}
	return phdrSize32
}

func truncatedHeader(have int) *Reason {
	return &Reason{Code: CodeTruncated, Offset: atOffset(uint64(have)),
		Message: fmt.Sprintf("ends inside its ELF header, after %d bytes", have)}
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
	return &Reason{Code: CodeOSABI, Offset: atOffset(elf.EI_OSABI),
		Message: fmt.Sprintf("is made for another system than Linux (%s)", h.osabi)}
}

// checkType refuses what is neither ET_EXEC nor ET_DYN. Whether an ET_DYN is a
// program is for its dynamic section to say.
func (h *header) checkType() *Reason {
	switch h.typ {
	case elf.ET_EXEC, elf.ET_DYN:
		return nil
	case elf.ET_REL:
		return notAProgram("is an object file (ET_REL), not a program")
	case elf.ET_CORE:
		return notAProgram("is a core dump (ET_CORE), not a program")
	}
	return notAProgram(fmt.Sprintf("is not a program (%s)", typeName(h.typ)))
}

func notAProgram(message string) *Reason {
	return &Reason{Code: CodeNotAProgram, Message: message, Offset: atOffset(typeOffset)}
}

// typeName names e_type; elf.Type names unknown ones as offsets from others.
func typeName(t elf.Type) string {
	if t <= elf.ET_CORE {
		return t.String()
	}
	return fmt.Sprintf("e_type %#x", uint16(t))
}

// foreign are the formats that are told apart from ELF by their first bytes.
// The longer magic comes first where two agree.
func foreign(head []byte) *Reason {
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
			return &Reason{Code: f.code, Message: f.message, Found: f.found, Offset: atOffset(0)}
		}
	}
	return nil
}

// kind refuses whatever does not start with the ELF magic.
func kind(head []byte) *Reason {
	if bytes.HasPrefix(head, []byte(elf.ELFMAG)) {
		return nil
	}
	if bytes.HasPrefix(head, []byte("#!")) {
		return script(head)
	}
	if reason := foreign(head); reason != nil {
		return reason
	}
	return &Reason{Code: CodeNotELF, Message: "is not an ELF file", Offset: atOffset(0)}
}

// maxShebang is how much of a script's first line the kernel reads
// (BINPRM_BUF_SIZE).
const maxShebang = 256

func script(head []byte) *Reason {
	line := head[len("#!"):min(len(head), maxShebang)]
	if end := bytes.IndexByte(line, '\n'); end >= 0 {
		line = line[:end]
	}
	message := "is a script"
	if name := bytes.TrimSpace(line); len(name) > 0 {
		message += " for " + printable(string(name))
	}
	return &Reason{Code: CodeScript, Message: message + ", which a scratch image does not have", Offset: atOffset(0)}
}
