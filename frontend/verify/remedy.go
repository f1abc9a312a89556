package verify

import (
	"fmt"
	"path"
	"strings"
)

// Remedies that need no facts.
const (
	remedyTruncated = "the file was not written to its end: build again, and see that a failing linker, a full disk or a cut copy fails the build"
	remedyDamaged   = "the file is damaged: build again, and look at what the build does to it after linking (strip, objcopy, patchelf)"
	remedyArchive   = "link it into a program, and name that as the binary"
	remedyForeignOS = "build for Linux: GOOS=linux for Go, a linux target for a cross compiler or Rust's --target"
	remedyScript    = "name a compiled program as the binary; a script needs its interpreter, and that one's own libraries, in the image"
	remedyMode      = "make it executable in the build: chmod +x"
	remedyPath      = "look at what the build makes and where: paths are relative to the working directory"
)

// Remedies for dynamic programs, by what made them.
const (
	remedyC      = "C and C++: link with -static"
	remedyRust   = "Rust: build for a musl target, or with RUSTFLAGS='-C target-feature=+crt-static'"
	remedyGo     = "Go: build with CGO_ENABLED=0; where cgo is needed, with -ldflags='-linkmode=external -extldflags=-static'"
	remedyGoPIE  = "Go: build without -buildmode=pie; where a PIE is wanted, add CGO_ENABLED=1 and -ldflags='-linkmode=external -extldflags=-static-pie'"
	remedyIgnore = "if the build asks for -static-pie or +crt-static already, its linker or a wrapper ignores that: use -static, and look at the linker's own arguments (-v)"
	remedyMusl   = "link with -static, and install the apk package that has each library's .a: its -static package, or its -dev package"
	remedyLinker = "it has nothing to load, the linker was only told its name: take -dynamic-linker away from the linker's arguments, which mold and lld obey in every link and GNU ld in that of a PIE"
)

// remedyInterpreter says what to change in the build of a dynamic program:
// by its loader, whether it has libraries, and whether Go made it.
func remedyInterpreter(loader string, needed bool, byGo bool) string {
	switch {
	case byGo && !needed:
		return remedyGoPIE
	case byGo:
		return remedyGo
	case !needed:
		return join(remedyLinker, remedyGoPIE)
	case strings.HasPrefix(path.Base(loader), "ld-musl-"):
		return join(remedyMusl, remedyRust, remedyIgnore)
	}
	return join(remedyC, remedyRust, remedyGo, remedyIgnore)
}

func join(remedies ...string) string { return strings.Join(remedies, "; ") }

// maxShownNeeded is how many libraries a message names.
const maxShownNeeded = 8

// neededMessage names the libraries that a program asks for.
func neededMessage(names []string, more int) string {
	shown := names[:min(len(names), maxShownNeeded)]
	more += len(names) - len(shown)
	noun := "the shared library "
	if len(names)+more > 1 {
		noun = "the shared libraries "
	}
	s := "needs " + noun + strings.Join(shown, ", ")
	if more > 0 {
		s += fmt.Sprintf(" and %d more", more)
	}
	return s + " (DT_NEEDED), which a scratch image does not have"
}

// remedyNeeded says which static libraries replace the shared ones.
func remedyNeeded(names []string) string {
	var archives []string
	for _, name := range names {
		if a, ok := archiveOf(name); ok && len(archives) < maxShownNeeded {
			archives = append(archives, a)
		}
	}
	if len(archives) == 0 {
		return "link the C library in: -static"
	}
	return "link with -static, with " + strings.Join(archives, ", ") + " installed: the apk packages are called -static or -dev"
}

// archiveOf turns the name of a shared library into its static one's:
// "libz.so.1" is libz.a. The C library's own
// parts, and the compiler's, come with -static.
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
