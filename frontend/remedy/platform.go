package remedy

import (
	"fmt"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// forMachine says what to change for a file of another machine than the platform's, or of
// an unknown machine.
func forMachine(r *verify.Report, reason verify.Reason) string {
	switch {
	case reason.Platform != "":
		return forPlatform(reason.Platform, r.Architecture)
	case r.Class == "" || reason.Code == verify.CodeData:
		return damaged // the header contradicts itself
	case reason.Code == verify.CodeClass:
		return "build for a platform that Go knows: x32 is not one; a tool other than the compiler may also have damaged the file"
	}
	return "build for a platform that Go knows, such as linux/amd64"
}

// forPlatform says how to build a program for a platform. built is the architecture that
// it was built for, or "".
func forPlatform(platform, built string) string {
	_, arch, _ := strings.Cut(platform, "/")
	arch, _, _ = strings.Cut(arch, "/")
	s := fmt.Sprintf("build for %s: Go GOARCH=%s, Rust --target %s, C a cross compiler for it", platform, arch, triples()[arch])
	if built != "" {
		s += fmt.Sprintf("; or build the image with --platform linux/%s", built)
	}
	return s
}

// triples returns the usual musl target of Rust and of cross compilers, by architecture.
func triples() map[string]string {
	return map[string]string{
		"amd64":    "x86_64-unknown-linux-musl",
		"386":      "i686-unknown-linux-musl",
		"arm64":    "aarch64-unknown-linux-musl",
		"arm":      "armv7-unknown-linux-musleabihf",
		"riscv64":  "riscv64gc-unknown-linux-musl",
		"ppc64le":  "powerpc64le-unknown-linux-musl",
		"ppc64":    "powerpc64-unknown-linux-musl",
		"s390x":    "s390x-unknown-linux-musl",
		"loong64":  "loongarch64-unknown-linux-musl",
		"mips64le": "mips64el-unknown-linux-muslabi64",
		"mips64":   "mips64-unknown-linux-muslabi64",
		"mipsle":   "mipsel-unknown-linux-musl",
		"mips":     "mips-unknown-linux-musl",
	}
}

// forABI says how to compile for the calling convention of a platform, by machine.
func forABI(machine string, code verify.Code) string {
	switch {
	case machine == "EM_ARM" && code == verify.CodeFloatABI:
		return "compile with -mfloat-abi=soft"
	case machine == "EM_ARM":
		return "compile with a compiler for EABI, such as arm-linux-gnueabi or arm-linux-musleabihf"
	case machine == "EM_RISCV":
		return "compile with -mabi=lp64d"
	case machine == "EM_PPC64":
		return "compile with -mabi=elfv2"
	case machine == "EM_MIPS":
		return "compile with -mabi=32"
	}
	return ""
}
