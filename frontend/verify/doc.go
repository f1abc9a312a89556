// Package verify answers one question about an ELF file: will it run in an
// empty root filesystem? Such a file is called static here, whatever the
// flags it was built with.
//
// The package knows a file and nothing else. It tells facts; it does not know how
// the file was built or where it will be used, so it gives no advice. Who calls it
// words that, from the codes and the facts.
//
// # What decides
//
// The kernel starts a program from its ELF header and its program headers, so
// these alone decide. Section headers may be wrong or absent. They are never read.
//
// The checks go from the outside to the inside. All but the first look at bytes:
//
//  1. The path. It leads to a regular file inside the root, with an execute bit.
//  2. The kind. The file starts with the ELF magic.
//  3. The ELF header. Machine, class, byte order and calling convention are the
//     platform's; without a platform they are those of one platform that is known
//     here. The file is made for Linux, and is a program.
//  4. The program headers. The table is in the file, and as large as it says.
//  5. The dynamic loader. There is no PT_INTERP.
//  6. The libraries. There is no DT_NEEDED, and the file is no shared library.
//  7. The segments. The kernel can map each PT_LOAD as it says, none covers
//     another, and the entry point is in executable bytes.
//  8. The packer. A packed program is refused, since it hides what it starts.
//
// # What is reported
//
// The outcome is a [Report]: a [Verdict], a [Reason] for each cause of a refusal,
// warnings that do not change the verdict, and the facts.
//
// A reason has a [Code] for programs and a message for people. Its Offset says where
// in the file the cause was found, as that of a FormatError in debug/elf does. Facts
// about the file are in the report: its loader, its libraries, its machine. Facts
// about the cause alone are in the reason: the platform that it was compared with,
// the format of a file that is not ELF.
//
// # How it is called
//
// [ELF] is pure: bytes in, report out. [Open] finds a path inside a root
// directory as a process in a chroot would, never outside it. It returns
// the opened file, so that the bytes that are used are the bytes that were
// verified. [Path] is both in one call. [Tree] is for a root that is made of
// several directories.
//
// # Cost
//
// One read of 4 KiB decides most files. A file is never loaded into memory,
// whatever its size and whatever its headers claim: every table has a bound.
// Content is scanned only for glibc's name service switch, in files that carry
// glibc's ABI note, and for resource hints when [Options.Hints] asks for them:
// as a stream, once for both.
//
// # What cannot be known
//
// A statically linked program can still want something at run time. The
// package reports what leaves a reliable mark and guesses at nothing else:
//
//   - dlopen and iconv in a static glibc program load modules from the root;
//     in a stripped program nothing tells whether they are ever called.
//   - The name service switch of a static glibc program is seen as linked
//     ([CodeGlibcNSS]); whether it is used, and under which nsswitch.conf, is
//     not.
//   - A program with none of glibc's marks is 'not seen to be glibc', no more.
//   - A packed program hides what it starts. UPX is recognised by its own
//     signature, which a changed or home-made packer does not leave.
//   - The instructions a program needs are known only where the linker noted
//     them; Go's GOAMD64 and a mere -march leave no such note.
//   - A file that a program opens or executes by name (a shell, a plugin, a
//     configuration file) is its own affair.
package verify
