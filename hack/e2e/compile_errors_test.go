//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/missing"
)

// TestCompileErrorNamesThePackage: a command that did not find something names the package
// that has it, at its line, and the build with that package goes on to the next error or
// succeeds.
func TestCompileErrorNamesThePackage(t *testing.T) {
	files := map[string]string{
		"hello.c":  hello,
		"zlib.c":   "#include <zlib.h>\nint main(void) { return zlibVersion()[0] != '1'; }\n",
		"glib.c":   "#include <glib.h>\nint main(void) { return !g_strdup(\"x\"); }\n",
		"only.c":   "#include <shared-1/sharedonly.h>\nint main(void) { return shared_only() != 42; }\n",
		"own.c":    "#include \"generated.h\"\nint main(void) { return 0; }\n",
		"Makefile": "hello: hello.c\n\tgcc -static $< -o $@\n",
	}
	for _, tc := range []struct {
		name, packages, run, reason string
	}{
		{"library", "build-base, jansson-dev", "gcc -static hello.c -ljansson -o hello",
			"libjansson.a was not found; fix: add jansson-static to build.packages"},
		{"library by what it is part of", "build-base", "gcc -static hello.c -lpcre2-8 -lgobject-2.0 -o hello",
			"libpcre2-8.a and libgobject-2.0.a were not found; fix: add pcre2-static and glib-static to build.packages"},
		{"library of a package with headers", "build-base", "gcc -static hello.c -lffi -o hello",
			"libffi.a was not found; fix: add libffi-dev to build.packages"},
		{"shared library only", "build-base, sharedonly-dev", "gcc -static hello.c -lsharedonly -o hello",
			"libsharedonly.a was not found: sharedonly has the shared library alone, and no package of it has one for a static link; fix: build it from its source"},
		{"linked by its path", "build-base, sharedonly-dev", "gcc -static hello.c /usr/lib/libsharedonly.so -o hello",
			"libsharedonly.a was not found: sharedonly has the shared library alone"},
		{"header", "build-base", "gcc -static zlib.c -lz -o hello",
			"the header zlib.h was not found; fix: add zlib-dev and zlib-static to build.packages"},
		{"header in a folder of its own", "build-base, glib-dev", "gcc -static glib.c -o hello",
			"the header glib.h was not found: glib-dev has it in /usr/include/glib-2.0, where the command does not look; fix: add $(pkg-config --cflags glib-2.0) to the command"},
		{"header of the C library", "gcc", "gcc -static hello.c -o hello",
			"the header stdio.h was not found; fix: add musl-dev to build.packages"},
		{"module of pkg-config", "build-base, pkgconf", "gcc -static hello.c $(pkg-config --cflags --libs glib-2.0 zlib) -o hello && false",
			"glib-2.0.pc of pkg-config and zlib.pc of pkg-config were not found; fix: add glib-dev and glib-static and zlib-dev and zlib-static to build.packages"},
		{"make", "gcc, musl-dev", "make",
			"the program make was not found; fix: add make to build.packages"},
		{"compiler below make", "make", "make",
			"the program gcc was not found; fix: add build-base to build.packages"},
		{"program that is no shell's", "build-base", "[[pkg-config, --version]]",
			"the program pkg-config was not found; fix: add pkgconf to build.packages"},
		{"repository", "build-base", `echo "fatal: not a git repository (or any of the parent directories): .git" >&2; exit 128`,
			"a .dockerignore or build.sources leaves it out, or the build context has none; fix: send it"},
		{"header of its own", "build-base", "gcc -static own.c -o hello", "exit code: 1"},
		{"nothing that is known", "build-base", "echo nobody: not found >&2; exit 9", "exit code: 9"},
		{"program that nobody has", "build-base", "no-such-program", "exit code: 127"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, files)
			run := "  run: " + tc.run
			if !strings.HasPrefix(tc.run, "[") {
				run = "  run: |\n    " + tc.run
			}
			p.write("Scratchfile", syntax+"build:\n  packages: ["+tc.packages+"]\n"+run+"\nbinary: hello\n", 0o644)
			p.buildx().refusedLast(tc.reason)
		})
	}
}

// refusedLast checks that the build fails, and that the reason is the last line of the log.
func (o outcome) refusedLast(reason string) {
	o.t.Helper()
	o.refused(reason)
	log := strings.TrimSpace(o.log)
	if last := log[strings.LastIndex(log, "\n")+1:]; !strings.Contains(last, reason) {
		o.t.Errorf("the last line is %q, not %q", last, reason)
	}
}

// TestFailedCommandIsTheUsers: what is said behind the progress has the command as the file
// has it. What starts it is no part of that.
func TestFailedCommandIsTheUsers(t *testing.T) {
	p := newProject(t, map[string]string{"hello.c": hello})
	p.write("Scratchfile", syntax+"build:\n  packages: [build-base]\n  stack: 1M\n  toolchain: c\n  run: |\n    gcc -static hello.c -o hello\n    exit 9\nbinary: hello\n", 0o644)
	for name, o := range map[string]outcome{"buildx": p.buildx(), "scratch": p.scratchBuild()} {
		o.refused(`"gcc -static hello.c -o hello exit 9" did not complete successfully: exit code: 9`)
		if _, said, ok := strings.Cut(o.log, "\n------\n"); !ok || strings.Contains(said, "/.scratch-frontend") {
			t.Errorf("%s says\n%s", name, said)
		}
	}
}

// TestCompileErrorWithoutNetwork: the repository of a server is asked. If it can't be
// reached any more, apk's cache still has what the packages provide, but not their files.
// A base that has never reached one leaves a guess.
func TestCompileErrorWithoutNetwork(t *testing.T) {
	m := newMirror(t)
	p := newLockProject(t, m.base(t))
	p.vars = emptyMachine(t).vars // what is downloaded here is new to the other tests
	p.write("zlib.c", "#include <zlib.h>\nint main(void) { return zlibVersion()[0] != '1'; }\n", 0o644)
	const file = syntax + "build:\n  packages: [build-base, pkgconf]\n  run: RUN\nbinary: hello\n"
	header, module := strings.Replace(file, "RUN", "gcc -static zlib.c -lz -o hello", 1), strings.Replace(file, "RUN", "pkg-config --libs zlib", 1)
	const fix = "fix: add zlib-dev and zlib-static to build.packages"
	p.write("Scratchfile", header, 0o644)
	p.build().refusedLast("the header zlib.h was not found; " + fix)
	p.makeLock()
	p.build().refusedLast("the header zlib.h was not found; " + fix + ", and refresh the lock: ")

	m.Close()
	p.build().refusedLast("the header zlib.h was not found; fix: probably, add zlib-dev and zlib-static to build.packages")
	if err := os.Remove(filepath.Join(p.dir, "Scratchfile.lock")); err != nil {
		t.Fatal(err)
	}
	p.write("Scratchfile", module, 0o644)
	p.build().refusedLast("zlib.pc of pkg-config was not found; " + fix)

	base, err := baseWith("http://127.0.0.1:1/"+unique(t), t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	other := newLockProject(t, base)
	other.write("Scratchfile", syntax+"build:\n  run: cc -static hello.c -o hello\nbinary: hello\n", 0o644)
	other.build().refusedLast("the program cc was not found; fix: probably, add build-base to build.packages")
}

// TestFailedOutputIsNotKept: a failed command leaves the names of what it misses in the
// daemon, and nothing else that it has printed; a command that succeeds leaves nothing.
func TestFailedOutputIsNotKept(t *testing.T) {
	token := "hunter2-" + unique(t)
	p := newProject(t, map[string]string{"hello.c": hello, "token": token})
	const file = syntax + "build:\n  packages: [build-base]\n  secrets: [{id: token, env: TOKEN}]\n  run: |\n    echo $TOKEN\n    gcc -static hello.c LIBS -o hello\nbinary: hello\n"
	build := func(libs string) outcome {
		p.write("Scratchfile", strings.Replace(file, "LIBS", libs, 1), 0o644)
		return p.buildx("--no-cache", "--secret", "id=token,src="+p.dir+"/token")
	}
	before := len(leftFiles(t))
	build("").image()
	if after := len(leftFiles(t)); after != before {
		t.Errorf("%d files, and %d after a command that succeeds", before, after)
	}
	build("-ljansson").refusedLast("libjansson.a was not found; fix: add jansson-static to build.packages")
	left := leftFiles(t)
	if len(left) != before+1 {
		t.Errorf("%d files, and %d after a command that fails", before, len(left))
	}
	for _, name := range left {
		if text := string(readFile(t, name)); strings.Contains(text, token) || len(missing.Decode([]byte(text))) == 0 {
			t.Errorf("%s holds %s", name, text)
		}
	}
}

// leftFiles returns what failed commands have left in the daemon's snapshots, which stay
// until the daemon collects them.
func leftFiles(t *testing.T) []string {
	t.Helper()
	snapshots := filepath.Join(env.daemon.Dir(), "root/runc-overlayfs/snapshots/snapshots/*/fs")
	left, err := filepath.Glob(filepath.Join(snapshots, missing.File))
	if err != nil {
		t.Fatal(err)
	}
	// Automake has a script of that name, and other tests run it in their projects.
	return slices.DeleteFunc(left, func(name string) bool { return strings.HasPrefix(string(readFile(t, name)), "#!") })
}
