package verify

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
)

// target is an architecture of image platforms, as an ELF header says it.
type target struct {
	arch    string // ocispecs.Platform.Architecture
	machine elf.Machine
	class   elf.Class
	data    elf.Data
	space   addressSpace
}

// addressSpace is the addresses that a kernel gives a program, in the largest
// configuration of the kernel.
type addressSpace struct {
	end   uint64 // behind the last address (TASK_SIZE)
	stack uint64 // the stack is among that many addresses before the end
}

// targets returns all known architectures. EM_X86_64 with ELFCLASS32 (x32) is not
// among them, since kernels are built without it.
//
// The end is TASK_SIZE in the kernel's source: arch/x86/include/asm/page_64_types.h
// and page_types.h, arm64 asm/memory.h and processor.h, and so on. The stack starts a
// random number of pages below the end (STACK_RND_MASK), and grows down.
func targets() []target {
	const (
		le, be  = elf.ELFDATA2LSB, elf.ELFDATA2MSB
		c32     = elf.ELFCLASS32
		c64     = elf.ELFCLASS64
		stack   = 17 << 30
		stack32 = 24 << 20
	)
	return []target{
		{"amd64", elf.EM_X86_64, c64, le, addressSpace{1<<47 - pageSize, stack}},
		{"386", elf.EM_386, c32, le, addressSpace{1<<32 - 2*pageSize, stack32}},
		{"arm64", elf.EM_AARCH64, c64, le, addressSpace{1 << 48, stack}},
		{"arm", elf.EM_ARM, c32, le, addressSpace{1<<32 - pageSize, stack32}},
		{"riscv64", elf.EM_RISCV, c64, le, addressSpace{1 << 47, stack}},
		{"ppc64le", elf.EM_PPC64, c64, le, addressSpace{1 << 52, stack}},
		{"ppc64", elf.EM_PPC64, c64, be, addressSpace{1 << 52, stack}},
		{"s390x", elf.EM_S390, c64, be, addressSpace{1 << 53, stack}},
		{"loong64", elf.EM_LOONGARCH, c64, le, addressSpace{1 << 47, stack}},
		{"mips64le", elf.EM_MIPS, c64, le, addressSpace{1 << 48, stack}},
		{"mips64", elf.EM_MIPS, c64, be, addressSpace{1 << 48, stack}},
		{"mipsle", elf.EM_MIPS, c32, le, addressSpace{1<<31 - 8*pageSize, stack32}},
		{"mips", elf.EM_MIPS, c32, be, addressSpace{1<<31 - 8*pageSize, stack32}},
	}
}

// findTarget returns the first target that matches, and the zero target if none does.
func findTarget(matches func(target) bool) target {
	all := targets()
	if i := slices.IndexFunc(all, matches); i >= 0 {
		return all[i]
	}
	return target{}
}

// target returns the target of the header's machine, class and byte order.
func (h *header) target() target {
	return findTarget(func(t target) bool { return t.machine == h.machine && t.class == h.class && t.data == h.data })
}

// architecture returns the image platform's name for the header, or "".
func (h *header) architecture() string { return h.target().arch }

// addressSpace returns the addresses of the header's machine.
func (h *header) addressSpace() addressSpace { return h.target().space }

// checkKnown refuses a header of no known target. A kernel does not read class and
// byte order: it knows those of its machine. If the file says others, the kernel
// reads other program headers than everyone who believes the file.
func (h *header) checkKnown() *Reason {
	if h.architecture() != "" {
		return nil
	}
	name := machineName(h.machine)
	reason := newReason(CodeMachine, machineOffset, "is built for %s, which is no machine of any platform known here", name)
	for _, t := range targets() {
		switch {
		case t.machine != h.machine:
		case t.class != h.class:
			reason = newReason(CodeClass, elf.EI_CLASS, "says that it is a %s program, on a machine (%s) that runs %s ones", className(h.class), name, className(t.class))
		default:
			return newReason(CodeData, elf.EI_DATA, "says that it is %s, on a machine (%s) that is %s", orderName(h.data), name, orderName(t.data))
		}
	}
	return reason
}

// className and orderName return a class and a byte order for people.
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

// machineName returns the name of e_machine. For an unknown machine, elf.Machine
// would return the name of another one and a number.
func machineName(m elf.Machine) string {
	if name := m.String(); !strings.Contains(name, "+") {
		return name
	}
	return fmt.Sprintf("e_machine %d", uint16(m))
}

// Knows reports whether programs can be checked against a platform.
func Knows(p ocispecs.Platform) bool {
	_, ok := targetOf(p)
	return ok
}

// targetOf returns the target of a platform, and whether it is known.
func targetOf(p ocispecs.Platform) (target, bool) {
	t := findTarget(func(t target) bool { return t.arch == p.Architecture })
	return t, t.arch != "" && (p.OS == "" || p.OS == "linux")
}

// checkPlatform compares the header with the platform. It reports only the most
// important difference: a program for another machine may also have another class.
func checkPlatform(r *Report, h *header, p ocispecs.Platform) {
	if p.Architecture == "" {
		return
	}
	platform := platformName(p)
	want, known := targetOf(p)
	var reason *Reason
	switch {
	case !known:
		reason = &Reason{Code: CodePlatformUnknown, Message: fmt.Sprintf("can't be checked against %s, a platform that is not known here", platform)}
	case h.machine != want.machine:
		reason = newReason(CodeMachine, machineOffset, "is built for %s, the platform is %s", builtFor(h), platform)
	case h.class != want.class:
		reason = newReason(CodeClass, elf.EI_CLASS, "is a %s program, the platform %s runs %s ones", className(h.class), platform, className(want.class))
	case h.data != want.data:
		reason = newReason(CodeData, elf.EI_DATA, "is %s, the platform %s is %s", orderName(h.data), platform, orderName(want.data))
	default:
		checkABI(r, h, p)
		return
	}
	reason.Platform = platform
	r.refuse(reason)
}

// builtFor says what a file is built for: an architecture if it has a name, else
// machine and class.
func builtFor(h *header) string {
	if arch := h.architecture(); arch != "" {
		return fmt.Sprintf("%s (%s)", arch, machineName(h.machine))
	}
	return fmt.Sprintf("%s, %s", machineName(h.machine), h.class)
}

// platformName returns a platform as users write it: os/arch/variant.
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
