package verify

// Code names a cause. Codes are stable: programs may compare them, and a code
// never changes its meaning.
type Code string

// Codes of refusals, from the path to the program's last header.
const (
	// CodeMissing: no such file inside the root.
	CodeMissing Code = "missing"
	// CodeSymlinkDangling: a symbolic link leads to nothing inside the root.
	CodeSymlinkDangling Code = "symlink-dangling"
	// CodeSymlinkLoop: symbolic links lead in a circle, or there are more
	// than the kernel follows.
	CodeSymlinkLoop Code = "symlink-loop"
	// CodeUnseen: the path leads to a place of a [Tree] whose content can't be
	// seen.
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
	// CodeArchive: the file is a library archive, as ar makes them.
	CodeArchive Code = "archive"
	// CodeNotELF: the file is of another format.
	CodeNotELF Code = "not-elf"
	// CodeTruncated: headers or a segment reach past the end of the file.
	CodeTruncated Code = "truncated"
	// CodeClass: 32-bit where the platform or the machine wants 64, or the
	// other way round, or neither.
	CodeClass Code = "class"
	// CodeData: the wrong byte order for the platform or the machine, or none.
	CodeData Code = "data"
	// CodePlatformUnknown: a platform that this package has no rule for.
	CodePlatformUnknown Code = "platform-unknown"
	// CodeOSABI: made for another operating system.
	CodeOSABI Code = "osabi"
	// CodeMachine: made for another machine than the platform's, or for one
	// that this package does not know.
	CodeMachine Code = "machine"
	// CodeABI: made for the platform's machine, with a calling convention
	// that its kernel does not run.
	CodeABI Code = "abi"
	// CodeNotAProgram: an object file, a shared library or a core dump.
	CodeNotAProgram Code = "not-a-program"
	// CodeMalformedSegments: the program header table is out of bounds.
	CodeMalformedSegments Code = "malformed-segments"
	// CodeNoLoad: there is nothing to load.
	CodeNoLoad Code = "no-load"
	// CodeMalformedLoad: a PT_LOAD that the kernel cannot map, or not as it
	// says.
	CodeMalformedLoad Code = "malformed-load"
	// CodeBadEntry: the entry point is not in an executable segment's bytes.
	CodeBadEntry Code = "bad-entry"
	// CodeMalformedProperty: a PT_GNU_PROPERTY for which the machine's kernel
	// does not start the program.
	CodeMalformedProperty Code = "malformed-property"
	// CodeInterpreter: the program asks for a dynamic loader.
	CodeInterpreter Code = "interpreter"
	// CodeMalformedInterp: a PT_INTERP whose name cannot be read.
	CodeMalformedInterp Code = "malformed-interp"
	// CodeNeeded: the program asks for shared libraries.
	CodeNeeded Code = "needed"
	// CodeMalformedDynamic: a PT_DYNAMIC that cannot be read to its end.
	CodeMalformedDynamic Code = "malformed-dynamic"
	// CodePacked: the real program is hidden by an executable packer.
	CodePacked Code = "packed"
	// CodeNotPacked: [Options.Packed] is set, and the program is not packed.
	CodeNotPacked Code = "not-packed"
)

// Codes of warnings; none of them changes a verdict.
const (
	// CodeAboveRoot: '..' or a link went above the root and was held there.
	CodeAboveRoot Code = "above-root"
	// CodeSetuid: a set-user-ID or set-group-ID bit.
	CodeSetuid Code = "setuid"
	// CodeExecStack: the program asks for an executable stack.
	CodeExecStack Code = "exec-stack"
	// CodeUPXMark: UPX's signature where UPX puts it, in a file that has more
	// program headers than a packed one.
	CodeUPXMark Code = "upx-mark"
	// CodeGlibcNSS: glibc's name service switch is linked in.
	CodeGlibcNSS Code = "glibc-nss"
	// CodeISALevel: needs newer x86-64 instructions than the platform has.
	CodeISALevel Code = "isa-level"
	// CodeFloatABI: uses a float unit that the platform may not have.
	CodeFloatABI Code = "float-abi"
	// CodeShortPage: a segment reaches past the end of the file, inside the
	// file's last page.
	CodeShortPage Code = "short-page"
	// CodeLowAddress: a segment at addresses that many kernels keep free.
	CodeLowAddress Code = "low-address"
	// CodeMemory: asks for much memory at its start.
	CodeMemory Code = "memory"
)
