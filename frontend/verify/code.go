package verify

// Code names the cause of a refusal or warning. Programs may compare codes: a code
// never changes its meaning.
type Code string

// Codes of refusals, in the order of the checks.
const (
	// CodeMissing: no such file inside the root.
	CodeMissing Code = "missing"
	// CodeSymlinkDangling: a symbolic link leads to nothing inside the root.
	CodeSymlinkDangling Code = "symlink-dangling"
	// CodeSymlinkLoop: symbolic links lead in a circle, or there are more
	// than the kernel follows.
	CodeSymlinkLoop Code = "symlink-loop"
	// CodeUnseen: the path leads into a [Mount] without Dir.
	CodeUnseen Code = "unseen"
	// CodeDirectory: the path is a directory.
	CodeDirectory Code = "directory"
	// CodeNotRegular: a FIFO, socket or device, which is never opened.
	CodeNotRegular Code = "not-regular"
	// CodeNotExecutable: the file's mode has no execute bit.
	CodeNotExecutable Code = "not-executable"
	// CodeEmpty: the file has no bytes.
	CodeEmpty Code = "empty"
	// CodeScript: the file starts with "#!".
	CodeScript Code = "script"
	// CodeArchive: the file is a library archive (ar).
	CodeArchive Code = "archive"
	// CodeNotELF: the file is of another format.
	CodeNotELF Code = "not-elf"
	// CodeTruncated: headers or a segment reach past the end of the file.
	CodeTruncated Code = "truncated"
	// CodeClass: the file is 32-bit and the platform or machine is 64-bit, or the
	// other way round, or EI_CLASS is invalid.
	CodeClass Code = "class"
	// CodeData: the file's byte order is not that of the platform or machine, or
	// EI_DATA is invalid.
	CodeData Code = "data"
	// CodePlatformUnknown: this package does not know the platform.
	CodePlatformUnknown Code = "platform-unknown"
	// CodeOSABI: the file is for another operating system.
	CodeOSABI Code = "osabi"
	// CodeMachine: the file is for another machine than the platform's, or for a
	// machine that this package does not know.
	CodeMachine Code = "machine"
	// CodeABI: the file is for the platform's machine, but has a calling convention
	// that its kernel does not run.
	CodeABI Code = "abi"
	// CodeNotAProgram: an object file, a shared library or a core dump.
	CodeNotAProgram Code = "not-a-program"
	// CodeMalformedSegments: the program header table is out of bounds.
	CodeMalformedSegments Code = "malformed-segments"
	// CodeNoLoad: there is nothing to load.
	CodeNoLoad Code = "no-load"
	// CodeMalformedLoad: the kernel can't map a PT_LOAD as its header says.
	CodeMalformedLoad Code = "malformed-load"
	// CodeBadEntry: the entry point is not in an executable segment's bytes.
	CodeBadEntry Code = "bad-entry"
	// CodeMalformedProperty: the machine's kernel does not start a program with
	// this PT_GNU_PROPERTY.
	CodeMalformedProperty Code = "malformed-property"
	// CodeInterpreter: the program asks for a dynamic loader.
	CodeInterpreter Code = "interpreter"
	// CodeMalformedInterp: the name in a PT_INTERP can't be read.
	CodeMalformedInterp Code = "malformed-interp"
	// CodeNeeded: the program asks for shared libraries.
	CodeNeeded Code = "needed"
	// CodeMalformedDynamic: a PT_DYNAMIC has no end.
	CodeMalformedDynamic Code = "malformed-dynamic"
	// CodePacked: the file is packed by UPX, which hides the real program.
	CodePacked Code = "packed"
	// CodeNotPacked: [Options.Packed] is set, and the program is not packed.
	CodeNotPacked Code = "not-packed"
)

// Codes of warnings. Warnings do not change the verdict.
const (
	// CodeAboveRoot: the path or a link has a '..' at the root, where it stays.
	CodeAboveRoot Code = "above-root"
	// CodeSetuid: the file has a set-user-ID or set-group-ID bit.
	CodeSetuid Code = "setuid"
	// CodeExecStack: the program asks for an executable stack.
	CodeExecStack Code = "exec-stack"
	// CodeUPXMark: the file has UPX's signature at UPX's place, but is not built
	// like a packed program.
	CodeUPXMark Code = "upx-mark"
	// CodeGlibcNSS: glibc's name service switch is linked in.
	CodeGlibcNSS Code = "glibc-nss"
	// CodeISALevel: the program needs newer x86-64 instructions than the platform
	// has.
	CodeISALevel Code = "isa-level"
	// CodeFloatABI: the program uses a float unit that the platform may not have.
	CodeFloatABI Code = "float-abi"
	// CodeShortPage: a segment reaches past the end of the file, inside the
	// file's last page.
	CodeShortPage Code = "short-page"
	// CodeLowAddress: a segment is at addresses that many kernels keep free.
	CodeLowAddress Code = "low-address"
	// CodeMemory: the program asks for much memory at its start.
	CodeMemory Code = "memory"
)
