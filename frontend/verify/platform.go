package verify

import (
	"debug/elf"
	"fmt"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// target is what an image platform's architecture means in an ELF header.
type target struct {
	arch    string // ocispecs.Platform.Architecture
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	room    room
}

// room is the addresses that a machine's kernel gives a program, by the largest
// of its configurations.
type room struct {
	end   uint64 // behind the last one (TASK_SIZE)
	stack uint64 // how many before the end the kernel may put the stack in
}

// targets gives every architecture that is checked. EM_X86_64 with ELFCLASS32
// (x32) is deliberately none of them: kernels are built without it.
//
// The addresses end where the kernel's TASK_SIZE says: arch/x86/include/asm/page_64_types.h
// and page_types.h, arm64 asm/memory.h and processor.h, and so on. The stack lies
// below that by a random number of pages (STACK_RND_MASK), and grows.
func targets() []target {
	const (
		le, be  = elf.ELFDATA2LSB, elf.ELFDATA2MSB
		c32     = elf.ELFCLASS32
		c64     = elf.ELFCLASS64
		stack   = 17 << 30
		stack32 = 24 << 20
	)
	return []target{
		{"amd64", elf.EM_X86_64, c64, le, room{1<<47 - pageSize, stack}},
		{"386", elf.EM_386, c32, le, room{1<<32 - 2*pageSize, stack32}},
		{"arm64", elf.EM_AARCH64, c64, le, room{1 << 48, stack}},
		{"arm", elf.EM_ARM, c32, le, room{1<<32 - pageSize, stack32}},
		{"riscv64", elf.EM_RISCV, c64, le, room{1 << 47, stack}},
		{"ppc64le", elf.EM_PPC64, c64, le, room{1 << 52, stack}},
		{"ppc64", elf.EM_PPC64, c64, be, room{1 << 52, stack}},
		{"s390x", elf.EM_S390, c64, be, room{1 << 53, stack}},
		{"loong64", elf.EM_LOONGARCH, c64, le, room{1 << 47, stack}},
		{"mips64le", elf.EM_MIPS, c64, le, room{1 << 48, stack}},
		{"mips64", elf.EM_MIPS, c64, be, room{1 << 48, stack}},
		{"mipsle", elf.EM_MIPS, c32, le, room{1<<31 - 8*pageSize, stack32}},
		{"mips", elf.EM_MIPS, c32, be, room{1<<31 - 8*pageSize, stack32}},
	}
}

// targetOf finds an architecture by name.
func targetOf(arch string) (target, bool) {
	for _, t := range targets() {
		if t.arch == arch {
			return t, true
		}
	}
	return target{}, false
}

// target finds the row of the header's machine, class and byte order.
func (h *header) target() (target, bool) {
	for _, t := range targets() {
		if t.machine == h.machine && t.class == h.class && t.data == h.data {
			return t, true
		}
	}
	return target{}, false
}

// architecture is the image platform's name for the header, or "".
func (h *header) architecture() string {
	t, _ := h.target()
	return t.arch
}

// room is the addresses of the header's machine.
func (h *header) room() room {
	t, _ := h.target()
	return t.room
}

// checkKnown refuses a header of no row. A kernel knows its machine's class and
// byte order, and does not look at what the file says of them: a file that says
// another shows one set of program headers here, and another one there.
func (h *header) checkKnown() *Reason {
	if _, ok := h.target(); ok {
		return nil
	}
	reason := &Reason{Code: CodeMachine, Offset: atOffset(machineOffset),
		Message: fmt.Sprintf("is built for %s, which is no machine of any platform known here", machineName(h.machine))}
	for _, t := range targets() {
		if t.machine != h.machine {
			continue
		}
		if t.class == h.class {
			reason.Code, reason.Offset = CodeData, atOffset(elf.EI_DATA)
			reason.Message = fmt.Sprintf("says that it is %s, on a machine (%s) that is %s", orderName(h.data), machineName(h.machine), orderName(t.data))
			return reason
		}
		reason.Code, reason.Offset = CodeClass, atOffset(elf.EI_CLASS)
		reason.Message = fmt.Sprintf("says that it is a %s program, on a machine (%s) that runs %s ones", className(h.class), machineName(h.machine), className(t.class))
	}
	return reason
}

// className and orderName say a class and a byte order for people.
func className(c elf.Class) string {
	if c == elf.ELFCLASS32 {
		return "32-bit"
	}
	return "64-bit"
}

func orderName(d elf.Data) string {
	if d == elf.ELFDATA2LSB {
		return "little-endian"
	}
	return "big-endian"
}

// machineName names e_machine; elf.Machine names unknown ones as offsets from
// others.
func machineName(m elf.Machine) string {
	if name := m.String(); !strings.Contains(name, "+") {
		return name
	}
	return fmt.Sprintf("e_machine %d", uint16(m))
}

// checkPlatform compares the header with the platform, and tells the weightiest
// difference only: a program for another machine also differs in class.
func checkPlatform(r *Report, h *header, p ocispecs.Platform) {
	if p.Architecture == "" {
		return
	}
	want, ok := targetOf(p.Architecture)
	if !ok || p.OS != "" && p.OS != "linux" {
		r.refuse(Reason{Code: CodePlatformUnknown, Platform: platformName(p),
			Message: fmt.Sprintf("can't be checked against %s, a platform that is not known here", platformName(p))})
		return
	}
	if reason := want.check(h, p); reason != nil {
		r.refuse(*reason)
		return
	}
	checkABI(r, h, p)
}

// check compares machine, class and data.
func (t target) check(h *header, p ocispecs.Platform) *Reason {
	platform := platformName(p)
	differs := func(code Code, offset uint64, format string, args ...any) *Reason {
		return &Reason{Code: code, Message: fmt.Sprintf(format, args...), Offset: atOffset(offset), Platform: platform}
	}
	switch {
	case h.machine != t.machine:
		return differs(CodeMachine, machineOffset, "is built for %s, the platform is %s", builtFor(h), platform)
	case h.class != t.class:
		return differs(CodeClass, elf.EI_CLASS, "is a %s program, the platform %s runs %s ones", className(h.class), platform, className(t.class))
	case h.data != t.data:
		return differs(CodeData, elf.EI_DATA, "is %s, the platform %s is %s", orderName(h.data), platform, orderName(t.data))
	}
	return nil
}

// builtFor names what a file is built for, as well as can be.
func builtFor(h *header) string {
	if arch := h.architecture(); arch != "" {
		return fmt.Sprintf("%s (%s)", arch, machineName(h.machine))
	}
	return fmt.Sprintf("%s, %s", machineName(h.machine), h.class)
}

// platformName is the platform as it is written: os/arch/variant.
func platformName(p ocispecs.Platform) string {
	os := p.OS
	if os == "" {
		os = "linux"
	}
	name := os + "/" + p.Architecture
	if p.Variant != "" {
		name += "/" + p.Variant
	}
	return printable(name)
}

// Bits of e_flags, by processor supplement.
const (
	// ELF for the Arm Architecture, "ELF Header": EF_ARM_EABIMASK and on.
	armEABIShift = 24
	armEABIMin   = 4 // GNU EABI; before it lie OABI and its kin
	armHardFloat = 0x400

	// RISC-V ELF psABI, "File Header": EF_RISCV_FLOAT_ABI_QUAD, EF_RISCV_RVE.
	riscvFloatMask = 0x6
	riscvFloatQuad = 0x6
	riscvRVE       = 0x8

	// Power Architecture 64-bit ELF V2 ABI, "ELF Header": EF_PPC64_ABI.
	ppc64ABIMask = 0x3
	ppc64ELFv1   = 1
	ppc64ELFv2   = 2

	// MIPS: EF_MIPS_ABI2, the n32 ABI.
	mipsABI2 = 0x20
)

// checkABI compares e_flags with the platform, whose machine the file has.
func checkABI(r *Report, h *header, p ocispecs.Platform) {
	switch h.machine {
	case elf.EM_ARM:
		checkARM(r, h, p)
	case elf.EM_RISCV:
		checkRISCV(r, h, p)
	case elf.EM_PPC64:
		if h.data == elf.ELFDATA2LSB && h.flags&ppc64ABIMask == ppc64ELFv1 {
			r.refuse(h.byFlags(CodeABI, "follows the ELFv1 ABI, the platform %s has ELFv2", p))
		}
	case elf.EM_MIPS:
		if h.class == elf.ELFCLASS32 && h.flags&mipsABI2 != 0 {
			r.refuse(h.byFlags(CodeABI, "follows the n32 ABI, the platform %s has o32", p))
		}
	}
}

// byFlags is a reason that e_flags gives on a platform, which the format names.
func (h *header) byFlags(code Code, format string, p ocispecs.Platform) Reason {
	platform := platformName(p)
	return Reason{Code: code, Message: fmt.Sprintf(format, platform), Offset: atOffset(h.flagsOffset()), Platform: platform}
}

func checkARM(r *Report, h *header, p ocispecs.Platform) {
	if h.flags>>armEABIShift < armEABIMin {
		r.refuse(h.byFlags(CodeABI, "follows the old Arm ABI (OABI), which kernels for %s are built without", p))
		return
	}
	if (p.Variant == "v5" || p.Variant == "5") && h.flags&armHardFloat != 0 {
		r.warn(h.byFlags(CodeFloatABI, "passes floats in registers of a float unit, which %s need not have", p))
	}
}

func checkRISCV(r *Report, h *header, p ocispecs.Platform) {
	if h.flags&riscvRVE != 0 {
		r.refuse(h.byFlags(CodeABI, "follows the RV32E/RV64E ABI of 16 registers, the platform %s has 32", p))
		return
	}
	if h.flags&riscvFloatMask == riscvFloatQuad {
		r.warn(h.byFlags(CodeFloatABI, "passes floats of four words in registers, which %s need not have", p))
	}
}

// entryIsDescriptor reports whether e_entry is the address of a descriptor in
// data, not of code: so in the 64-bit PowerPC ELF ABI before ELFv2.
func (h *header) entryIsDescriptor() bool {
	return h.machine == elf.EM_PPC64 && h.flags&ppc64ABIMask != ppc64ELFv2
}

// isaLevel is the x86-64 level that GNU_PROPERTY_X86_ISA_1_NEEDED asks for
// (x86-64 psABI, "Program Property"): bit 0 is the baseline, bit 3 is v4.
func isaLevel(needed uint32) int {
	for level := 4; level > 0; level-- {
		if needed&(1<<(level-1)) != 0 {
			return level
		}
	}
	return 0
}

// checkISA compares an amd64 program's noted level with the platform's variant.
func checkISA(r *Report, h *header, n notes, p ocispecs.Platform) {
	if h.machine != elf.EM_X86_64 {
		return
	}
	level := isaLevel(n.isaNeeded)
	if level == 0 {
		return
	}
	r.ISALevel = levelName(level)
	if has := amd64Level(p.Variant); p.Architecture == "amd64" && level > has {
		platform := platformName(p)
		r.warn(Reason{Code: CodeISALevel, Offset: atOffset(n.isaAt), Platform: platform, PlatformISALevel: levelName(has),
			Message: fmt.Sprintf("needs a processor of level %s, the platform %s promises %s", r.ISALevel, platform, levelName(has))})
	}
}

func levelName(level int) string { return fmt.Sprintf("x86-64-v%d", level) }

// amd64Level is the level of a variant of amd64: "v3" is 3, none is 1.
func amd64Level(variant string) int {
	switch strings.TrimPrefix(variant, "v") {
	case "2":
		return 2
	case "3":
		return 3
	case "4":
		return 4
	}
	return 1
}
