package toolchain

import (
	"cmp"
	"fmt"
	"strings"
)

// Target is a platform that a build compiles for on a machine of another architecture.
type Target struct {
	// Platform is the platform itself, such as linux/arm64.
	Platform string
	// Arch is apk's name of its architecture.
	Arch string
	// Triple is Alpine's name of it in compilers.
	Triple string

	// GOARCH and Variant are the values of TARGETARCH and TARGETVARIANT.
	GOARCH, Variant string
	// Machine is the kernel's name of it.
	Machine string
	// Family and Order are Meson's names of the family of processors and of the byte order.
	Family, Order string
}

// SysrootDir is where a command of the build has the root with the packages of the target.
// Compilers' caches have the path in their keys, so it is the same in all builds.
const SysrootDir = "/.scratch-frontend/sysroot"

// UnansweredSuffix ends the names of files, in the folder of the records of links, that are
// named by what pkg-config did not find.
const UnansweredSuffix = ".unanswered"

// pkgConfigFor answers for static libraries of the target. pkg-config puts the root of the
// target before the folders of a library that the build has made elsewhere, which
// PKG_CONFIG_PATH is for: that is undone.
//
// It notes what it did not find: a configure script that finds no library leaves out what needs
// it, and says nothing. One argument may ask for several libraries, and a version may be an
// argument of its own.
const pkgConfigFor = `#!/bin/sh
set -f
root=${PKG_CONFIG_SYSROOT_DIR-} undo= spaces=$IFS IFS=:
for dir in ${PKG_CONFIG_PATH-}; do
	made=${dir%/*/pkgconfig}
	[ -z "$root" ] || [ -z "$made" ] || [ -e "$root$made" ] || undo="$undo;s|$root$made|$made|g"
done
answer=$(/usr/bin/pkg-config --static "$@")
code=$?
[ -z "$answer" ] || printf '%s\n' "$answer" | sed "$undo"
[ $code != 0 ] || exit 0
note() {
	name=${asked%%[ <>=!]*}
	case $name in '' | [!A-Za-z_]* | *[!A-Za-z0-9._+-]*) return ;; esac
	/usr/bin/pkg-config --exists "$asked" || true >/.scratch-frontend/evidence/links/$name` + UnansweredSuffix + `
}
asked= IFS=",$spaces"
{
	for word in $*; do
		case $word in
		[0-9\<\>=!]*) asked="$asked $word" ;;
		*) note; asked=$word ;;
		esac
	done
	note
} 2>/dev/null
exit $code
`

// targets are the platforms of Alpine. Each row has Go's name of the architecture, its
// variant if there are several, and the names that apk, compilers, the kernel and Meson have
// for it.
var targets = []struct {
	goarch, variant, apk, cpu, system, machine, family, order string
}{
	{"386", "", "x86", "i586", musl, "i686", "x86", little},
	{"amd64", "", "x86_64", "x86_64", musl, "x86_64", "x86_64", little},
	{"arm", "v6", "armhf", "armv6", musl + "eabihf", "armv6l", "arm", little},
	{"arm", "v7", "armv7", "armv7", musl + "eabihf", "armv7l", "arm", little},
	{"arm64", "", "aarch64", "aarch64", musl, "aarch64", "aarch64", little},
	{"loong64", "", "loongarch64", "loongarch64", musl, "loongarch64", "loongarch64", little},
	{"ppc64le", "", "ppc64le", "powerpc64le", musl, "ppc64le", "ppc64", little},
	{"riscv64", "", "riscv64", "riscv64", musl, "riscv64", "riscv64", little},
	{"s390x", "", "s390x", "s390x", musl, "s390x", "s390x", big},
}

const (
	musl        = "-alpine-linux-musl"
	little, big = "little", "big"
)

// TargetOf returns the target platform of a build, by its platform args. A platform for
// which Alpine has no packages has no Arch.
func TargetOf(platform map[string]string) Target {
	out := Target{Platform: platform["TARGETPLATFORM"], GOARCH: platform["TARGETARCH"], Variant: platform["TARGETVARIANT"]}
	for _, t := range targets {
		if t.goarch == out.GOARCH && (t.variant == "" || t.variant == out.Variant) {
			out.Arch, out.Triple, out.Machine, out.Family, out.Order = t.apk, t.cpu+t.system, t.machine, t.family, t.order
		}
	}
	return out
}

// IsForTarget reports whether a package is one of the target in a build for another
// platform: what is compiled in or linked, and nothing that runs.
func IsForTarget(name string) bool {
	for _, end := range []string{"-dev", "-static", "-libs", "-headers"} {
		if strings.HasSuffix(name, end) {
			return true
		}
	}
	kind, _, virtual := strings.Cut(name, ":")
	return virtual && (kind == "pc" || kind == "so")
}

// For returns the toolchain for a build that compiles for another platform. It returns
// false if the toolchain can't.
func (t Toolchain) For(target Target) (Toolchain, bool) {
	if t.cross == nil {
		return t, false
	}
	out := t.cross(t, target)
	return out, target.Arch != "" || len(out.Runtime) == 0
}

// compiler are the packages of a C compiler for any target, which run on the machine of
// the build, and runtime what such a compiler links besides libraries. In Alpine, the
// package gcc has libgcc.
var (
	compiler = []string{"clang", "lld", "llvm"}
	runtime  = []string{"gcc", "musl-dev"}
)

// program is the name of one of the programs that [CompilerScript] makes.
func (t Target) program(name string) string { return t.Triple + "-" + name }

// sysroot are the variables by which build systems find the packages of a target.
func (t Target) sysroot() []Variable {
	return []Variable{
		{Name: "CHOST", Value: always(t.Triple)},
		{Name: "CMAKE_TOOLCHAIN_FILE", Value: always(t.cmakeFile())},
		{Name: "PKG_CONFIG_LIBDIR", Value: always(strings.Join(modules(), ":"))},
		{Name: "PKG_CONFIG_SYSROOT_DIR", Value: always(SysrootDir)},
	}
}

// modules are the folders of the target where pkg-config looks, as it does in Alpine.
func modules() []string {
	var out []string
	for _, dir := range []string{"/usr/local/lib", "/usr/local/share", "/usr/lib", "/usr/share"} {
		out = append(out, SysrootDir+dir+"/pkgconfig")
	}
	return out
}

// keyed returns caches whose entries also depend on the packages of the target.
func keyed(caches []Cache) []Cache {
	var out []Cache
	for _, c := range caches {
		if c.Key != "" {
			c.Key += "\ncat " + SysrootDir + "/lib/apk/db/installed " + SysrootDir + "/usr/lib/apk/db/installed 2>/dev/null || true"
		}
		out = append(out, c)
	}
	return out
}

func (t Target) cmakeFile() string { return "/usr/local/share/cmake/" + t.Triple + ".cmake" }

// CompilerScript returns lines of shell that make a C compiler for the target of the
// installed clang.
//
// A link with the target in its name is enough for clang. Its options are in a file that
// clang reads for the target, beside itself: no script stands before it, so ccache compares
// the compiler that it runs, and no option is unused where nothing is linked. Rust finds the
// standard library of the target by a link too.
func (t Target) CompilerScript() string {
	return fmt.Sprintf(`set -eu
clang=$(readlink -f "$(command -v clang)") && bin=${clang%%/*}
printf '%%s\n' --sysroot=%[2]s -fuse-ld=lld >"$bin/%[1]s.cfg"
for name in clang clang++; do
	ln -s "$(command -v $name)" /usr/bin/%[1]s-$name
	! [ -d /usr/lib/ccache/bin ] || ln -sf "$(command -v ccache)" /usr/lib/ccache/bin/%[1]s-$name
done
for name in ar nm objcopy ranlib strip; do
	tool=$bin/llvm-$name
	[ -e "$tool" ] || tool=$(command -v llvm-$name)
	ln -s "$tool" /usr/bin/%[1]s-$name
done
[ -e /usr/bin/llvm-strip ] || ln -s "$bin/llvm-strip" /usr/bin/llvm-strip
[ ! -d /usr/lib/rustlib ] || ln -s %[2]s/usr/lib/rustlib/%[1]s /usr/lib/rustlib/%[1]s
`, t.Triple, SysrootDir)
}

// Files returns the files by which build systems know the target, by their paths: a
// toolchain file of CMake, and a cross file of Meson, which Meson finds by its name alone.
func (t Target) Files(workdir string) map[string]string {
	return map[string]string{
		t.cmakeFile(): t.cmake(workdir),
		"/usr/local/share/meson/cross/" + t.Triple: t.meson(),
	}
}

// cmake is a toolchain file; see cmake-toolchains(7). Libraries of the target are in its root,
// or the build has made them in its workdir.
func (t Target) cmake(workdir string) string {
	return fmt.Sprintf(`set(CMAKE_SYSTEM_NAME Linux)
set(CMAKE_SYSTEM_PROCESSOR %[1]s)
set(CMAKE_SYSROOT %[2]s)
set(CMAKE_C_COMPILER %[3]s-clang)
set(CMAKE_CXX_COMPILER %[3]s-clang++)
set(CMAKE_FIND_ROOT_PATH [==[%[4]s]==])
set(CMAKE_FIND_ROOT_PATH_MODE_PROGRAM NEVER)
set(CMAKE_FIND_ROOT_PATH_MODE_LIBRARY ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_INCLUDE ONLY)
set(CMAKE_FIND_ROOT_PATH_MODE_PACKAGE ONLY)
include(%[5]s OPTIONAL)
`, t.Machine, SysrootDir, t.Triple, workdir, staticCMake.path())
}

// meson is a cross file; see "Cross compilation" in Meson's documentation. Meson before 1.3
// has another name for pkg-config.
func (t Target) meson() string {
	return fmt.Sprintf(`[binaries]
c = '%[1]s-clang'
cpp = '%[1]s-clang++'
ar = '%[1]s-ar'
nm = '%[1]s-nm'
objcopy = '%[1]s-objcopy'
ranlib = '%[1]s-ranlib'
strip = '%[1]s-strip'
pkg-config = 'pkg-config'
pkgconfig = 'pkg-config'
cmake = 'cmake'
%[6]s[properties]
sys_root = '%[2]s'
pkg_config_libdir = ['%[7]s']
cmake_toolchain_file = '%[8]s'
[host_machine]
system = 'linux'
cpu_family = '%[3]s'
cpu = '%[4]s'
endian = '%[5]s'
`, t.Triple, SysrootDir, t.Family, t.Machine, t.Order, staticOptions, strings.Join(modules(), "', '"), t.cmakeFile())
}

// rustTarget returns the name of the target platform in Alpine's compiler.
func rustTarget(platform map[string]string) string {
	return cmp.Or(TargetOf(platform).Triple, platform["TARGETARCH"]+musl)
}
