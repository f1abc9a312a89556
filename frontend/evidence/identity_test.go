package evidence

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/hack/need"
)

// identity returns the identity of a file.
func identity(t testing.TB, path string) string {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	id, err := Identity(f)
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return id
}

// shell runs a command in a folder.
func shell(t testing.TB, dir, command string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "sh", "-ec", command)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", command, err, out)
	}
}

func needTool(t testing.TB, names ...string) {
	t.Helper()
	for _, n := range names {
		if _, err := exec.LookPath(n); err != nil {
			need.Missing(t, "this takes %s in PATH", n)
		}
	}
}

// compile compiles a program with a linker. The number is in its code.
func compile(t testing.TB, dir, out, number, flags string) {
	t.Helper()
	source := "#include <stdio.h>\nint main(void) { printf(\"%d\\n\", " + number + "); return 0; }\n"
	if err := os.WriteFile(filepath.Join(dir, "m.c"), []byte(source), 0o644); err != nil {
		t.Fatal(err)
	}
	shell(t, dir, "gcc -g "+flags+" m.c -o "+out)
}

// TestIdentitySurvives: strip and what works like it keep the identity, and change the file.
func TestIdentitySurvives(t *testing.T) {
	changes := []struct{ tool, command string }{
		{"strip", "strip out"},
		{"strip", "strip -g out"},
		{"strip", "strip --strip-all -R .comment -R .note.gnu.gold-version out"},
		{"strip", "strip --strip-unneeded out"},
		{"objcopy", "objcopy --strip-debug out"},
		{"objcopy", "objcopy --only-keep-debug out out.debug; objcopy --strip-all --add-gnu-debuglink=out.debug out"},
		{"objcopy", "echo more >note; objcopy --add-section .note.more=note out"},
		{"objcopy", "objcopy --compress-debug-sections out"},
		{"llvm-strip", "llvm-strip out"},
		{"llvm-objcopy", "llvm-objcopy --strip-debug out"},
		{"install", "install -s out other; mv other out"},
	}
	for _, ld := range []string{"bfd", "gold", "lld", "mold"} {
		for _, flags := range []string{"-static", "-static-pie", ""} {
			if ld == "gold" && flags == "-static-pie" {
				continue // Debian's gold does not know --no-dynamic-linker
			}
			t.Run(ld+" "+flags, func(t *testing.T) {
				program := "ld." + ld
				if ld == "mold" {
					program = ld
				}
				needTool(t, "gcc", program)
				dir := t.TempDir()
				compile(t, dir, "linked", "1", flags+" -fuse-ld="+ld)
				want := identity(t, filepath.Join(dir, "linked"))
				before, _ := os.ReadFile(filepath.Join(dir, "linked"))
				for _, c := range changes {
					t.Run(c.command, func(t *testing.T) {
						needTool(t, c.tool)
						if strings.HasPrefix(c.tool, "llvm") && ld == "bfd" && flags == "-static" {
							return // it refuses what GNU ld writes for static glibc
						}
						shell(t, dir, "cp linked out; "+c.command)
						out := filepath.Join(dir, "out")
						if after, _ := os.ReadFile(out); bytes.Equal(before, after) {
							t.Fatal("the file is the same")
						}
						if identity(t, out) != want {
							t.Errorf("another identity")
						}
					})
				}
			})
		}
	}
}

// TestIdentityTells: programs that run differently have different identities.
func TestIdentityTells(t *testing.T) {
	needTool(t, "gcc")
	dir := t.TempDir()
	seen := map[string]string{}
	for _, flags := range []string{"-static", "-static -O2", "-static-pie", "-static -Wl,-z,stack-size=1048576", "-static -DN=2 -Wl,--build-id=none", "-static -Wl,--build-id=0x01"} {
		for _, number := range []string{"1", "2"} {
			compile(t, dir, "out", number, flags)
			id := identity(t, filepath.Join(dir, "out"))
			if other, ok := seen[id]; ok {
				t.Errorf("%s %s is %s", flags, number, other)
			}
			seen[id] = flags + " " + number
		}
	}
}

// TestIdentityIsOfContent: a change of a loaded byte is another identity. So a packed or
// patched program is joined to no link.
func TestIdentityIsOfContent(t *testing.T) {
	needTool(t, "gcc", "objcopy")
	dir := t.TempDir()
	compile(t, dir, "out", "1", "-static")
	want := identity(t, filepath.Join(dir, "out"))
	shell(t, dir, "cp out updated; printf 'other bytes' >new; objcopy --update-section .rodata=new updated 2>/dev/null")
	if identity(t, filepath.Join(dir, "updated")) == want {
		t.Error("new content, the same identity")
	}
	text, err := os.ReadFile(filepath.Join(dir, "out"))
	if err != nil {
		t.Fatal(err)
	}
	text[len(text)/3] ^= 1
	if got, err := Identity(bytes.NewReader(text)); err != nil || got == want {
		t.Errorf("a changed byte: %v", err)
	}
	// upx writes other segments; it is tried where the machine has it.
	if _, err := exec.LookPath("upx"); err == nil {
		shell(t, dir, "upx -q out")
		if identity(t, filepath.Join(dir, "out")) == want {
			t.Error("packed, the same identity")
		}
	}
}

// TestNoProgram: what is no program has no identity, and an error of the reader's is
// returned as it is.
func TestNoProgram(t *testing.T) {
	elf64 := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 9) + "\x02\x00\x3e\x00" + strings.Repeat("\x00", 100)
	for name, text := range map[string]string{
		"nothing": "", "text": "#!/bin/sh\n" + strings.Repeat("x", 100), "archive": "!<arch>\n", "short": "\x7fELF\x02\x01",
		"no headers": elf64, "class": strings.Replace(elf64, "\x02\x01\x01", "\x03\x01\x01", 1), "object": strings.Replace(elf64, "\x02\x00\x3e", "\x01\x00\x3e", 1),
	} {
		if id, err := Identity(strings.NewReader(text)); !errors.Is(err, ErrNoProgram) || id != "" {
			t.Errorf("%s: %q, %v", name, id, err)
		}
	}
	if _, err := Identity(failing{}); !errors.Is(err, io.ErrClosedPipe) {
		t.Errorf("error %v", err)
	}
}

type failing struct{}

func (failing) ReadAt([]byte, int64) (int, error) { return 0, io.ErrClosedPipe }

// FuzzIdentity: any bytes are read to an end, and within bounds.
func FuzzIdentity(f *testing.F) {
	self, err := os.ReadFile("/bin/true")
	if err == nil {
		f.Add(self[:min(len(self), 4096)])
	}
	f.Add([]byte("\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 100)))
	f.Fuzz(func(t *testing.T, data []byte) {
		id, err := Identity(bytes.NewReader(data))
		if (err == nil) == (id == "") {
			t.Errorf("%q, %v", id, err)
		}
	})
}
