//go:build linux

package wrapper

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// links are commands that link, with LD in place of the choice of a linker. Each one is
// run without the wrapper and with it.
var links = []struct {
	name, command string
	output        string // what it writes
	not           string // linkers that can't do it, or not twice alike
	unknown       string // linkers that do not say what they take then
}{
	{"static", "gcc LD -static a.o libx.a -o out", "out", "", ""},
	{"static PIE", "gcc LD -static-pie a.o libx.a -o out", "out", "gold", ""},
	{"dynamic", "gcc LD a.o libx.a -o out", "out", "", ""},
	{"shared library", "gcc LD -shared f.o g.o -o out", "out", "", ""},
	{"a.out", "gcc LD -static a.o libx.a", "a.out", "", ""},
	{"output joined", "gcc LD -static a.o libx.a -Wl,-oout", "out", "", ""},
	{"output long", "gcc LD -static a.o libx.a -Wl,--output=out", "out", "", ""},
	{"partial link", "gcc LD -r f.o g.o -o out", "out", "", "mold"},
	{"garbage collected", "gcc LD -static -Wl,--gc-sections a.o libx.a -o out", "out", "", ""},
	{"stripped", "gcc LD -static -s a.o libx.a -o out", "out", "", ""},
	{"whole archive", "gcc LD -static a.o -Wl,--whole-archive libx.a -Wl,--no-whole-archive -o out", "out", "", ""},
	{"thin archive", "gcc LD -static a.o libthin.a -o out", "out", "", ""},
	{"linker script as a library", "echo 'INPUT(f.o g.o)' >libs.a; gcc LD -static a.o libs.a -o out", "out", "", ""},
	{"version script", "echo '{global: f; local: *;};' >v.map; gcc LD -shared f.o g.o -Wl,--version-script=v.map -o out", "out", "", ""},
	{"response file", "echo \"-static 'a.o' libx.a -o out\" >args; gcc LD @args", "out", "", ""},
	{"response file of the linker", "echo libx.a >args; gcc LD -static a.o -Wl,@args -o out", "out", "", ""},
	{"group", "gcc LD -static a.o -Wl,--start-group libx.a -Wl,--end-group -o out", "out", "", ""},
	{"compiled in the same command", "gcc LD -static a.c f.c g.c -o out", "out", "", ""},
	{"optimized at link time", "gcc LD -O1 -flto -static a.c f.c g.c -o out", "out", "lld", ""},
	{"optimized at link time in parallel", "gcc LD -O1 -flto=2 -static a.c f.c g.c -o out", "out", "lld", ""},
	{"build id of the content", "gcc LD -static a.o libx.a -Wl,--build-id=sha1 -o out", "out", "", ""},
	{"binary data", "LINKER -r -b binary a.c -o out", "out", "lld mold", ""},

	{"user's map", "gcc LD -static a.o libx.a -Wl,-Map=map -o out && cat map", "out", "", ""},
	{"user's map to stdout", "gcc LD -static a.o libx.a -Wl,-M -o out", "out", "", "gold"},
	{"user's trace", "gcc LD -static a.o libx.a -Wl,--trace -o out", "out", "", ""},
	{"user's short trace", "gcc LD -static a.o libx.a -Wl,-t -o out", "out", "mold", ""},
	{"user's trace of members", "gcc LD -static a.o libx.a -Wl,-t,-t -o out", "out", "mold", ""},
	{"user's trace of a thin archive", "gcc LD -static a.o libthin.a -Wl,--trace -o out", "out", "", ""},
	{"user's trace of LTO", "gcc LD -O1 -flto -static a.c f.c g.c -Wl,--trace -o out", "out", "lld", ""},
	{"user's map of LTO", "gcc LD -O1 -flto -static a.c f.c g.c -Wl,-Map=map -o out", "out", "lld", "gold"},
	{"user's trace and map", "gcc LD -static a.o libx.a -Wl,--trace,-M -o out", "out", "", "gold"},
	{"user's trace of a symbol", "gcc LD -static a.o libx.a -Wl,-y,f -o out", "out", "", ""},
	{"user's cross reference", "gcc LD -static a.o libx.a -Wl,--cref -o out", "out", "mold", ""},
	{"verbose", "gcc LD -static a.o libx.a -Wl,--verbose -o out", "out", "", ""},
	{"version and a link", "gcc LD -static a.o libx.a -Wl,-v -o out", "out", "", ""},
	{"long version and a link", "gcc LD -static a.o libx.a -Wl,-V -o out", "out", "lld", ""},
	{"removed sections", "gcc LD -static a.o libx.a -Wl,--gc-sections,--print-gc-sections -o out", "out", "mold", ""},
	{"memory usage", "gcc LD -static a.o libx.a -Wl,--print-memory-usage -o out", "out", "gold lld mold", ""},
	{"why extracted", "gcc LD -static a.o libx.a -Wl,--why-extract=why -o out && cat why", "out", "bfd gold mold", ""},
	{"dependency file", "gcc LD -static a.o libx.a -Wl,--dependency-file=dep -o out && cat dep", "out", "", ""},
	{"warnings", "echo 'char *tmpnam(char *); int main(void) { return !tmpnam(0); }' >w.c; gcc LD -static w.c -o out 2>&1", "out", "", ""},

	{"asked for the version", "LINKER --version", "", "", ""},
	{"asked for the version by -v", "LINKER -v", "", "", ""},
	{"asked for the version by -V", "LINKER -V", "", "", ""},
	{"asked for help", "LINKER --help", "", "", ""},
	{"nothing", "LINKER", "", "", ""},
	{"missing library", "gcc LD a.o -lnowhere -o out", "", "", ""},
	{"undefined symbol", "gcc LD -static a.o -o out", "", "", ""},
	{"unknown option", "gcc LD a.o libx.a -Wl,--no-such-option -o out", "", "", ""},
	{"missing value", "LINKER a.o -o", "", "", ""},
	{"output to a place that is not there", "gcc LD a.o libx.a -o no/where", "", "", ""},
	{"output to nowhere", "gcc LD -static a.o libx.a -o /dev/null", "", "mold lld", ""},
	{"closed output", "gcc LD -static a.o libx.a -o out >&-", "out", "", ""},
}

// TestNothingChanges: with the wrapper, the output has the same bytes, and a command
// prints the same and ends the same.
func TestNothingChanges(t *testing.T) {
	for _, ld := range linkers {
		for _, l := range links {
			if slices.Contains(strings.Fields(l.not), ld.name) {
				continue
			}
			t.Run(ld.name+"/"+l.name, func(t *testing.T) {
				t.Parallel()
				tools(t, ld.program)
				b := newBench(t)
				command := strings.NewReplacer("LINKER", ld.program, "LD", "-fuse-ld="+ld.name).Replace(l.command)
				plain := b.run(command)
				var want string
				if l.output != "" {
					if plain.state != "exit status 0" {
						t.Fatalf("without the wrapper: %+v", plain)
					}
					want = b.read(l.output)
					os.Remove(filepath.Join(b.dir, l.output))
				}
				wrapped := b.run(command, b.compilers(), b.path())
				if wrapped != plain {
					t.Errorf("%s\n with the wrapper:    %s\n without the wrapper: %s", command, short(wrapped), short(plain))
				}
				if l.output == "" {
					if r := b.records(); len(r.Links) != 0 || r.Unfinished != 0 {
						t.Errorf("%d records and %d unfinished links of no link", len(r.Links), r.Unfinished)
					}
					return
				}
				if b.read(l.output) != want {
					t.Errorf("%s\n another output", command)
				}
				unknown := slices.Contains(strings.Fields(l.unknown), ld.name)
				if rec := b.one(); (rec.Failure != "") != unknown {
					t.Errorf("failure %q, want one: %v", rec.Failure, unknown)
				}
			})
		}
	}
}

// short returns a result so that a person can read it.
func short(r result) string {
	cut := func(s string) string {
		if len(s) > 1000 {
			return fmt.Sprintf("%s … (%d bytes)", s[:1000], len(s))
		}
		return s
	}
	return fmt.Sprintf("%s, stdout %q, stderr %q", r.state, cut(r.stdout), cut(r.stderr))
}

// TestOtherMachines: compilers for other machines call the linker that they call without
// the wrapper.
func TestOtherMachines(t *testing.T) {
	for _, target := range []string{"aarch64-linux-gnu", "arm-linux-gnueabihf", "riscv64-linux-gnu", "powerpc64le-linux-gnu", "s390x-linux-gnu", "i686-linux-gnu"} {
		for _, compiler := range []string{"clang --target=" + target, "clang -fuse-ld=lld --target=" + target, target + "-gcc"} {
			t.Run(compiler, func(t *testing.T) {
				t.Parallel()
				tools(t, "clang", "ld.lld", target+"-ld")
				if strings.HasSuffix(compiler, "-gcc") {
					tools(t, compiler)
				}
				b := newBench(t)
				b.write("x.c", "void _start(void) { for (;;); }\n")
				command := compiler + " -nostdlib -static x.c -o out"
				if strings.Contains(command, "lld --target=s390x") {
					return // lld 14 does not link for it
				}
				b.must(command)
				want := b.read("out")
				if got, plain := b.run(command, b.compilers(), b.path()), (result{"", "", "exit status 0"}); got != plain {
					t.Fatalf("%+v", got)
				}
				if b.read("out") != want {
					t.Error("another output")
				}
				machine, _, _ := strings.Cut(target, "-")
				if l := b.one(); l.Failure != "" || !strings.Contains(compiler, "lld") && !strings.Contains(l.Linker.Program, "/"+machine) {
					t.Errorf("%+v, failure %q", l.Linker, l.Failure)
				}
			})
		}
	}
}
