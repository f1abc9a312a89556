package corpus

import (
	"debug/elf"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// dynamic are the reasons against an ordinary dynamic program.
var dynamic = []verify.Code{verify.CodeInterpreter, verify.CodeNeeded}

// Cases is the corpus.
func Cases() []Case {
	return slices.Concat(c(), layouts(), linkers(), muslC(), golang(), rust(), crossed(), damaged(), mapped(), misread(), packed())
}

// c are C programs by Debian's gcc, with glibc.
func c() []Case {
	return []Case{
		gcc("C, static", "-static hello.c"),
		gcc("C, static, stripped", "-static -s hello.c"),
		gcc("C, static-PIE", "-static-pie hello.c").pie(),
		gcc("C, dynamic", "hello.c").refused(dynamic...),
		gcc("C, dynamic, stripped", "-s hello.c").refused(dynamic...),
		gcc("C, dynamic, not a PIE", "-no-pie hello.c").refused(dynamic...),
		gcc("C, libraries without a loader", "hello.c -Wl,--no-dynamic-linker").refused(verify.CodeNeeded),
		gcc("C, object file", "-c hello.c").refused(verify.CodeNotAProgram),
		gcc("C, shared library", "-shared -fPIC hello.c").refused(verify.CodeNotAProgram),
		made("C, archive", []string{"gcc", "ar"}, "gcc -c hello.c", "ar rc prog hello.o").refused(verify.CodeArchive),
		made("C, debug symbols alone", []string{"gcc", "objcopy"}, "gcc -g -static hello.c -o whole", "objcopy --only-keep-debug whole prog").refused(verify.CodeBadEntry),
		made("shell script", nil, "printf '#!/bin/sh\\necho ok\\n' > prog").refused(verify.CodeScript),
		gcc("C, static, getaddrinfo", "-static resolve.c").looksUp(),
		gcc("C, static-PIE, getaddrinfo, stripped", "-static-pie -s resolve.c").pie().looksUp(),
		gcc("C, static, getpwnam", "-static user.c").looksUp(),
		gcc("C, static, getpwnam, LTO, stripped", "-Os -flto -ffunction-sections -Wl,--gc-sections -static -s user.c").looksUp(),
		gcc("C, static, iconv", "-static iconv.c"),
		gcc("C, static, dlopen", "-static dlopen.c"),
		gcc("C, static, time zone", "-static zone.c").needs("tzdata"),
		gcc("C, static, speaks of NSS", "-static speaks.c"),
		gcc("C, static, carries a program with NSS", "-static carry.c").after("gcc -static resolve.c -o carried"),
		gcc("C, static, carries a dynamic program", "-static carry.c").after("gcc hello.c -o carried"),
		gcc("C, static, executable stack", "-static -Wl,-z,execstack hello.c").warned(verify.CodeExecStack),
		v3(gcc("C, static, x86-64-v3", "-march=x86-64-v3 -mneeded -static hello.c").warned(verify.CodeISALevel)),
	}
}

// layouts are programs whose segments lie in unusual ways.
func layouts() []Case {
	return []Case{
		gcc("C, static, one segment for code and data", "-static -Wl,-z,noseparate-code hello.c"),
		bare("-static -Wl,-N"),
		bare("-static -Wl,-n"),
		bare("-static -Wl,-z,noseparate-code"),
		bare("-static -Wl,-z,max-page-size=0x200000"),
		bare("-static -Wl,-z,max-page-size=16").refused(verify.CodeMalformedLoad),
		bare("-static-pie").pie(),
		bare("-mx32 -static").refused(verify.CodeClass),
	}
}

// linkers are C programs by other linkers than GNU ld, and by linkers that are
// told a loader's name although they link statically.
func linkers() []Case {
	return []Case{
		link("gold", "-static"),
		link("mold", "-static"),
		link("mold", "-static-pie").pie(),
		link("lld", "-static"),
		link("lld", "-static-pie").pie(),
		link("gold", "-shared -fPIC").refused(verify.CodeNotAProgram),
		link("mold", "-shared -fPIC").refused(verify.CodeNotAProgram),
		link("lld", "-shared -fPIC").refused(verify.CodeNotAProgram),
		linkNamed("bfd", "-static"),
		linkNamed("bfd", "-static-pie").refused(verify.CodeInterpreter),
		linkNamed("gold", "-static"),
		linkNamed("mold", "-static").refused(verify.CodeInterpreter),
		linkNamed("mold", "-static-pie").refused(verify.CodeInterpreter),
		linkNamed("lld", "-static").refused(verify.CodeInterpreter),
		linkNamed("lld", "-static-pie").refused(verify.CodeInterpreter),
	}
}

// muslC are C programs by Debian's wrapper of gcc for musl.
func muslC() []Case {
	return []Case{
		musl("-static hello.c"),
		musl("-static -s hello.c"),
		musl("-static resolve.c").looksUp(),
		musl("-static user.c").looksUp(),
		musl("-static zone.c").needs("tzdata"),
		musl("-static speaks.c"),
		musl("hello.c").refused(dynamic...),
		musl("-static-pie hello.c").refused(dynamic...), // the wrapper ignores it
		made("musl, static-PIE linked by hand", []string{"musl-gcc", "gcc"}, "musl-gcc -fPIE -c hello.c",
			"l=/usr/lib/x86_64-linux-musl; gcc -nostdlib -static-pie $l/rcrt1.o $l/crti.o hello.o $l/libc.a $(gcc -print-libgcc-file-name) $l/crtn.o -o prog").pie().of(Musl),
	}
}

// golang are Go programs, with cgo and without.
func golang() []Case {
	const (
		static    = "-ldflags='-linkmode=external -extldflags=-static' "
		staticPIE = "-buildmode=pie -ldflags='-linkmode=external -extldflags=-static-pie' "
		pure      = "-tags netgo,osusergo "
	)
	cases := []Case{
		goProgram("Go", "hello.go"),
		goProgram("Go, stripped", "-ldflags='-s -w' hello.go"),
		goProgram("Go, PIE", "-buildmode=pie hello.go").refused(verify.CodeInterpreter),
		goProgram("Go, CA certificates", "tls.go").needs("ca-certificates"),
		goProgram("Go, time zone", "zone.go").needs("tzdata"),
		cgo("Go with cgo", "cgo.go").refused(dynamic...),
		cgo("Go with cgo, static", static+"cgo.go").looksUp(),
		cgo("Go with cgo, static, pure lookups", pure+static+"cgo.go"),
		cgo("Go with cgo, static-PIE", pure+staticPIE+"cgo.go").pie(),
		cgo("Go with cgo, shared library", "-buildmode=c-shared cgo.go").refused(verify.CodeNotAProgram),
		goFor(HostArch).but("on arm64").on("arm64").refused(verify.CodeMachine),
		goFor("arm64").but("on amd64").on(HostArch).refused(verify.CodeMachine),
	}
	for _, arch := range []string{"amd64", "386", "arm64", "arm", "riscv64", "ppc64le", "s390x", "loong64", "mips64le"} {
		cases = append(cases, goFor(arch))
	}
	return cases
}

// rust are Rust programs for rustc's own target, which has glibc.
func rust() []Case {
	return []Case{
		rustc("Rust", "hello.rs").refused(dynamic...),
		rustc("Rust, static-PIE", "-C target-feature=+crt-static hello.rs").pie(),
		rustc("Rust, static-PIE, resolves names", "-C target-feature=+crt-static resolve.rs").pie().looksUp(),
		rustc("Rust, static", "-C target-feature=+crt-static -C relocation-model=static hello.rs"),
	}
}

// crossed are C programs by cross compilers, with glibc.
func crossed() []Case {
	var cases []Case
	for _, cross := range []struct{ arch, triple string }{
		{"arm64", "aarch64-linux-gnu"},
		{"arm", "arm-linux-gnueabihf"},
		{"arm", "arm-linux-gnueabi"},
		{"riscv64", "riscv64-linux-gnu"},
		{"ppc64le", "powerpc64le-linux-gnu"},
		{"s390x", "s390x-linux-gnu"},
		{"386", "i686-linux-gnu"},
	} {
		by := func(how, args string) Case {
			return compile(cross.triple+"-gcc", "C for "+cross.triple+", "+how, args).on(cross.arch)
		}
		cases = append(cases,
			by("static", "-static hello.c"),
			by("static, getaddrinfo", "-static resolve.c").looksUp(),
			by("dynamic", "hello.c").refused(dynamic...),
			by("shared library", "-shared -fPIC hello.c").refused(verify.CodeNotAProgram))
	}
	return cases
}

// damaged are programs changed with ill intent.
func damaged() []Case {
	static, dyn := gcc("C, static", "-static hello.c"), gcc("C, dynamic", "hello.c")
	goDynamic := goProgram("Go, PIE", "-buildmode=pie hello.go")
	return []Case{
		static.edited("no section headers", header(func(h *elf.Header64) { h.Shoff, h.Shnum = 0, 0 })),
		static.edited("lying section headers", header(func(h *elf.Header64) { h.Shoff, h.Shnum, h.Shstrndx = 1<<64-1, 0xfffe, 0xffff })),
		static.edited("versions and header size off", header(func(h *elf.Header64) { h.Ident[elf.EI_VERSION], h.Version, h.Ehsize = 9, 9, 9 })),
		static.edited("ELFOSABI_LINUX", header(func(h *elf.Header64) { h.Ident[elf.EI_OSABI] = byte(elf.ELFOSABI_LINUX) })),
		static.edited("bytes behind its end", func(b []byte) []byte { return append(b, strings.Repeat("UPX!", 100)...) }),
		goProgram("Go", "hello.go").edited("program headers at the end of the file", moveSegments),

		static.edited("cut in half", func(b []byte) []byte { return b[:len(b)/2] }).refused(verify.CodeTruncated),
		static.edited("cut in its header", cut(60)).refused(verify.CodeTruncated),
		static.edited("cut in its program headers", cut(100)).refused(verify.CodeTruncated),
		static.edited("no program headers", header(func(h *elf.Header64) { h.Phnum = 0 })).refused(verify.CodeMalformedSegments),
		static.edited("65535 program headers", header(func(h *elf.Header64) { h.Phnum = 0xffff })).refused(verify.CodeMalformedSegments),
		static.edited("program headers of 57 bytes", header(func(h *elf.Header64) { h.Phentsize = 57 })).refused(verify.CodeMalformedSegments),
		static.edited("entry 0", header(func(h *elf.Header64) { h.Entry = 0 })).refused(verify.CodeBadEntry),
		static.edited("entry in data", entryInData).refused(verify.CodeBadEntry),
		static.edited("more file than memory", firstLoad(func(p *elf.Prog64) { p.Memsz = p.Filesz - 1 })).refused(verify.CodeMalformedLoad),
		static.edited("offset not congruent", firstLoad(func(p *elf.Prog64) { p.Off += 8; p.Filesz -= 8 })).refused(verify.CodeMalformedLoad),
		static.edited("loads nothing", hidden(elf.PT_LOAD)).refused(verify.CodeNoLoad),
		dyn.edited("loader's name emptied", emptyInterp).refused(verify.CodeMalformedInterp, verify.CodeNeeded),
		dyn.edited("loader hidden", hidden(elf.PT_INTERP)).refused(verify.CodeNeeded),
		dyn.edited("libraries hidden", hidden(elf.PT_DYNAMIC)).refused(verify.CodeInterpreter),
		goDynamic.edited("all but the loader hidden", hidden(elf.PT_DYNAMIC)).refused(verify.CodeInterpreter),

		static.edited("ELFOSABI_FREEBSD", header(func(h *elf.Header64) { h.Ident[elf.EI_OSABI] = byte(elf.ELFOSABI_FREEBSD) })).
			byRule(2, verify.CodeOSABI),
	}
}

// mapped are programs whose segments are added or changed so that the kernel maps
// them otherwise, or not at all.
func mapped() []Case {
	const (
		r, w, x  = elf.PF_R, elf.PF_W, elf.PF_X
		terabyte = 1 << 40
		last     = 1<<47 - page // the kernel keeps it
	)
	exec, pie := bare("-static -s -Wl,-z,noseparate-code"), bare("-static-pie -s").pie()
	align := func(n uint64) func([]byte) []byte { return firstLoad(func(p *elf.Prog64) { p.Align = n }) }
	flags := func(f elf.ProgFlag) func([]byte) []byte {
		return firstLoad(func(p *elf.Prog64) { p.Flags = uint32(f) })
	}
	return []Case{
		exec,
		exec.edited("zeros at address 0", load(r|w, 0, 0, 0, page)).refused(verify.CodeMalformedLoad),
		exec.edited("a byte of zeros below the lowest address", load(r|w, 0xfff, 0xfff, 0, 1)).refused(verify.CodeMalformedLoad),
		exec.edited("nothing at address 0", load(r, 0, 0, 0, 0)),
		exec.edited("nothing at an odd address", load(r, 0x123, 0x7fff12345678, 0, 0)),
		exec.edited("nothing in the last page", load(r, 0, last, 0, 0)).refused(verify.CodeMalformedLoad),
		exec.edited("bytes in the last page", load(r, 0, last, page, page)).refused(verify.CodeMalformedLoad),
		exec.edited("memory that overflows", load(r|w, 0, 0x500000, 0, 1<<64-page)).refused(verify.CodeMalformedLoad),
		exec.edited("zeros under the stack", load(r|w, 0, last-64<<30, 0, 64<<30)).refused(verify.CodeMalformedLoad),
		exec.edited("bytes where the stack may be", load(r, 0, last-2*page, page, page)).byRule(5, verify.CodeMalformedLoad),
		exec.edited("2 GiB of zeros", load(r|w, 0, 0x10000000, 0, 2<<30)).warned(verify.CodeMemory),
		exec.edited("16 TiB of zeros", load(r|w, 0, terabyte, 0, 16*terabyte)).refused(verify.CodeMalformedLoad),
		exec.edited("zeros over its code", over(r|w|x, 0, page)).refused(verify.CodeMalformedLoad),
		exec.edited("zeros behind a segment over its code", both(load(r|w|x, 0x1000, 0x3ff000, 1, 1), over(r|w|x, 0, 1))).refused(verify.CodeMalformedLoad),
		exec.edited("other bytes over its code", over(r|x, page, page)).refused(verify.CodeMalformedLoad),
		exec.edited("other bytes over its code, with more rights", over(r|w|x, page, page)).refused(verify.CodeMalformedLoad),
		exec.edited("its code a second time", func(b []byte) []byte {
			b = slices.Concat(b, make([]byte, page-len(b)%page))
			second := uint64(len(b))
			return load(r|x, second, 0x400000, page, page)(slices.Concat(b, b))
		}).byRule(5, verify.CodeMalformedLoad),
		exec.edited("segments from the last to the first", swapLoads),
		exec.edited("alignment of 2^63", align(1<<63)),
		exec.edited("alignment of 3", align(3)),
		exec.edited("code that can't be read", flags(x)),
		exec.edited("code that can be written", flags(r|w|x)),
		exec.edited("code that can't be executed", flags(r|w)).refused(verify.CodeBadEntry),
		exec.edited("entry at its ELF header", header(func(h *elf.Header64) { h.Entry = 0x400000 })).refused(verify.CodeBadEntry),
		exec.edited("zeros to the end of the page", beyond(0)).warned(verify.CodeShortPage),
		exec.edited("a page behind the end", beyond(page)).byRule(5, verify.CodeTruncated),
		exec.edited("a page behind the end, and zeros", both(beyond(page), ofType(elf.PT_LOAD, func(p *elf.Prog64) {
			p.Flags |= uint32(w)
			p.Memsz = p.Filesz + page
			p.Filesz--
		}))).refused(verify.CodeTruncated),
		exec.edited("a dynamic section without an end", program(elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Flags: uint32(r), Vaddr: 0x400000, Filesz: 16, Memsz: 16})).
			byRule(6, verify.CodeMalformedDynamic),
		exec.edited("a property of 2 KiB", program(elf.Prog64{Type: uint32(elf.PT_GNU_PROPERTY), Flags: uint32(r), Filesz: 2 << 10, Memsz: 2 << 10})),
		exec.edited("a stack of 64 TiB", program(elf.Prog64{Type: uint32(elf.PT_GNU_STACK), Flags: uint32(r | w), Memsz: 64 * terabyte})),
		pie,
		pie.edited("alignment of 2^46", align(1<<46)),
		pie.edited("alignment of 2^47", align(1<<47)).refused(verify.CodeMalformedLoad),
		pie.edited("alignment of 2^63", align(1<<63)).refused(verify.CodeMalformedLoad),
		pie.edited("alignment of 3", align(3)),
		pie.edited("nothing in the last page", load(r, 0, last, 0, 0)).refused(verify.CodeMalformedLoad),
		pie.edited("as wide as all addresses", load(r, 0, last-page, page, page)).refused(verify.CodeMalformedLoad),
		pie.edited("first segment without bytes", func(b []byte) []byte {
			return WithSegments(b, true, elf.Prog64{Type: uint32(elf.PT_LOAD), Vaddr: page, Align: page})
		}).refused(verify.CodeMalformedLoad),
		pie.edited("first segment that can be written, of 64 TiB", func(b []byte) []byte {
			return WithSegments(b, true,
				elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(r | w), Off: page, Vaddr: 0x401000, Filesz: 1, Memsz: 1, Align: page},
				elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: uint32(r), Vaddr: 64 * terabyte, Align: page})
		}).refused(verify.CodeMalformedLoad),
		pie.edited("segments from the last to the first", swapLoads),
		pie.edited("first segment far above the others", firstLoad(func(p *elf.Prog64) { p.Vaddr = 1 << 46 })).refused(verify.CodeMalformedLoad),
		compile("i686-linux-gnu-gcc", "C for i686-linux-gnu, static", "-static hello.c").on("386").
			edited("executable for want of PT_GNU_STACK alone", segments32(func(p *elf.Prog32) {
				p.Flags &^= uint32(x)
				if elf.ProgType(p.Type) == elf.PT_GNU_STACK {
					p.Type = uint32(elf.PT_NULL)
				}
			})).byRule(5, verify.CodeBadEntry),
		compile("aarch64-linux-gnu-gcc", "C for aarch64-linux-gnu, static", "-static -s hello.c").on("arm64").
			edited("a property that is none", program(elf.Prog64{Type: uint32(elf.PT_GNU_PROPERTY), Flags: uint32(r), Filesz: 64, Memsz: 64})).
			refused(verify.CodeMalformedProperty),
		compile("aarch64-linux-gnu-gcc", "C for aarch64-linux-gnu, static", "-static -s hello.c").on("arm64").
			edited("a property of 2 KiB", program(elf.Prog64{Type: uint32(elf.PT_GNU_PROPERTY), Flags: uint32(r), Filesz: 2 << 10, Memsz: 2 << 10})).
			refused(verify.CodeMalformedProperty),
	}
}

// misread are programs whose headers read otherwise by what they say of
// themselves than by what the kernel knows of its machine.
func misread() []Case {
	static, dyn := gcc("C, static", "-static hello.c"), gcc("C, dynamic", "hello.c")
	static386 := compile("i686-linux-gnu-gcc", "C for i686-linux-gnu, static", "-static hello.c").on("386")
	interp := func(edit func(*elf.Prog64)) func([]byte) []byte { return ofType(elf.PT_INTERP, edit) }
	return []Case{
		static.edited("EI_CLASS of 32 bits", ident(elf.EI_CLASS, byte(elf.ELFCLASS32))).byRule(2, verify.CodeClass),
		static.edited("no EI_CLASS", ident(elf.EI_CLASS, 0)).byRule(2, verify.CodeClass),
		static.edited("EI_DATA of big-endian", ident(elf.EI_DATA, byte(elf.ELFDATA2MSB))).byRule(2, verify.CodeMachine),
		static.edited("no EI_DATA", ident(elf.EI_DATA, 0)).byRule(2, verify.CodeData),
		static386.edited("EI_CLASS of 64 bits", ident(elf.EI_CLASS, byte(elf.ELFCLASS64))).byRule(2, verify.CodeClass),
		dyn.edited("EI_CLASS of 32 bits", ident(elf.EI_CLASS, byte(elf.ELFCLASS32))).refused(verify.CodeClass),
		made("a loader that only 64 bits show", nil, "echo > prog").edited("read as 32 bits", twoReadings).refused(verify.CodeClass),
		dyn.edited("loader's name of no bytes", interp(func(p *elf.Prog64) { p.Filesz = 0 })).refused(verify.CodeMalformedInterp, verify.CodeNeeded),
		dyn.edited("loader's name of one byte", interp(func(p *elf.Prog64) { p.Filesz = 1 })).refused(verify.CodeMalformedInterp, verify.CodeNeeded),
		dyn.edited("loader's name of 4097 bytes", interp(func(p *elf.Prog64) { p.Filesz = 4097 })).refused(verify.CodeMalformedInterp, verify.CodeNeeded),
		dyn.edited("a second loader", program(elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R), Filesz: 4, Memsz: 4})).refused(dynamic...),
	}
}

// packed are programs packed by UPX, of which those that are static run.
func packed() []Case {
	pack := func(c Case) Case {
		c = c.but("packed").with("upx")
		c.Build = append(slices.Clip(c.Build), "upx -q prog")
		return c
	}
	return []Case{
		pack(gcc("C, static", "-static hello.c")).byRule(7, verify.CodePacked),
		pack(gcc("C, static-PIE", "-static-pie hello.c")).byRule(7, verify.CodePacked),
		pack(bare("-Os -static -s")).byRule(7, verify.CodePacked),
		pack(gcc("C, dynamic", "hello.c")).refused(verify.CodePacked),
		pack(goProgram("Go", "hello.go")).byRule(7, verify.CodePacked),
	}
}

// made is a program by some commands.
func made(name string, tools []string, commands ...string) Case {
	return Case{Name: name, Tools: tools, Build: commands, Arch: HostArch, Libc: NoLibc}
}

// compile is a program by a C compiler for glibc.
func compile(compiler, name, args string) Case {
	return made(name, []string{compiler}, compiler+" "+args+" -o prog").of(Glibc)
}

func gcc(name, args string) Case { return compile("gcc", name, args) }

func musl(args string) Case { return compile("musl-gcc", "musl, "+args, args).of(Musl) }

// bare is a program without a C library.
func bare(args string) Case {
	return gcc("bare, "+args, "-O1 -fno-stack-protector -nostdlib "+args+" bare.c").of(NoLibc)
}

// link is a C program by a linker of choice.
func link(linker, args string) Case {
	return gcc("C, "+args+", "+linker, args+" -fuse-ld="+linker+" hello.c").with("ld." + linker)
}

// linkNamed is one whose linker is told a loader's name.
func linkNamed(linker, args string) Case {
	const loader = "-Wl,-dynamic-linker,/lib64/ld-linux-x86-64.so.2"
	return gcc("C, "+args+", "+linker+", a loader named", args+" -fuse-ld="+linker+" "+loader+" hello.c").with("ld." + linker)
}

// goProgram is a Go program without a C library.
func goProgram(name, args string) Case {
	return made(name, []string{"go"}, "CGO_ENABLED=0 go build -o prog "+args)
}

// goFor is one for an architecture.
func goFor(arch string) Case {
	return made("Go for "+arch, []string{"go"}, "CGO_ENABLED=0 GOARCH="+arch+" go build -o prog bare.go").on(arch)
}

// cgo is a Go program with glibc.
func cgo(name, args string) Case {
	return made(name, []string{"go", "gcc"}, "CGO_ENABLED=1 go build -o prog "+args).of(Glibc)
}

// rustc is a Rust program with glibc.
func rustc(name, args string) Case {
	return made(name, []string{"rustc", "gcc"}, "rustc "+args+" -o prog").of(Glibc)
}

// v3 gives the case with what processors of level x86-64-v3 have.
func v3(c Case) Case {
	c.CPU = "avx2"
	return c
}
