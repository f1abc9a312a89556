//go:build linux

package wrapper

import (
	"debug/elf"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// stackOf returns what PT_GNU_STACK of a program has.
func (b *bench) stackOf(name string) uint64 {
	b.t.Helper()
	f, err := elf.Open(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_GNU_STACK {
			return p.Memsz
		}
	}
	b.t.Fatalf("%s has no PT_GNU_STACK", name)
	return 0
}

// TestStack: each linker's programs get the stack, and the bytes are those of the linker's
// own option where it knows that.
func TestStack(t *testing.T) {
	const stack = 1 << 20
	for _, ld := range linkers {
		for _, l := range []string{
			"gcc LD -static a.o libx.a -o out",
			"gcc LD -static-pie a.o libx.a -o out",
			"gcc LD -static -flto a.c f.c g.c -o out",
			"env -i PATH=$PATH COMPILER_PATH=$COMPILER_PATH gcc LD a.o libx.a -o out",
			"gcc LD -r f.o g.o -o part.o && gcc LD -static a.o part.o -o out",
			"clang LD -static a.o libx.a -o out",
		} {
			if strings.Contains(l, "static-pie") && ld.name == "gold" || strings.Contains(l, "flto") && ld.name == "lld" {
				continue // they can't
			}
			t.Run(ld.name+"/"+l, func(t *testing.T) {
				t.Parallel()
				tools(t, ld.program, "clang")
				b := newBenchOf(t, stack)
				command := strings.ReplaceAll(l, "LD ", "-fuse-ld="+ld.name+" -Wl,--build-id=none ")
				command = strings.ReplaceAll(command, "-r f.o", "-r -Wl,--build-id=none f.o")
				b.must(command, b.compilers())
				if got := b.stackOf("out"); got != stack {
					t.Fatalf("a stack of %d bytes, want %d", got, stack)
				}
				records := b.records().Links
				if last := records[len(records)-1]; !slices.Contains(last.Options, "-z stack-size=1048576") && !slices.Contains(records[0].Options, "-z stack-size=1048576") {
					t.Errorf("the record has not the option: %q", last.Options)
				}
				ours := b.read("out")
				if ld.name == "mold" || ld.name == "bfd" || strings.Contains(l, "flto") {
					return // it has no such option; it moves parts; names of temporary files are in symbols
				}
				b.must(strings.ReplaceAll(command, " -o out", " -Wl,-z,stack-size=1048576 -o out"))
				if b.read("out") != ours {
					t.Error("the bytes are not those of the linker's own option")
				}
			})
		}
	}
}

// TestStackOfTheUser: a program keeps the stack that its command gives to it.
func TestStackOfTheUser(t *testing.T) {
	b := newBenchOf(t, 1<<20)
	b.must("gcc -static -Wl,-z,stack-size=262144 a.o libx.a -o out", b.compilers())
	if got := b.stackOf("out"); got != 262144 {
		t.Errorf("a stack of %d bytes", got)
	}
}
