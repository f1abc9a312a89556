// Package remedy says what to change for each reason and each hint of a report of
// package verify. Package verify knows a file and nothing else; the advice here is
// for someone who builds a static image, with a Scratchfile where one is named.
//
// [For] gives the advice on one reason. [Report] is a report with the advice on all of
// it, as text and as JSON.
package remedy

import (
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// Remedies of several codes.
const (
	truncated = "the file was not written to its end: build again, and see that a failing linker, a full disk or a cut copy fails the build"
	damaged   = "the file is damaged: build again, and look at what the build does to it after linking (strip, objcopy, patchelf)"
	foreignOS = "build for Linux: GOOS=linux for Go, a linux target for a cross compiler or Rust's --target"
	wrongPath = "look at what the build makes and where: paths are relative to the working directory"
)

// For says what to change for a reason or warning of a report; "" for a code that is
// not known here.
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

// byCode gives the remedies that depend on the code alone.
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
		verify.CodeScript:            "name a compiled program as the binary; a script needs its interpreter, and that one's own libraries, in the image",
		verify.CodeArchive:           "link it into a program, and name that as the binary",
		verify.CodeTruncated:         truncated,
		verify.CodePlatformUnknown:   "build for a platform that Go knows, such as linux/amd64 or linux/arm64",
		verify.CodeOSABI:             foreignOS,
		verify.CodeMalformedSegments: damaged,
		verify.CodeNoLoad:            damaged,
		verify.CodeMalformedLoad:     damaged,
		verify.CodeMalformedProperty: damaged,
		verify.CodeMalformedInterp:   damaged,
		verify.CodeMalformedDynamic:  damaged,
		verify.CodePacked:            "leave the program unpacked in the build, so that it can be verified, and let it be packed after that: binary: {compress: upx}",
		verify.CodeNotPacked:         "look at what upx printed; leave binary.compress out for a program that upx can't pack",
		// Warnings.
		verify.CodeAboveRoot:  "take '..' out of the path or link",
		verify.CodeSetuid:     "take it away unless the program is meant to change its user: chmod ug-s",
		verify.CodeExecStack:  "link with -z noexecstack; assembler files need a .note.GNU-stack section",
		verify.CodeUPXMark:    "if it was packed, leave it unpacked in the build",
		verify.CodeGlibcNSS:   "build with musl, or for Go with -tags netgo,osusergo; plain 'files' and 'dns' lookups may work as they are, so test them",
		verify.CodeShortPage:  "see that the file was written to its end",
		verify.CodeLowAddress: "link it at the linker's own address: drop -Ttext, -Ttext-segment and --image-base",
		verify.CodeMemory:     "allocate large tables while running, as far as they are used",
	}
}

// forFormat says what to do about a file of another format than ELF.
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
	return "name the program that the build makes; what the linker writes starts with the bytes 7f 45 4c 46"
}

// forType says what to do about an ELF file that is no program.
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

// forEntry says what to do about an entry point without code.
func forEntry(found verify.Found) string {
	switch found {
	case verify.FoundELFHeader:
		return "name the entry point for the linker: -e, or a function _start"
	case verify.FoundDebugSymbols:
		return "name the program itself, not the file that objcopy --only-keep-debug made"
	}
	return damaged
}

// Remedies for dynamic programs, by what made them.
const (
	dynamicC      = "C and C++: link with -static"
	dynamicRust   = "Rust: build for a musl target, or with RUSTFLAGS='-C target-feature=+crt-static'"
	dynamicGo     = "Go: build with CGO_ENABLED=0; where cgo is needed, with -ldflags='-linkmode=external -extldflags=-static'"
	dynamicGoPIE  = "Go: build without -buildmode=pie; where a PIE is wanted, add CGO_ENABLED=1 and -ldflags='-linkmode=external -extldflags=-static-pie'"
	dynamicIgnore = "if the build asks for -static-pie or +crt-static already, its linker or a wrapper ignores that: use -static, and look at the linker's own arguments (-v)"
	dynamicMusl   = "link with -static, and install the apk package that has each library's .a: its -static package, or its -dev package"
	dynamicLinker = "it has nothing to load, the linker was only told its name: take -dynamic-linker away from the linker's arguments, which mold and lld obey in every link and GNU ld in that of a PIE"
)

// forInterpreter says what to change in the build of a dynamic program: by its loader,
// whether it has libraries, and whether Go made it.
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
	return "link with -static, with " + strings.Join(archives, ", ") + " installed: the apk packages are called -static or -dev"
}

// archiveOf turns the name of a shared library into its static one's: "libz.so.1" is
// libz.a. The C library's own parts, and the compiler's, come with -static.
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
