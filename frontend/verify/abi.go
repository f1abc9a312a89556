package verify

import (
	"debug/elf"
	"fmt"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// Bits of e_flags, by processor supplement.
const (
	// ELF for the Arm Architecture, "ELF Header": EF_ARM_EABIMASK and on.
	armEABIShift = 24
	armEABIMin   = 4 // GNU EABI; lower numbers are OABI and the like
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

// checkABI compares e_flags with the platform. The file is for the platform's machine.
func checkABI(r *Report, h *header, p ocispecs.Platform) {
	switch h.machine {
	case elf.EM_ARM:
		checkARM(r, h, p)
	case elf.EM_RISCV:
		checkRISCV(r, h, p)
	case elf.EM_PPC64:
		if h.data == elf.ELFDATA2LSB && h.flags&ppc64ABIMask == ppc64ELFv1 {
			r.refuse(h.abiReason(CodeABI, "follows the ELFv1 ABI, the platform %s has ELFv2", p))
		}
	case elf.EM_MIPS:
		if h.class == elf.ELFCLASS32 && h.flags&mipsABI2 != 0 {
			r.refuse(h.abiReason(CodeABI, "follows the n32 ABI, the platform %s has o32", p))
		}
	}
}

// abiReason returns a reason or warning about e_flags. The format has a verb for the
// platform.
func (h *header) abiReason(code Code, format string, p ocispecs.Platform) *Reason {
	reason := newReason(code, h.flagsOffset(), format, platformName(p))
	reason.Platform = platformName(p)
	return reason
}

func checkARM(r *Report, h *header, p ocispecs.Platform) {
	switch {
	case h.flags>>armEABIShift < armEABIMin:
		r.refuse(h.abiReason(CodeABI, "follows the old Arm ABI (OABI), which kernels for %s are built without", p))
	case (p.Variant == "v5" || p.Variant == "5") && h.flags&armHardFloat != 0:
		r.warn(h.abiReason(CodeFloatABI, "passes floats in registers of a float unit, which %s need not have", p))
	}
}

func checkRISCV(r *Report, h *header, p ocispecs.Platform) {
	switch {
	case h.flags&riscvRVE != 0:
		r.refuse(h.abiReason(CodeABI, "follows the RV32E/RV64E ABI of 16 registers, the platform %s has 32", p))
	case h.flags&riscvFloatMask == riscvFloatQuad:
		r.warn(h.abiReason(CodeFloatABI, "passes floats of four words in registers, which %s need not have", p))
	}
}

// entryIsDescriptor reports whether e_entry is the address of a descriptor in data,
// not of code. The 64-bit PowerPC ABI before ELFv2 has such descriptors.
func (h *header) entryIsDescriptor() bool {
	return h.machine == elf.EM_PPC64 && h.flags&ppc64ABIMask != ppc64ELFv2
}

// isaLevel returns the x86-64 level that GNU_PROPERTY_X86_ISA_1_NEEDED asks for
// (x86-64 psABI, "Program Property"): bit 0 is the baseline, bit 3 is v4.
func isaLevel(needed uint32) int {
	for level := 4; level > 0; level-- {
		if needed&(1<<(level-1)) != 0 {
			return level
		}
	}
	return 0
}

// checkISA compares the level in an amd64 program's note with the platform's variant.
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
		reason := newReason(CodeISALevel, n.isaAt, "needs a processor of level %s, the platform %s promises %s", r.ISALevel, platformName(p), levelName(has))
		reason.Platform, reason.PlatformISALevel = platformName(p), levelName(has)
		r.warn(reason)
	}
}

func levelName(level int) string { return fmt.Sprintf("x86-64-v%d", level) }

// amd64Level returns the level of a variant of amd64: 3 for "v3", 1 for none.
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
