//go:build linux

package verify

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Sources of the real programs. Each prints "ok" and ends.
const (
	sourceC = `#include <stdio.h>
int main(void) { puts("ok"); return 0; }
`
	sourceBareC = `static long call(long n, long a, long b, long c) {
	long r;
	__asm__ volatile("syscall" : "=a"(r) : "a"(n), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return r;
}
void _start(void) {
	call(1, 1, (long)"ok\n", 3);
	call(60, 0, 0, 0);
}
`
	sourceResolve = `#include <netdb.h>
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv) {
	struct addrinfo *a, hints;
	memset(&hints, 0, sizeof hints);
	if (argc > 1) printf("%d\n", getaddrinfo(argv[1], "http", &hints, &a));
	puts("ok");
	return 0;
}
`
	sourceCarry = `__asm__(".section .rodata\n.global carried\ncarried:\n.incbin \"carried\"\n.byte 0\n.text\n");
extern const char carried[];
#include <stdio.h>
int main(int argc, char **argv) { puts(argc > 5 ? carried : "ok"); return 0; }
`
	sourceUser = `#include <pwd.h>
#include <stdio.h>
int main(int argc, char **argv) {
	if (argc > 1) puts(getpwnam(argv[1])->pw_dir);
	puts("ok");
	return 0;
}
`
	sourceIconv = `#include <iconv.h>
#include <stdio.h>
int main(int argc, char **argv) {
	if (argc > 2) iconv_open(argv[1], argv[2]);
	puts("ok");
	return 0;
}
`
	sourceDlopen = `#include <dlfcn.h>
#include <stdio.h>
int main(int argc, char **argv) {
	if (argc > 1) dlopen(argv[1], RTLD_NOW);
	puts("ok");
	return 0;
}
`
	sourceSpeaks = `#include <stdio.h>
int main(int argc, char **argv) {
	puts(argc > 1 ? "glibc looks for _nss_%s_%s" : "ok");
	return 0;
}
`
	sourceGo = `package main

import "os"

func main() { os.Stdout.WriteString("ok\n") }
`
	sourceBareGo = `package main

func main() { println("ok") }
`
	sourceCgo = `package main

import (
	"net"
	"os"
)

import "C"

func main() {
	if len(os.Args) > 1 {
		net.LookupHost(os.Args[1])
	}
	os.Stdout.WriteString("ok\n")
}
`
	sourceRustResolve = `use std::net::ToSocketAddrs;
fn main() {
    for name in std::env::args().skip(1) {
        println!("{:?}", (name.as_str(), 80).to_socket_addrs());
    }
    println!("ok");
}
`
	sourceRust = `fn main() { println!("ok"); }
`
)

// realCase is a program made by real tools.
type realCase struct {
	name  string
	tools []string // that must be there
	build []string // commands, run by sh in a folder with the sources; they make ./prog
	edit  func(b *built)
	arch  string // platform to check against; empty is this machine's

	refused  []Code
	warned   []Code
	staticPI bool
	// stricter says why the file is refused although the kernel starts it.
	stricter string
	// needsCPU means that it may fail to run here for the processor's sake.
	needsCPU bool
}

// realCases are built and run one after the other.
func realCases() []realCase {
	gcc, musl, goTool, rust := []string{"gcc"}, []string{"musl-gcc"}, []string{"go"}, []string{"rustc"}
	dynamic := []Code{CodeInterpreter, CodeNeeded}
	static := func(extra string) []string { return []string{"gcc -static hello.c -o prog " + extra} }
	hostile := func(name string, edit func(*built), refused ...Code) realCase {
		return realCase{name: "gcc -static, " + name, tools: gcc, build: static(""), edit: edit, refused: refused}
	}
	stricter := func(why string, c realCase) realCase {
		c.stricter = why
		return c
	}
	cases := []realCase{
		{name: "gcc -static", tools: gcc, build: static("")},
		{name: "gcc -static -s", tools: gcc, build: static("-s")},
		{name: "gcc -static-pie", tools: gcc, build: []string{"gcc -static-pie hello.c -o prog"}, staticPI: true},
		{name: "gcc", tools: gcc, build: []string{"gcc hello.c -o prog"}, refused: dynamic},
		{name: "gcc -no-pie", tools: gcc, build: []string{"gcc -no-pie hello.c -o prog"}, refused: dynamic},
		{name: "gcc -c", tools: gcc, build: []string{"gcc -c hello.c -o prog"}, refused: []Code{CodeNotAProgram}},
		{name: "gcc -shared", tools: gcc, build: []string{"gcc -shared -fPIC hello.c -o prog"}, refused: []Code{CodeNotAProgram}},
		{name: "ar", tools: []string{"gcc", "ar"}, build: []string{"gcc -c hello.c", "ar rc prog hello.o"}, refused: []Code{CodeArchive}},
		{name: "shell script", build: []string{"printf '#!/bin/sh\\necho ok\\n' > prog"}, refused: []Code{CodeScript}},
		{name: "gcc -static -z noseparate-code", tools: gcc, build: static("-Wl,-z,noseparate-code")},
		{name: "gcc -static -z execstack", tools: gcc, build: static("-Wl,-z,execstack"), warned: []Code{CodeExecStack}},
		{name: "gcc -mx32", tools: gcc, build: []string{"gcc -mx32 -O1 -fno-stack-protector -nostdlib -static bare.c -o prog"}, refused: []Code{CodeClass}},
		bare("-N"),
		bare("-n"),
		bare("-z", "noseparate-code"),
		bare("-z", "max-page-size=0x200000"),
		bare("-z", "max-page-size=16").but(CodeMalformedLoad),
		{name: "gcc -static -march=x86-64-v3 -mneeded", tools: gcc, build: []string{"gcc -march=x86-64-v3 -mneeded -static hello.c -o prog"}, warned: []Code{CodeISALevel}, needsCPU: true},
		{name: "gcc -static, getaddrinfo", tools: gcc, build: []string{"gcc -static resolve.c -o prog"}, warned: []Code{CodeGlibcNSS}},
		{name: "gcc -static-pie, getaddrinfo, stripped", tools: gcc, build: []string{"gcc -static-pie -s resolve.c -o prog"}, warned: []Code{CodeGlibcNSS}, staticPI: true},
		{name: "gcc -static, getpwnam", tools: gcc, build: []string{"gcc -static user.c -o prog"}, warned: []Code{CodeGlibcNSS}},
		{name: "gcc -static -flto -Wl,--gc-sections, getpwnam", tools: gcc, build: []string{"gcc -Os -flto -ffunction-sections -Wl,--gc-sections -static -s user.c -o prog"}, warned: []Code{CodeGlibcNSS}},
		{name: "gcc -static, iconv", tools: gcc, build: []string{"gcc -static iconv.c -o prog"}},
		{name: "gcc -static, dlopen", tools: gcc, build: []string{"gcc -static dlopen.c -o prog"}},
		{name: "gcc -static, speaks of NSS", tools: gcc, build: []string{"gcc -static speaks.c -o prog"}},
		{name: "gcc -static, carries a program with NSS", tools: gcc, build: []string{"gcc -static resolve.c -o carried", "gcc -static carry.c -o prog"}},
		{name: "gcc -static, carries a dynamic program", tools: gcc, build: []string{"gcc hello.c -o carried", "gcc -static carry.c -o prog"}},
		{name: "objcopy --only-keep-debug", tools: []string{"gcc", "objcopy"}, build: []string{"gcc -g -static hello.c -o whole", "objcopy --only-keep-debug whole prog"}, refused: []Code{CodeBadEntry}},
		{name: "gcc --no-dynamic-linker", tools: gcc, build: []string{"gcc hello.c -Wl,--no-dynamic-linker -o prog"}, refused: []Code{CodeNeeded}},

		loader("bfd", "-static"),
		loader("bfd", "-static-pie").but(CodeInterpreter),
		loader("gold", "-static"),
		loader("mold", "-static").but(CodeInterpreter),
		loader("mold", "-static-pie").but(CodeInterpreter),
		loader("lld", "-static").but(CodeInterpreter),
		loader("lld", "-static-pie").but(CodeInterpreter),
		linker("gold", "-static"),
		linker("mold", "-static"),
		linker("mold", "-static-pie"),
		linker("lld", "-static"),
		linker("lld", "-static-pie"),
		linker("gold", "-shared -fPIC").but(CodeNotAProgram),
		linker("mold", "-shared -fPIC").but(CodeNotAProgram),
		linker("lld", "-shared -fPIC").but(CodeNotAProgram),

		{name: "musl-gcc -static", tools: musl, build: []string{"musl-gcc -static hello.c -o prog"}},
		{name: "musl-gcc -static, getaddrinfo", tools: musl, build: []string{"musl-gcc -static resolve.c -o prog"}},
		{name: "musl-gcc -static, getpwnam", tools: musl, build: []string{"musl-gcc -static user.c -o prog"}},
		{name: "musl-gcc -static, speaks of NSS", tools: musl, build: []string{"musl-gcc -static speaks.c -o prog"}},
		{name: "musl-gcc", tools: musl, build: []string{"musl-gcc hello.c -o prog"}, refused: dynamic},
		{name: "musl-gcc -static-pie, which the wrapper ignores", tools: musl, build: []string{"musl-gcc -static-pie hello.c -o prog"}, refused: dynamic},

		{name: "musl, a static PIE linked by hand", tools: musl, staticPI: true, build: []string{"musl-gcc -fPIE -c hello.c",
			"l=/usr/lib/x86_64-linux-musl; gcc -nostdlib -static-pie -o prog $l/rcrt1.o $l/crti.o hello.o $l/libc.a $(gcc -print-libgcc-file-name) $l/crtn.o"}},

		{name: "go, CGO_ENABLED=0", tools: goTool, build: []string{"CGO_ENABLED=0 go build -o prog hello.go"}},
		{name: "go -ldflags='-s -w'", tools: goTool, build: []string{"CGO_ENABLED=0 go build -ldflags='-s -w' -o prog hello.go"}},
		{name: "go -buildmode=pie", tools: goTool, build: []string{"CGO_ENABLED=0 go build -buildmode=pie -o prog hello.go"}, refused: []Code{CodeInterpreter}},
		{name: "go, headers at the end of the file", tools: goTool, build: []string{"CGO_ENABLED=0 go build -o prog hello.go"}, edit: moveAll},
		{name: "go with cgo", tools: []string{"go", "gcc"}, build: []string{"CGO_ENABLED=1 go build -o prog cgo.go"}, refused: dynamic},
		{name: "go with cgo, -extldflags=-static", tools: []string{"go", "gcc"}, build: []string{"CGO_ENABLED=1 go build -ldflags='-linkmode=external -extldflags=-static' -o prog cgo.go"}, warned: []Code{CodeGlibcNSS}},
		{name: "go with cgo, static, -tags netgo,osusergo", tools: []string{"go", "gcc"}, build: []string{"CGO_ENABLED=1 go build -tags netgo,osusergo -ldflags='-linkmode=external -extldflags=-static' -o prog cgo.go"}},
		{name: "go with cgo, -extldflags=-static-pie", tools: []string{"go", "gcc"}, build: []string{"CGO_ENABLED=1 go build -tags netgo,osusergo -buildmode=pie -ldflags='-linkmode=external -extldflags=-static-pie' -o prog cgo.go"}, staticPI: true},
		{name: "go -buildmode=c-shared", tools: []string{"go", "gcc"}, build: []string{"CGO_ENABLED=1 go build -buildmode=c-shared -o prog cgo.go"}, refused: []Code{CodeNotAProgram}},

		{name: "rustc", tools: rust, build: []string{"rustc hello.rs -o prog"}, refused: dynamic},
		{name: "rustc +crt-static", tools: rust, build: []string{"rustc -C target-feature=+crt-static hello.rs -o prog"}, staticPI: true},
		{name: "rustc +crt-static, resolves names", tools: rust, build: []string{"rustc -C target-feature=+crt-static resolve.rs -o prog"}, staticPI: true, warned: []Code{CodeGlibcNSS}},
		{name: "rustc +crt-static, not relocatable", tools: rust, build: []string{"rustc -C target-feature=+crt-static -C relocation-model=static hello.rs -o prog"}},

		hostile("no section headers", func(b *built) { b.put64(offShoff, 0); b.put16(offShnum, 0) }),
		hostile("lying section headers", func(b *built) { b.put64(offShoff, 1<<64-1); b.put16(offShnum, 0xfffe); b.put16(offShnum+2, 0xffff) }),
		hostile("EI_VERSION, e_version and e_ehsize off", func(b *built) { b.b[elf.EI_VERSION] = 9; b.b[20] = 9; b.put16(52, 9) }),
		hostile("ELFOSABI_LINUX", func(b *built) { b.b[elf.EI_OSABI] = byte(elf.ELFOSABI_LINUX) }),
		hostile("bytes behind its end", func(b *built) { b.b = append(b.b, bytes.Repeat([]byte("UPX!"), 100)...) }),
		hostile("cut in half", func(b *built) { b.b = b.b[:len(b.b)/2] }, CodeTruncated),
		hostile("cut in its header", func(b *built) { b.b = b.b[:60] }, CodeTruncated),
		hostile("cut in its program headers", func(b *built) { b.b = b.b[:100] }, CodeTruncated),
		hostile("no program headers", func(b *built) { b.put16(offPhnum, 0) }, CodeMalformedSegments),
		hostile("65535 program headers", func(b *built) { b.put16(offPhnum, 0xffff) }, CodeMalformedSegments),
		hostile("program headers of 57 bytes", func(b *built) { b.put16(offPhentsize, 57) }, CodeMalformedSegments),
		hostile("entry 0", func(b *built) { b.put64(24, 0) }, CodeBadEntry),
		hostile("entry in data", func(b *built) { b.put64(24, dataAddress(b)) }, CodeBadEntry),
		hostile("more file than memory", onLoad(func(s *segment) { s.memsz = s.filesz - 1 }), CodeMalformedLoad),
		hostile("offset not congruent", onLoad(func(s *segment) { s.off += 8; s.filesz -= 8 }), CodeMalformedLoad),
		hostile("loads nothing", func(b *built) { unload(b) }, CodeNoLoad),
		stricter("the kernel ignores EI_CLASS", hostile("EI_CLASS of 32 bits", func(b *built) { b.b[elf.EI_CLASS] = byte(elf.ELFCLASS32) }, CodeClass, CodeMalformedSegments)),
		stricter("the kernel ignores EI_OSABI", hostile("ELFOSABI_FREEBSD", func(b *built) { b.b[elf.EI_OSABI] = byte(elf.ELFOSABI_FREEBSD) }, CodeOSABI)),
		{name: "gcc, loader's name emptied", tools: gcc, build: []string{"gcc hello.c -o prog"}, edit: emptyInterp, refused: []Code{CodeMalformedInterp, CodeNeeded}},
		{name: "gcc, loader hidden", tools: gcc, build: []string{"gcc hello.c -o prog"}, edit: retype(elf.PT_INTERP, elf.PT_NULL), refused: []Code{CodeNeeded}},
		{name: "gcc, libraries hidden", tools: gcc, build: []string{"gcc hello.c -o prog"}, edit: retype(elf.PT_DYNAMIC, elf.PT_NULL), refused: []Code{CodeInterpreter}},
		{name: "go -buildmode=pie, all but the loader hidden", tools: goTool, build: []string{"CGO_ENABLED=0 go build -buildmode=pie -o prog hello.go"}, edit: retype(elf.PT_DYNAMIC, elf.PT_NULL), refused: []Code{CodeInterpreter}},
	}
	for _, packed := range []struct{ name, tool, build string }{
		{"gcc -static", "gcc", "gcc -static hello.c -o prog"},
		{"gcc -static-pie", "gcc", "gcc -static-pie hello.c -o prog"},
		{"go", "go", "CGO_ENABLED=0 go build -o prog hello.go"},
		{"rustc", "rustc", "rustc hello.rs -o prog"},
	} {
		cases = append(cases, stricter("a packed program hides what it needs", realCase{name: packed.name + ", packed by upx",
			tools: []string{packed.tool, "upx"}, build: []string{packed.build, "upx -q prog"}, refused: []Code{CodePacked}}))
	}
	for _, cross := range []struct{ compiler, arch string }{
		{"aarch64-linux-gnu-gcc", "arm64"},
		{"arm-linux-gnueabihf-gcc", "arm"},
		{"arm-linux-gnueabi-gcc", "arm"},
		{"riscv64-linux-gnu-gcc", "riscv64"},
		{"powerpc64le-linux-gnu-gcc", "ppc64le"},
		{"s390x-linux-gnu-gcc", "s390x"},
		{"i686-linux-gnu-gcc", "386"},
	} {
		tools := []string{cross.compiler}
		cases = append(cases,
			realCase{name: cross.compiler + " -static", tools: tools, arch: cross.arch, build: []string{cross.compiler + " -static hello.c -o prog"}},
			realCase{name: cross.compiler + " -static, getaddrinfo", tools: tools, arch: cross.arch, warned: []Code{CodeGlibcNSS}, build: []string{cross.compiler + " -static resolve.c -o prog"}},
			realCase{name: cross.compiler, tools: tools, arch: cross.arch, refused: dynamic, build: []string{cross.compiler + " hello.c -o prog"}},
			realCase{name: cross.compiler + " -shared", tools: tools, arch: cross.arch, refused: []Code{CodeNotAProgram}, build: []string{cross.compiler + " -shared -fPIC hello.c -o prog"}})
	}
	for _, arch := range []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64", "mips64le"} {
		cases = append(cases, realCase{name: "go, GOARCH=" + arch, tools: goTool, arch: arch,
			build: []string{"CGO_ENABLED=0 GOARCH=" + arch + " go build -o prog bare.go"}})
	}
	return append(cases, realCase{name: "go, for another machine", tools: goTool, arch: otherArch(),
		build: []string{"CGO_ENABLED=0 go build -o prog bare.go"}, refused: []Code{CodeMachine}, stricter: "it is for this machine"})
}

// bare is a program without a C library, linked with unusual options.
func bare(options ...string) realCase {
	return realCase{name: "gcc -nostdlib " + strings.Join(options, " "), tools: []string{"gcc"}, build: []string{
		"gcc -O1 -fno-stack-protector -nostdlib -static bare.c -o prog -Wl," + strings.Join(options, ",")}}
}

// linker is a C program linked by a linker of choice.
func linker(name, options string) realCase {
	return realCase{name: "gcc " + options + ", linked by " + name, tools: []string{"gcc", "ld." + name},
		build: []string{"gcc " + options + " -fuse-ld=" + name + " hello.c -o prog"}, staticPI: options == "-static-pie"}
}

// loader is the same, with the name of a loader among the arguments.
func loader(name, options string) realCase {
	c := linker(name, options+" -Wl,-dynamic-linker,/lib64/ld-linux-x86-64.so.2")
	c.staticPI = false
	return c
}

// but gives the case with refusals.
func (c realCase) but(refused ...Code) realCase {
	c.refused = refused
	return c
}

// otherArch is an architecture that this machine has not.
func otherArch() string {
	if runtime.GOARCH == "arm64" {
		return "amd64"
	}
	return "arm64"
}

// openReal lets an edit work on a real 64-bit file.
func openReal(b []byte) *built {
	c := cursor{layout: newLayout(elf.Class(b[elf.EI_CLASS]), elf.Data(b[elf.EI_DATA]))}
	out := &built{layout: c.layout, b: b}
	out.phoff = int(out.order.Uint64(b[offPhoff:]))
	return out
}

// segments calls edit for each program header of a 64-bit file.
func (b *built) segments(edit func(*segment)) {
	for i := range int(b.order.Uint16(b.b[offPhnum:])) {
		b.segment(i, edit)
	}
}

func retype(from, to elf.ProgType) func(*built) {
	return func(b *built) {
		b.segments(func(s *segment) {
			if s.typ == from {
				s.typ = to
			}
		})
	}
}

func unload(b *built) { retype(elf.PT_LOAD, elf.PT_NULL)(b) }

func emptyInterp(b *built) {
	b.segments(func(s *segment) {
		if s.typ == elf.PT_INTERP {
			b.b[s.off] = 0
		}
	})
}

// dataAddress is the address of a writable segment.
func dataAddress(b *built) (addr uint64) {
	b.segments(func(s *segment) {
		if s.typ == elf.PT_LOAD && s.flags&elf.PF_W != 0 {
			addr = s.vaddr
		}
	})
	return addr
}

// moveAll moves all program headers to the end of the file.
func moveAll(b *built) {
	n := int(b.order.Uint16(b.b[offPhnum:])) * phdrSize64
	table := bytes.Clone(b.b[b.phoff:][:n])
	clear(b.b[b.phoff:][:n])
	b.put64(offPhoff, uint64(len(b.b)))
	b.b = append(b.b, table...)
}

// make builds the program and returns its bytes.
func (c realCase) make(t *testing.T) []byte {
	t.Helper()
	for _, tool := range c.tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("NOT TESTED: %s is not installed", tool)
		}
	}
	dir := t.TempDir()
	for name, source := range map[string]string{"hello.c": sourceC, "bare.c": sourceBareC, "resolve.c": sourceResolve, "carry.c": sourceCarry,
		"hello.go": sourceGo, "bare.go": sourceBareGo, "cgo.go": sourceCgo, "hello.rs": sourceRust, "resolve.rs": sourceRustResolve,
		"user.c": sourceUser, "iconv.c": sourceIconv, "dlopen.c": sourceDlopen, "speaks.c": sourceSpeaks} {
		must(t, os.WriteFile(filepath.Join(dir, name), []byte(source), 0o644))
	}
	for _, line := range c.build {
		cmd := exec.Command("sh", "-c", line)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%s: %v\n%s", line, err, out)
		}
	}
	b, err := os.ReadFile(filepath.Join(dir, "prog"))
	must(t, err)
	if c.edit != nil {
		edited := openReal(b)
		c.edit(edited)
		b = edited.b
	}
	return b
}

// outcome is what became of a program in an empty root.
type outcome struct {
	ran bool
	err error // why not
}

// errCannotTry means that this user or machine can't try it.
var errCannotTry = errors.New("can't be tried here")

// emulator finds QEMU's static user mode emulator for an architecture.
func emulator(arch string) (string, error) {
	names := map[string]string{"arm64": "aarch64", "arm": "arm", "riscv64": "riscv64", "ppc64le": "ppc64le", "s390x": "s390x",
		"loong64": "loongarch64", "mips64le": "mips64el"}
	return exec.LookPath("qemu-" + names[arch] + "-static")
}

// runInEmptyRoot starts a program as the only file of a root directory. One for
// a machine that this is not shares it with an emulator, which needs nothing.
func runInEmptyRoot(t *testing.T, program []byte, arch string) outcome {
	t.Helper()
	if os.Geteuid() != 0 {
		return outcome{err: fmt.Errorf("%w: chroot needs root", errCannotTry)}
	}
	root := t.TempDir()
	must(t, os.WriteFile(filepath.Join(root, "prog"), program, 0o755))
	args := []string{"/prog"}
	if !runsHere(arch) {
		p, err := emulator(arch)
		if err != nil {
			return outcome{err: fmt.Errorf("%w: it is for %s: %w", errCannotTry, arch, err)}
		}
		qemu, err := os.ReadFile(p)
		must(t, err)
		must(t, os.WriteFile(filepath.Join(root, "qemu"), qemu, 0o755))
		args = []string{"/qemu", "/prog"}
	}
	var out bytes.Buffer
	cmd := &exec.Cmd{Path: args[0], Args: args, Dir: "/", Env: []string{}, Stdout: &out, Stderr: &out,
		SysProcAttr: &syscall.SysProcAttr{Chroot: root}}
	err := runBriefly(cmd)
	if err == nil && strings.TrimSpace(out.String()) != "ok" {
		err = fmt.Errorf("it printed %q", out.String())
	}
	return outcome{ran: err == nil, err: err}
}

// runBriefly runs a command, and ends it after a while.
func runBriefly(cmd *exec.Cmd) error {
	cmd.WaitDelay = time.Second
	if err := cmd.Start(); err != nil {
		return err
	}
	timeout := time.AfterFunc(20*time.Second, func() { cmd.Process.Kill() })
	defer timeout.Stop()
	return cmd.Wait()
}

// runsHere reports whether this machine's kernel starts programs for arch.
func runsHere(arch string) bool {
	return arch == "" || arch == runtime.GOARCH || runtime.GOARCH == "amd64" && arch == "386"
}

// The verdict on programs made by real tools is what happens when they are
// started in an empty root.
func TestVerdictIsReality(t *testing.T) {
	if testing.Short() {
		t.Skip("NOT TESTED: real programs take a minute to build (-short)")
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("NOT TESTED: the real programs are made for amd64")
	}
	var sum tally
	defer func() { t.Log(sum.String()) }()
	for _, c := range realCases() {
		t.Run(c.name, func(t *testing.T) {
			b := c.make(t)
			arch := c.arch
			if arch == "" {
				arch = runtime.GOARCH
			}
			r := inspectBytes(t, b, Options{Platform: linux(arch, "")})
			if got := codes(r.Reasons); !slices.Equal(got, c.refused) {
				t.Errorf("refused for %v, want %v", got, c.refused)
			}
			if got := codes(r.Warnings); !slices.Equal(got, c.warned) {
				t.Errorf("warned of %v, want %v", got, c.warned)
			}
			if r.StaticPIE != c.staticPI && !r.Has(CodePacked) {
				t.Errorf("static-PIE: %v", r.StaticPIE)
			}
			sum.add(r, checkReality(t, c, r, b))
			if t.Failed() {
				t.Log(r)
			}
		})
	}
}

// tally counts verdicts against what happened, and the cost of those that
// headers alone decided.
type tally struct {
	counts map[string]int
	read   []int64
}

func (s *tally) add(r *Report, what string) {
	if s.counts == nil {
		s.counts = map[string]int{}
	}
	s.counts[string(r.Verdict)+", "+what]++
	if !r.GlibcABI || !r.OK() {
		s.read = append(s.read, r.BytesRead)
	}
}

func (s *tally) String() string {
	var b strings.Builder
	for _, what := range slices.Sorted(maps.Keys(s.counts)) {
		fmt.Fprintf(&b, "%s: %d; ", what, s.counts[what])
	}
	if n := len(s.read); n > 0 {
		slices.Sort(s.read)
		fmt.Fprintf(&b, "%d decided by headers alone: median %d bytes read, most %d", n, s.read[n/2], s.read[n-1])
	}
	return b.String()
}

// checkReality runs the program, compares, and says what happened.
func checkReality(t *testing.T, c realCase, r *Report, b []byte) string {
	arch := c.arch
	if r.Has(CodeMachine) {
		arch = "" // run what it is built for
	}
	got := runInEmptyRoot(t, b, arch)
	switch {
	case errors.Is(got.err, errCannotTry):
		t.Logf("NOT RUN: %v", got.err)
		return "not run here"
	case c.stricter != "" && got.ran && !r.OK():
		t.Logf("refused although it runs: %s", c.stricter)
	case c.needsCPU && !got.ran && r.OK():
		t.Logf("does not run on this processor: %v", got.err)
	case got.ran != r.OK():
		t.Errorf("verdict %s, but run in an empty root: %v (%v)", r.Verdict, got.ran, got.err)
	case r.Has(CodeInterpreter) && runsHere(arch) && !errors.Is(got.err, syscall.ENOENT):
		t.Errorf("a program without its loader ended with %v", got.err)
	}
	t.Logf("verdict %s, %d of %d bytes read; run: %v %v", r.Verdict, r.BytesRead, r.Size, got.ran, got.err)
	if got.ran {
		return "ran"
	}
	return "did not run"
}

// A huge file whose headers decide is hardly read.
func TestCostOfHugeFile(t *testing.T) {
	const size = 200 << 20
	p := filepath.Join(t.TempDir(), "huge")
	program := amd64(text("x"), dynamicPart(), notePart(4, goNote())).patched(func(b *built) {
		b.segment(0, func(s *segment) { s.filesz, s.memsz = size, size })
	}).bytes()
	f, err := os.Create(p)
	must(t, err)
	defer f.Close()
	_, err = f.Write(program)
	must(t, err)
	must(t, f.Truncate(size))
	r, err := ELF(f, size, Options{Platform: linux("amd64", "")})
	must(t, err)
	if !r.OK() || r.BytesRead >= 1<<20 {
		t.Errorf("%s: %d bytes read", r.Verdict, r.BytesRead)
	}
	t.Logf("%d of %d bytes read", r.BytesRead, size)
}
