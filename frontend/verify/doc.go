// Package verify answers one question about an ELF file: will it run in an
// empty root filesystem? Such a file is called static here, whatever the
// flags it was built with.
//
// # What decides
//
// The kernel starts a program from its ELF header and its program headers, so
// these alone decide. Section headers may lie, or be stripped away, and are
// never read. The outcome is a [Report]: a [Verdict], the [Reason] for every
// refusal with a remedy that fits its cause, warnings that leave the verdict
// alone, and the facts they were drawn from.
//
// [ELF] is pure: bytes in, report out. [Open] finds a path inside a root
// directory as a process in a chroot would, never outside it, and hands back
// the opened file, so that the bytes that are used are the bytes that were
// verified. [Path] is both in one call.
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
