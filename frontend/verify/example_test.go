package verify_test

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// dynamicProgram is the smallest program that asks for a loader.
func dynamicProgram() []byte {
	const (
		base   = 0x400000
		loader = "/lib/ld-musl-x86_64.so.1\x00"
		code   = 64 + 2*56 + len(loader)
		size   = code + 2
	)
	h := elf.Header64{Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: uint64(base + code),
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 2}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	var b bytes.Buffer
	for _, part := range []any{
		h,
		elf.Prog64{Type: uint32(elf.PT_INTERP), Off: 64 + 2*56, Filesz: uint64(len(loader)), Memsz: uint64(len(loader))},
		elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 5, Vaddr: base, Filesz: uint64(size), Memsz: uint64(size)},
		[]byte(loader + "\xeb\xfe"),
	} {
		if err := binary.Write(&b, binary.LittleEndian, part); err != nil {
			panic(err)
		}
	}
	return b.Bytes()
}

func ExampleELF() {
	program := dynamicProgram()
	report, err := verify.ELF(bytes.NewReader(program), int64(len(program)), verify.Options{
		Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
	})
	if err != nil {
		fmt.Println(err) // the reader failed
		return
	}
	fmt.Println(report.Verdict)
	for _, reason := range report.Reasons {
		fmt.Println(reason.Code+":", reason.Message)
	}
	// Output:
	// refused
	// interpreter: needs the dynamic loader /lib/ld-musl-x86_64.so.1 (PT_INTERP), which a scratch image does not have
}

// The package says what it found. The caller knows what the program is for, and says what to
// change.
func ExampleReason() {
	program := dynamicProgram()
	report, err := verify.ELF(bytes.NewReader(program), int64(len(program)), verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, reason := range report.Reasons {
		switch reason.Code {
		case verify.CodeInterpreter:
			fmt.Printf("link without %s (at offset %#x)\n", report.Interpreter, *reason.Offset)
		default:
			fmt.Println("ask the team:", reason.Message)
		}
	}
	// Output:
	// link without /lib/ld-musl-x86_64.so.1 (at offset 0x40)
}

func ExampleReport_Err() {
	script := "#!/bin/sh\necho hello\n"
	report, err := verify.ELF(strings.NewReader(script), int64(len(script)), verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(report.Err())
	// Output:
	// the file is a script for /bin/sh, which a scratch image does not have
}

func ExampleReport_String() {
	script := "#!/bin/sh\n"
	report, err := verify.ELF(strings.NewReader(script), int64(len(script)), verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(report)
	// Output:
	// refused (10 bytes)
	//   is a script for /bin/sh, which a scratch image does not have [script]
}

// The link is absolute. It leads to a file inside the root, not to a file of this machine.
func ExampleOpen() {
	root, err := os.MkdirTemp("", "root")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(root)
	os.Mkdir(filepath.Join(root, "out"), 0o755)
	os.WriteFile(filepath.Join(root, "out/app"), dynamicProgram(), 0o755)
	os.Symlink("/out/app", filepath.Join(root, "a.out"))

	file, err := verify.Open(root, "a.out", verify.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer file.Close()
	fmt.Println(file.Report.Resolved, file.Report.Verdict, file.Report.Interpreter)

	var copied bytes.Buffer
	n, err := file.CopyTo(&copied) // the bytes that were examined
	fmt.Println(n == file.Report.Size, err)
	// Output:
	// /out/app refused /lib/ld-musl-x86_64.so.1
	// true <nil>
}
