// Package remedy says what to change for each reason and each hint in a report of
// package verify. Package verify knows only the file. The advice here is for a user who
// builds a static image with a Scratchfile.
//
// [For] returns the advice on one reason. [Report] is a report with the advice on all
// reasons and hints, as text and as JSON.
package remedy

import (
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Remedies of several codes.
const (
	truncated = "the file is incomplete: build again, and make sure that the build fails if the linker fails or the disk is full"
	damaged   = "the file is damaged: build again, and look at what the build does to it after linking (strip, objcopy, patchelf)"
	misplaced = "leave -n, -N, -z max-page-size, -Ttext, -Tdata and --image-base out of the linker's arguments; if it gets none of them, " + damaged
	foreignOS = "build for Linux: GOOS=linux for Go, a linux target for a cross compiler or Rust's --target"
	wrongPath = "look at what the build makes and where: paths are relative to the working directory"
)

// For says what to change for a reason or warning of a report. It returns "" for an
// unknown code.
func For(r *verify.Report, reason verify.Reason) string {
	switch reason.Code {
	case verify.CodeNotELF:
		return forFormat(reason.Found)
	case verify.CodeMachine, verify.CodeClass, verify.CodeData:
		return forMachine(r, reason)
	case verify.CodeABI, verify.CodeFloatABI:
		return forABI(r.Machine, reason.Code)
	case verify.CodeNotAProgram:
		return forType(r.Type)
	case verify.CodeBadEntry:
		return forEntry(reason.Found)
	case verify.CodeInterpreter:
		return forInterpreter(r.Interpreter, len(r.Needed) > 0, r.GoToolchain)
	case verify.CodeNeeded:
		return forNeeded(r.Needed)
	case verify.CodeISALevel:
		return fmt.Sprintf("compile with -march=%s or less, or build for linux/amd64/%s",
			reason.PlatformISALevel, strings.TrimPrefix(r.ISALevel, "x86-64-"))
	}
	return byCode()[reason.Code]
}

// byCode returns the remedies that depend only on the code.
func byCode() map[verify.Code]string {
	return map[verify.Code]string{
		// The path.
		verify.CodeMissing:         wrongPath,
		verify.CodeSymlinkDangling: "point the link at a file that the build makes, or name that file itself; an absolute link starts at the build's root",
		verify.CodeSymlinkLoop:     "name the program itself",
		verify.CodeUnseen:          "copy the program out of there once it is made, and name the copy",
		verify.CodeDirectory:       "name the program in it",
		verify.CodeNotRegular:      wrongPath,
		verify.CodeNotExecutable:   "make it executable in the build: chmod +x",
		// The file.
		verify.CodeEmpty:             truncated,
		verify.CodeScript:            "name a compiled program as the binary; a script needs its interpreter and the interpreter's libraries in the image",
		verify.CodeArchive:           "link it into a program, and name that as the binary",
		verify.CodeTruncated:         truncated,
		verify.CodePlatformUnknown:   "build for a platform that Go knows, such as linux/amd64 or linux/arm64",
		verify.CodeOSABI:             foreignOS,
		verify.CodeMalformedSegments: damaged,
		verify.CodeNoLoad:            damaged,
		verify.CodeMalformedLoad:     misplaced,
		verify.CodeMalformedProperty: damaged,
		verify.CodeMalformedInterp:   damaged,
		verify.CodeMalformedDynamic:  damaged,
		verify.CodePacked:            "don't pack the program in the build: binary: {compress: upx} packs it after it is verified",
		verify.CodeNotPacked:         "look at what upx printed; leave binary.compress out for a program that upx can't pack",
		// Warnings.
		verify.CodeAboveRoot:  "take '..' out of the path or link",
		verify.CodeSetuid:     "remove the bit, unless the program must change its user: chmod ug-s",
		verify.CodeExecStack:  "link with -z noexecstack; assembler files need a .note.GNU-stack section",
		verify.CodeUPXMark:    "if the build packs it, leave that out",
		verify.CodeGlibcNSS:   "build with musl, or for Go with -tags netgo,osusergo; plain 'files' and 'dns' lookups may work as they are, so test them",
		verify.CodeShortPage:  "make sure that the file is complete",
		verify.CodeLowAddress: "link it at the linker's default address: drop -Ttext, -Ttext-segment and --image-base",
		verify.CodeMemory:     "allocate large tables at run time, when they are used",
	}
}

// forFormat says what to change for a file that is not ELF.
func forFormat(found verify.Found) string {
	switch found {
	case verify.FoundPE, verify.FoundMachO:
		return foreignOS
	case verify.FoundWasm:
		return "build for the platform's machine; a kernel does not start WebAssembly"
	case verify.FoundBitcode:
		return "link it: the compiler's last call must make a program"
	case verify.FoundGzip:
		return "unpack it in the build"
	case verify.FoundZip:
		return "unpack it in the build; a jar needs a Java runtime, which a scratch image does not have"
	}
	return "name the program that the build makes; an ELF file starts with the bytes 7f 45 4c 46"
}

// forType says what to change for an ELF file that is not a program.
func forType(elfType string) string {
	switch elfType {
	case "ET_REL":
		return "link it: drop -c from the compiler's last call, and name the program as the binary"
	case "ET_CORE":
		return "a program crashed during the build and left it; name the program as the binary"
	case "ET_DYN":
		return "name a program as the binary; drop -shared, Go's -buildmode=c-shared or Rust's crate type cdylib"
	}
	return "name a linked program as the binary"
}

// forEntry says what to change for an entry point without code.
func forEntry(found verify.Found) string {
	switch found {
	case verify.FoundELFHeader:
		return "name the entry point for the linker: -e, or a function _start"
	case verify.FoundDebugSymbols:
		return "name the program itself, not the file that objcopy --only-keep-debug made"
	}
	return damaged
}

// Remedies for dynamic programs, by cause.
const (
	dynamicC      = "C and C++: link with -static"
	dynamicRust   = "Rust: build for a musl target, or with RUSTFLAGS='-C target-feature=+crt-static'"
	dynamicGo     = "Go: build with CGO_ENABLED=0; where cgo is needed, with -ldflags='-linkmode=external -extldflags=-static'"
	dynamicGoPIE  = "Go: build without -buildmode=pie; where a PIE is wanted, add CGO_ENABLED=1 and -ldflags='-linkmode=external -extldflags=-static-pie'"
	dynamicIgnore = "if the build already asks for -static-pie or +crt-static, its linker or a wrapper ignores that: use -static, and look at the linker's own arguments (-v)"
	dynamicMusl   = "link with -static, also where the project's own options replace LDFLAGS (LDFLAGS= in a Makefile, -DCMAKE_EXE_LINKER_FLAGS= with a toolchain file of its own, Meson's -Dc_link_args= and -Dcpp_link_args=), and install the apk package that has each library's .a: its -static package, or its -dev package"
	dynamicLinker = "the loader has no libraries to load: remove -dynamic-linker from the linker's arguments, which mold and lld always obey, and GNU ld for a PIE"
)

// forInterpreter says what to change for a dynamic program. It depends on the loader,
// on whether the program needs libraries, and on whether Go made it.
func forInterpreter(loader string, needed bool, byGo bool) string {
	switch {
	case byGo && !needed:
		return dynamicGoPIE
	case byGo:
		return dynamicGo
	case !needed:
		return join(dynamicLinker, dynamicGoPIE)
	case strings.HasPrefix(path.Base(loader), "ld-musl-"):
		return join(dynamicMusl, dynamicRust, dynamicIgnore)
	}
	return join(dynamicC, dynamicRust, dynamicGo, dynamicIgnore)
}

func join(remedies ...string) string { return strings.Join(remedies, "; ") }

// maxArchives is how many static libraries a remedy names.
const maxArchives = 8

// forNeeded says which static libraries replace the shared ones.
func forNeeded(names []string) string {
	var archives []string
	for _, name := range names {
		if a, ok := archiveOf(name); ok && len(archives) < maxArchives {
			archives = append(archives, a)
		}
	}
	if len(archives) == 0 {
		return "link the C library in: -static"
	}
	return "link with -static, and install " + strings.Join(archives, ", ") + ": the names of their apk packages end in -static or -dev"
}

// archiveOf returns the static library for a shared one: libz.a for "libz.so.1". It
// returns false for the parts of the C library and of the compiler, which -static adds.
func archiveOf(name string) (string, bool) {
	stem, _, ok := strings.Cut(path.Base(name), ".so")
	if !ok || !strings.HasPrefix(stem, "lib") {
		return "", false
	}
	for _, own := range []string{"libc", "libm", "libdl", "libpthread", "librt", "libresolv", "libutil", "libgcc_s"} {
		if stem == own || strings.HasPrefix(stem, own+".musl-") {
			return "", false
		}
	}
	return stem + ".a", true
}
