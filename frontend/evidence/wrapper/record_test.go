//go:build linux

package wrapper

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// TestWhatWentIn: the record has the objects and the members that went in, and no others.
func TestWhatWentIn(t *testing.T) {
	const usual = "a.o, archive libx.a(f.o g.o)"
	for _, tt := range []struct {
		name, command string
		want          string
		by            map[string]string // linkers that say it in another way
	}{
		{"members", "gcc LD -static a.o libx.a -o out", usual, nil},
		{"dynamic", "gcc LD a.o libx.a -o out", usual, nil},
		{"user's trace", "gcc LD -static a.o libx.a -Wl,--trace -o out", usual, nil},
		{"user's map", "gcc LD -static a.o libx.a -Wl,-Map=map -o out", usual,
			// mold says only in its map what of all it reads went in.
			map[string]string{"mold": "a.o, archive libx.a(f.o g.o u.o)"}},
		{"library by name", "gcc LD -static a.o -L. -lx -o out", usual, nil},
		{"whole archive", "gcc LD -static a.o -Wl,--whole-archive libx.a -Wl,--no-whole-archive -o out", "a.o, archive libx.a(f.o g.o u.o)", nil},
		{"thin archive", "gcc LD -static a.o libthin.a -o out", "a.o, thin archive libthin.a(f.o g.o)",
			map[string]string{"bfd": "a.o, f.o, g.o"}},
		{"script", "echo 'INPUT(f.o g.o)' >libs.a; gcc LD -static a.o libs.a -o out", "a.o, f.o, g.o",
			map[string]string{"bfd": "a.o, script libs.a, f.o, g.o"}},
		{"odd names", "cp libx.a 'lib(x).a'; cp a.o 'a (1).o'; gcc LD -static 'a (1).o' 'lib(x).a' -o out", "a (1).o, archive lib(x).a(f.o g.o)", nil},
		{"shared library", "COMPILER_PATH= gcc -shared -o libs.so f.o g.o; gcc LD a.o libs.so -o out", "a.o, shared library libs.so", nil},
		{"objects as members", "gcc LD -static a.o -Wl,--start-lib f.o g.o u.o -Wl,--end-lib -o out", "a.o, f.o, g.o",
			map[string]string{"mold": "a.o, f.o, g.o, u.o"}},
		{"archive twice", "gcc LD -static a.o libx.a libx.a -o out", usual, nil},
	} {
		for _, ld := range linkers {
			if ld.name == "bfd" && tt.name == "objects as members" {
				continue // it does not know --start-lib
			}
			t.Run(ld.name+"/"+tt.name, func(t *testing.T) {
				t.Parallel()
				tools(t, ld.program)
				b := newBench(t)
				b.must(strings.ReplaceAll(tt.command, "LD", "-fuse-ld="+ld.name), b.compilers())
				l := b.one()
				want := tt.want
				if w, ok := tt.by[ld.name]; ok {
					want = w
				}
				if got := b.inputs(l); got != want {
					t.Errorf("inputs %s\n want   %s (failure %q)", got, want, l.Failure)
				}
				if l.Linker.Kind != ld.kind {
					t.Errorf("kind %q, want %q", l.Linker.Kind, ld.kind)
				}
				if want := ld.name == "mold" && slices.Contains([]string{"user's map", "objects as members"}, tt.name); l.Read != want {
					t.Errorf("read %v, want %v", l.Read, want)
				}
			})
		}
	}
}

// TestLTO: what link-time optimization made an object of is in the record, with all
// compilers and also if they keep their temporary files.
func TestLTO(t *testing.T) {
	for _, ld := range linkers {
		for _, compiler := range []string{"gcc", "gcc -save-temps", "clang"} {
			if ld.name == "lld" && compiler != "clang" {
				continue // it does not know gcc's plugin
			}
			t.Run(ld.name+"/"+compiler, func(t *testing.T) {
				t.Parallel()
				ar := "gcc-ar"
				if compiler == "clang" {
					ar = "llvm-ar"
				}
				tools(t, ld.program, ar, strings.Fields(compiler)[0])
				b := newBench(t)
				b.must(compiler + " -O1 -flto -c a.c f.c g.c u.c && rm libx.a && " + ar + " rcs libx.a f.o g.o u.o")
				command := compiler + " -fuse-ld=" + ld.name + " -O1 -flto -static a.o libx.a -o out"
				plain := b.must(command)
				if got := b.must(command, b.compilers()); got != plain {
					t.Errorf("with the wrapper %s, without it %s", short(got), short(plain))
				}
				l := b.one()
				if ld.name == "gold" && compiler == "clang" {
					if !strings.Contains(l.Failure, "does not name the members") {
						t.Errorf("inputs %s, failure %q", b.inputs(l), l.Failure)
					}
					return
				}
				got := b.inputs(l)
				for _, want := range []string{"a.o", "libx.a(f.o g.o"} {
					if !strings.Contains(got, want) {
						t.Errorf("inputs %s, want %s among them (failure %q)", got, want, l.Failure)
					}
				}
				if strings.Contains(got, "u.o") && !l.Read {
					t.Errorf("inputs %s: u.o did not go in", got)
				}
				if l.Read != (ld.name == "mold") {
					t.Errorf("read: %v", l.Read)
				}
			})
		}
	}
}

// TestReasons: the record says what needed a member first, where the linker does.
func TestReasons(t *testing.T) {
	for _, ld := range linkers {
		t.Run(ld.name, func(t *testing.T) {
			t.Parallel()
			tools(t, ld.program)
			b := newBench(t)
			b.must("gcc -fuse-ld="+ld.name+" -static a.o libx.a -o out", b.compilers())
			l := b.one()
			dir, err := filepath.EvalSymlinks(b.dir)
			if err != nil {
				t.Fatal(err)
			}
			want := []evidence.Member{
				{Name: "f.o", By: dir + "/a.o", Symbol: "f"},
				{Name: "g.o", By: dir + "/libx.a(f.o)", Symbol: "g"},
			}
			if ld.name == "mold" {
				want = []evidence.Member{{Name: "f.o"}, {Name: "g.o"}}
			}
			i := slices.IndexFunc(l.Inputs, func(in evidence.Input) bool { return in.Path == dir+"/libx.a" })
			if i < 0 || !slices.Equal(l.Inputs[i].Members, want) {
				t.Errorf("members %+v\n want %+v", l.Inputs, want)
			}
		})
	}
}

// TestSameRecords: a build that is made again has the same records to the byte, though
// compilers choose new names for temporary files.
func TestSameRecords(t *testing.T) {
	tools(t, "clang")
	b := newBench(t)
	var all [2][]string
	for i := range all {
		for _, c := range []string{"gcc -static a.c f.c g.c -o out", "gcc -flto -frandom-seed=1 -O1 -static a.c f.c g.c -o opt", "clang -static a.c f.c g.c -o cl"} {
			b.must(c, b.compilers())
		}
		for _, l := range b.records().Links {
			line, err := l.Encode()
			if err != nil {
				t.Fatal(err)
			}
			all[i] = append(all[i], string(line))
		}
	}
	if len(all[0]) != 3 || !slices.Equal(all[0], all[1]) {
		t.Errorf("first %s\n then %s", all[0], all[1])
	}
	if n := strings.Count(all[0][0]+all[0][2], "XXXXXX"); n < 6 {
		t.Errorf("%d temporary objects, want six: %s", n, all[0])
	}
}

// TestTools: the tools that look for a linker themselves find the wrapper or go past it,
// as docs/inside.md says, and work in both cases.
func TestTools(t *testing.T) {
	for _, tt := range []struct {
		name     string
		tools    []string
		command  string
		recorded int // links, 0 for none
		path     bool
	}{
		{"clang", []string{"clang"}, "clang -static a.o libx.a -o out", 1, false},
		{"clang and lld", []string{"clang", "ld.lld"}, "clang -fuse-ld=lld -static a.o libx.a -o out", 1, false},
		{"clang with a path", []string{"clang"}, "clang --ld-path=/usr/bin/ld.bfd -static a.o libx.a -o out", 0, true},
		{"a folder of the user's first", nil, "gcc -B/usr/bin -static a.o libx.a -o out", 0, true},
		{"a variable of the user's", nil, "COMPILER_PATH=/nowhere gcc -static a.o libx.a -o out", 0, false},
		{"a variable of the user's, with PATH", nil, "COMPILER_PATH=/nowhere gcc -static a.o libx.a -o out", 1, true},
		{"a linker by hand", nil, "ld -r f.o g.o -o out", 1, true},
		{"a linker by its path", nil, "/usr/bin/ld -r f.o g.o -o out", 0, true},
		{"musl", []string{"musl-gcc"}, "musl-gcc -static a.c f.c g.c -o out", 1, false},
		{"two programs of one tree", nil, "gcc -static a.o libx.a -o out & gcc -static a.o f.o g.o -o two; wait", 2, false},
		{"in parallel", []string{"make"}, "printf 'all: 1.out 2.out 3.out 4.out 5.out 6.out 7.out 8.out\\n%%.out: ; gcc -static a.o libx.a -o $@ -Wl,--defsym=n=$*\\n' >Makefile; make -j8", 8, false},
		{"libtool", []string{"libtool"}, "libtool --tag=CC --mode=compile gcc -c f.c -o f.lo && libtool --tag=CC --mode=compile gcc -c g.c -o g.lo && " +
			"libtool --tag=CC --mode=link gcc -static f.lo g.lo -o libf.la && libtool --tag=CC --mode=link gcc -static -all-static a.o libf.la -o out", 1, false},
		{"cmake", []string{"cmake", "make"}, "printf 'cmake_minimum_required(VERSION 3.10)\\nproject(p C)\\nadd_library(x STATIC f.c g.c)\\nadd_executable(out a.c)\\ntarget_link_libraries(out x)\\n' >CMakeLists.txt; " +
			"cmake -S . -B build && make -C build && cp build/out .", 1, true},
		{"ccache", []string{"ccache"}, "CCACHE_DIR=$PWD/cc ccache gcc -c f.c -o f.o; CCACHE_DIR=$PWD/cc ccache gcc -static a.o f.o g.o -o out", 1, false},
		{"rustc", []string{"rustc"}, "echo 'fn main() { println!(\"x\"); }' >m.rs; rustc -Clinker-features=-lld m.rs -o out || rustc m.rs -o out", 1, false},
		{"a compiler with a linker of its own", nil, "mkdir own && cp /usr/bin/ld own && gcc -Bown -static a.o libx.a -o out", 0, true},
		{"Go with C", []string{"go"}, "printf 'package main\\n\\nimport \"C\"\\n\\nfunc main() {}\\n' >m.go; CGO_ENABLED=1 GO111MODULE=off go build -ldflags '-linkmode external -extldflags -static' -o out m.go", 1, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tools(t, tt.tools...)
			b := newBench(t)
			env := []string{b.compilers()}
			if tt.path {
				env = append(env, b.path())
			}
			b.must(tt.command, env...)
			r := b.records()
			if r.Unfinished > 0 {
				t.Errorf("%d unfinished", r.Unfinished)
			}
			if got := len(r.Links); tt.recorded == 0 && got > 0 || got < tt.recorded {
				t.Errorf("%d links recorded, want %d", got, tt.recorded)
			}
			for _, l := range r.Links {
				if l.Failure != "" {
					t.Errorf("%s: %s", l.Output.Path, l.Failure)
				}
			}
			if tt.recorded == 0 {
				return
			}
			for _, name := range []string{"out", "1.out"} {
				f, err := os.Open(filepath.Join(b.dir, name))
				if err != nil {
					continue
				}
				id, err := evidence.Identity(f)
				f.Close()
				if err == nil && len(r.Find(id)) == 0 {
					t.Errorf("%s is joined to no link", name)
				}
			}
		})
	}
}

// TestPartialLinks: what a partial link took is found behind its object.
func TestPartialLinks(t *testing.T) {
	b := newBench(t)
	b.must("gcc -r f.o g.o -o fg.o && gcc -r fg.o -o again.o && gcc -static a.o again.o -o out", b.compilers())
	r := b.records()
	i := slices.IndexFunc(r.Links, func(l *evidence.Link) bool { return filepath.Base(l.Output.Path) == "out" })
	if len(r.Links) != 3 || i < 0 {
		t.Fatalf("%d records", len(r.Links))
	}
	var got []string
	through, _ := r.Through(r.Links[i])
	for _, l := range through {
		got = append(got, b.inputs(l))
	}
	if want := []string{"fg.o", "f.o, g.o"}; !slices.Equal(got, want) {
		t.Errorf("through %q, want %q", got, want)
	}
}

// TestNotRecorded: what can't be recorded is said, and the link is made all the same.
func TestNotRecorded(t *testing.T) {
	for _, tt := range []struct {
		name, prepare, command string
		want                   string // in the failure
	}{
		{"unknown linker", "mkdir bin && printf '#!/bin/sh\\necho my linker\\ncase $1 in --version) ;; *) echo x >out;; esac\\n' >bin/ld && chmod +x bin/ld",
			"PATH=$ROOT/bin:$PWD/bin:$PATH ld a.o -o out", `"my linker" is not a linker that is known`},
		{"linker without a version", "mkdir bin && printf '#!/bin/sh\\n[ $1 = --version ] && exit 1\\necho x >out\\n' >bin/ld && chmod +x bin/ld",
			"PATH=$ROOT/bin:$PWD/bin:$PATH ld a.o -o out", "--version: exit status 1"},
		{"copied command", "", "PATH=$ROOT/bin:$PATH ld.lld --reproduce=r.tar -r f.o g.o -o out", "--reproduce"},
		{"replaced input", "", "PATH=$ROOT/bin:$PATH ld.lld -r f.o g.o -o f.o", "the output replaced an input"},
		{"input that is no file", "", "PATH=$ROOT/bin:$PATH; cat f.o | ld -r -b elf64-x86-64 g.o -T /dev/stdin -o out || cat g.o | ld.lld -r f.o /dev/stdin -o out", "not a regular file"},
		{"folder of mold's", "mkdir sub && cp f.o sub", "PATH=$ROOT/bin:$PATH mold --directory=sub f.o -shared -o $PWD/out", "another folder"},
		{"line break", "cp f.o 'f\n.o'", "PATH=$ROOT/bin:$PATH ld -r 'f\n.o' -o out", "line break"},
		{"line break in a folder", "mkdir 'd\ne' && cp f.o g.o && ar rc 'd\ne/libx.a' f.o", "PATH=$ROOT/bin:$PATH ld -r --whole-archive -L'd\ne' -lx -o out", "line break"},
		{"output of a script", "echo 'OUTPUT(elsewhere) SECTIONS { .text : { *(.text*) } }' >s.ld; echo old >a.out", "PATH=$ROOT/bin:$PATH ld -r f.o -T s.ld", "did not write this output"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tools(t, "ld.lld")
			b := newBench(t)
			if tt.prepare != "" {
				b.must(tt.prepare)
			}
			b.must(tt.command, "ROOT="+b.root)
			l := b.one()
			if !strings.Contains(l.Failure, tt.want) {
				t.Errorf("failure %q, want %q in it", l.Failure, tt.want)
			}
			if len(l.Inputs) > 0 {
				t.Errorf("a failure with inputs: %+v", l.Inputs)
			}
		})
	}
}

// TestNeverBreaks: a folder that can't be written to changes nothing for the build.
func TestNeverBreaks(t *testing.T) {
	for _, folder := range []string{linksDir, workDir} {
		b := newBench(t)
		if err := os.RemoveAll(filepath.Join(b.root, folder)); err != nil {
			t.Fatal(err)
		}
		for _, ld := range []string{"bfd", "lld"} {
			if r := b.run("gcc -fuse-ld="+ld+" -static a.o libx.a -o out && ./out", b.compilers()); r != (result{"2\n", "", "exit status 0"}) {
				t.Errorf("without %s, %s: %+v", folder, ld, r)
			}
		}
	}
}

// TestEndsAlike: an exit status, a signal, a descriptor and an input go through.
func TestEndsAlike(t *testing.T) {
	for _, tt := range []struct{ name, body string }{
		{"exit status", "exit 3"},
		{"segmentation fault", "kill -SEGV $$"},
		{"abort", "kill -ABRT $$"},
		{"killed", "kill -KILL $$"},
		{"terminated", "kill -TERM $$"},
		{"broken pipe", "kill -PIPE $$"},
		{"interrupted", "kill -INT $$"},
		{"inherited descriptor", "echo to three >&3"},
		{"standard input", "cat"},
		{"ignored signal", "trap"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.write("bin/ld", "#!/bin/sh\ncase $1 in --version) echo 'GNU ld (fake) 2.40'; exit;; esac\n"+tt.body+"\n")
			command := "trap '' HUP; ld a.o -o out 3>three <a.c; s=$?; cat three; exit $s"
			path := filepath.Join(b.dir, "bin") + ":" + os.Getenv("PATH")
			plain := b.run(command, "PATH="+path)
			wrapped := b.run(command, "PATH="+filepath.Join(b.root, binDir)+":"+path)
			if plain != wrapped {
				t.Errorf("with the wrapper %+v, without it %+v", wrapped, plain)
			}
		})
	}
}

// TestSignalReachesTheLinker: who ends the wrapper ends the linker, and the wrapper ends
// as the linker does.
func TestSignalReachesTheLinker(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP, syscall.SIGKILL} {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.write("bin/ld", "#!/bin/sh\ncase $1 in --version) echo 'GNU ld (fake) 2.40'; exit;; esac\necho $$ >pid\nexec sleep 60\n")
			cmd := exec.CommandContext(t.Context(), filepath.Join(b.root, binDir, "ld"), "a.o", "-o", "out")
			cmd.Dir = b.dir
			cmd.Env = append(os.Environ(), "PATH="+filepath.Join(b.dir, "bin")+":"+os.Getenv("PATH"))
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			var pid int
			for range 1000 {
				text, _ := os.ReadFile(filepath.Join(b.dir, "pid"))
				if bytes.HasSuffix(text, []byte("\n")) {
					fmt.Sscan(string(text), &pid)
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			cmd.Process.Signal(s)
			cmd.Wait()
			if got := cmd.ProcessState.Sys().(syscall.WaitStatus).Signal(); got != s {
				t.Errorf("the wrapper ended by %v", got)
			}
			for range 500 {
				if err := syscall.Kill(pid, 0); err != nil {
					break
				}
				time.Sleep(10 * time.Millisecond)
			}
			if err := syscall.Kill(pid, 0); err == nil && !isZombie(pid) {
				t.Errorf("the linker goes on")
			}
			if r := b.records(); len(r.Links) != 0 || (r.Unfinished == 1) != (s == syscall.SIGKILL) {
				t.Errorf("%d records, %d unfinished", len(r.Links), r.Unfinished)
			}
		})
	}
}

// isZombie reports whether a process has ended and nobody has asked how.
func isZombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || bytes.Contains(text, []byte(") Z "))
}

// TestNoRecursion: wrappers that find each other, through scripts of the user's too, come
// to an end.
func TestNoRecursion(t *testing.T) {
	b := newBench(t)
	// A linker of the user's that calls the next one by a path of its own.
	b.write("bin/ld", "#!/bin/sh\necho called >>calls\nPATH="+filepath.Join(b.root, binDir)+":$PATH COMPILER_PATH="+filepath.Join(b.root, binDir)+" exec ld \"$@\"\n")
	other := newBench(t) // another place with the same program
	path := strings.Join([]string{filepath.Join(b.root, binDir), filepath.Join(other.root, binDir), filepath.Join(b.dir, "bin"), os.Getenv("PATH")}, ":")
	b.must("ld -r f.o g.o -o out", "PATH="+path)
	if got := strings.Count(b.read("calls"), "called"); got > 2 {
		t.Errorf("the script ran %d times", got)
	}
	if l := b.one(); b.inputs(l) != "f.o, g.o" {
		t.Errorf("inputs %s, failure %q", b.inputs(l), l.Failure)
	}
	if r := other.records(); len(r.Links)+r.Unfinished > 0 {
		t.Errorf("recorded twice: %+v", r)
	}
	// Nothing but wrappers.
	r := b.run("/bin/rm -rf bin; PATH=" + filepath.Join(b.root, binDir) + ":" + filepath.Join(other.root, binDir) + " ld a.o")
	if r.state != "exit status 127" || !strings.Contains(r.stderr, "no other linker of this name") {
		t.Errorf("%+v", r)
	}
}

// TestEnter: a command below the program is recorded, whatever way it finds a linker, and
// keeps its own variables. Without folders it runs without evidence.
func TestEnter(t *testing.T) {
	b := newBench(t)
	p, err := program()
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	b.must(p+" "+root+"/new sh -c 'gcc -static a.o libx.a -o out && ld -r f.o g.o -o fg.o && echo $COMPILER_PATH >path'", "COMPILER_PATH=/mine")
	r, err := evidence.ReadFolder(os.DirFS(filepath.Join(root, "new", linksDir)), ".")
	if err != nil || len(r.Links) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if got, want := b.read("path"), filepath.Join(root, "new", binDir)+":/mine\n"; got != want {
		t.Errorf("COMPILER_PATH %q, want %q", got, want)
	}
	if got := b.run(p + " /dev/null/no sh -c 'gcc -static a.o libx.a -o out && ./out; exit 3'"); got != (result{"2\n", "", "exit status 3"}) {
		t.Errorf("without folders: %+v", got)
	}
	for _, args := range []string{"", "relative sh", root, root + " nothing-of-this-name"} {
		if got := b.run(p + " " + args); got.state != "exit status 127" || !strings.HasPrefix(got.stderr, "scratch-linker: ") {
			t.Errorf("%q: %+v", args, got)
		}
	}
}

// TestOldLLD: an lld that does not know --why-extract does not get it.
func TestOldLLD(t *testing.T) {
	for version, want := range map[string]bool{
		"LLD 12.0.1 (compatible with GNU linkers)": false, "Debian LLD 14.0.6 (compatible with GNU linkers)": true, "LLD 9.0": false, "LLD 20.1.8": true, "LLD": false,
	} {
		if extracts(version) != want {
			t.Errorf("%s: %v", version, !want)
		}
	}
}

// TestInstalledNames: a linker that is not there is not there by its wrapper either.
func TestInstalledNames(t *testing.T) {
	bin, root := t.TempDir(), t.TempDir()
	for _, name := range []string{"ld", "ld.gold", "x86_64-alpine-linux-musl-ld", "ld.lld-20", "ld.so", "lld", "ldd", "gold", "build", "mold"} {
		if err := os.WriteFile(filepath.Join(bin, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", filepath.Join(root, binDir)+":"+bin+":/nowhere")
	for range 2 {
		if err := Install(root, "/program", 0); err != nil {
			t.Fatal(err)
		}
	}
	entries, err := os.ReadDir(filepath.Join(root, binDir))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if want := []string{"ld", "ld.gold", "ld.lld-20", "mold", "x86_64-alpine-linux-musl-ld"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
