// Package verify answers one question about an ELF file: will it run in an
// empty root filesystem? Such a file is called static here, whatever the
// flags it was built with.
//
// The package knows only the file. It does not know how the file was built or where
// it will be used, so it reports facts and gives no advice. A caller can derive advice
// from the codes and the facts.
//
// # What decides
//
// The kernel starts a program from its ELF header and its program headers, so only
// these decide. The package never reads section headers, which may be wrong or
// missing.
//
// These are the checks. All but the first read only the file's bytes:
//
//  1. The path. It leads to a regular file inside the root, with an execute bit.
//  2. The format. The file starts with the ELF magic.
//  3. The ELF header. Machine, class, byte order and calling convention are those of
//     the platform or, without a platform, of any known platform. The file is for
//     Linux, and is a program.
//  4. The program headers. The table is in the file, and has the right size.
//  5. The dynamic loader. There is no PT_INTERP.
//  6. The libraries. There is no DT_NEEDED, and the file is no shared library.
//  7. The segments. The kernel can map each PT_LOAD as it says, none covers
//     another, and the entry point is in executable bytes.
//  8. The packer. A packed program is refused, since it hides what it starts.
//
// # What is reported
//
// The result is a [Report]: a [Verdict], a [Reason] for each cause of a refusal,
// warnings that do not change the verdict, and the facts.
//
// A reason has a [Code] for programs and a message for people. Its Offset is the
// place of the cause in the file, as in a FormatError of debug/elf. The report has
// the facts about the file, such as its loader, its libraries and its machine. The
// reason has the facts about the cause, such as the platform, or the format of a file
// that is not ELF.
//
// # How it is called
//
// [ELF] makes a report of bytes. [Open] finds a path inside a root directory as a
// process in a chroot would, and never leaves it. It returns the open file, so that
// the caller uses the same bytes that were verified. [Path] returns only the report.
// [Tree] is a root of several directories.
//
// # Cost
//
// For most files, one read of 4 KiB is enough. The package never loads a whole file
// into memory, whatever its headers claim: every table has a limit. It searches the
// content only for glibc's name service switch, in files with glibc's ABI note, and for
// hints, if [Options.Hints] asks for them. One pass over the content does both.
//
// # What cannot be known
//
// A statically linked program can still need something at run time. The package
// reports only what leaves a reliable mark:
//
//   - dlopen and iconv in a static glibc program load modules from the root. In a
//     stripped program, nothing tells if it calls them.
//   - [CodeGlibcNSS] says that glibc's name service switch is linked in. It does not
//     say if the program uses it, or with which nsswitch.conf.
//   - A program without glibc's note may still be a glibc program.
//   - A packed program hides what it starts. UPX is recognised by its own
//     signature. A changed or unknown packer does not leave one.
//   - The linker's notes tell which instructions a program needs. Go's GOAMD64 and
//     a mere -march leave no such note.
//   - A program may open or execute other files by name, such as a shell, a plugin or
//     a configuration file.
package verify
