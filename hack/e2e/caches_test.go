//go:build e2e

package e2e

import (
	"os/exec"
	"regexp"
	"strings"
	"testing"
)

// compilerChecks are commands after which a compiler cache must not return its old object.
// Each compiles a second time after a change. EXT is the extension of the language, CC its
// compiler.
var compilerChecks = []string{`
	# A header that goes before the one which was included.
	mkdir -p early late
	echo '#define V "old"' >late/v.h
	compile shadow '#include <v.h>' 'puts(V);' -Iearly -Ilate
	says shadow old
	echo '#define V "new"' >early/v.h
	again shadow -Iearly -Ilate
	says shadow new`, `
	# A header that was looked for and not found.
	compile maybe '' '#if __has_include("maybe.h")
	puts("new");
	#else
	puts("old");
	#endif'
	says maybe old
	touch maybe.h
	again maybe
	says maybe new`, `
	# What the assembler includes.
	echo '.ascii "old"' >text.s
	compile include 'extern "C" const char text[]; asm(".section .rodata\ntext:\n.include \"text.s\"\n.byte 0\n.text");' 'puts(text);'
	says include old
	echo '.ascii "new"' >text.s
	again include
	says include new`, `
	printf old >text.bin
	compile incbin 'extern "C" const char text[]; asm(".section .rodata\ntext:\n.incbin \"text.bin\"\n.byte 0\n.text");' 'puts(text);'
	says incbin old
	printf new >text.bin
	again incbin
	says incbin new`, `
	# The same in a file for the assembler.
	echo '.ascii "old"' >part.s
	printf '.section .rodata\n.globl text\ntext:\n.include "part.s"\n.byte 0\n' >whole.S
	echo 'extern "C" const char text[];' >text.h
	compile main '#include "text.h"' 'puts(text);'
	gcc -c whole.S -o whole.o
	says main old whole.o
	echo '.ascii "new"' >part.s
	gcc -c whole.S -o whole.o
	says main new whole.o`, `
	# Flags, and the environment that a preprocessor reads.
	compile flags '' 'puts(V);' '-DV="old"'
	says flags old
	again flags '-DV="new"'
	says flags new
	mkdir -p first second
	echo '#define V "old"' >first/env.h
	echo '#define V "new"' >second/env.h
	compile environment '#include <env.h>' 'puts(V);' -Ifirst
	says environment old
	CPATH=second again environment
	says environment new`, `
	# Nothing changed: the cache is of use.
	ccache --zero-stats >/dev/null
	compile same '' 'puts("same");'
	again same
	ccache --print-stats | grep -E 'preprocessed_cache_hit.[1-9]'
	compile part '' 'puts("old");'
	says part old`,
	// This is a command of its own, in which the driver starts another compiler proper.
	// That one compiles in another way and preprocesses in the same way.
	`
	again part
	says part old
	proper=$(/usr/bin/gcc -print-prog-name=CC1)
	mv "$proper" "$proper.real"
	cat >"$proper" <<-'END'
		#!/bin/sh
		"$0.real" "$@" || exit
		case " $* " in *" -E "*) exit;; esac
		last=
		for arg do
			[ "$last" != -o ] || sed -i s/old/new/ "$arg"
			last=$arg
		done
	END
	chmod +x "$proper"`, `
	again part
	says part new
	printf 'int main(void) { return 0; }\n' >app.c
	/usr/bin/gcc -static app.c -o app`,
}

const compilerFunctions = `
	compile() {
		name=$1 head=$2 body=$3; shift 3
		printf '%s\n' '#include <stdio.h>' "$head" "int main() {" "$body" "return 0; }" >$name.EXT
		again $name "$@"
	}
	again() {
		name=$1; shift
		CC "$@" -c $name.EXT -o $name.o
	}
	says() {
		name=$1 want=$2; shift 2
		CC -static $name.o "$@" -o $name
		got=$(./$name)
		[ "$got" = "$want" ] || { echo "$name: the program says $got, not $want"; exit 1; }
	}
`

// TestCompilerCacheIsRight: ccache returns what the compiler would make now.
func TestCompilerCacheIsRight(t *testing.T) {
	for _, tc := range []struct{ toolchain, ext, cc, cc1 string }{
		{"c", "c", "gcc", "cc1"},
		{"c++", "cc", "g++", "cc1plus"},
	} {
		t.Run(tc.toolchain, func(t *testing.T) {
			text := syntax + "build:\n  toolchain: " + tc.toolchain + "\n  run:\n"
			for _, check := range compilerChecks {
				script := strings.NewReplacer("EXT", tc.ext, "CC1", tc.cc1, "CC ", tc.cc+" ").Replace(compilerFunctions + check)
				if tc.toolchain == "c" {
					script = strings.ReplaceAll(script, `extern "C"`, "extern")
				}
				text += "    - |\n" + blockScalar(script, "      ") + "\n"
			}
			newProject(t, map[string]string{"Scratchfile": text + "binary: app\n"}).buildx().passed()
		})
	}
}

// TestCompilerCacheOfModules: a module is in no preprocessed source, and ccache does not look at it.
func TestCompilerCacheOfModules(t *testing.T) {
	const check = `
	for word in old new; do
		for module in a.cppm a.cc; do
			printf 'export module a;\nexport inline const char *word() { return "%s"; }\n' $word >$module
		done
		clang++ -std=c++20 --precompile a.cppm -o a.pcm
		clang++ -std=c++20 -fmodule-file=a=a.pcm -c app.cc -o app.o
		clang++ -std=c++20 -c a.pcm -o a.o
		clang++ -static app.o a.o -o app
		[ "$(./app)" = $word ] || { echo "clang: the program says $(./app), not $word"; exit 1; }
		g++ -std=c++20 -fmodules-ts -c a.cc -o a.o
		g++ -std=c++20 -fmodules-ts -c app.cc -o app.o
		g++ -static app.o a.o -o app
		[ "$(./app)" = $word ] || { echo "gcc: the program says $(./app), not $word"; exit 1; }
	done`
	newProject(t, map[string]string{
		"Scratchfile": syntax + "build:\n  toolchain: c++\n  packages: [clang]\n  run: |\n" + blockScalar(check, "    ") + "\nbinary: app\n",
		"app.cc":      "import a;\nextern \"C\" int puts(const char *);\nint main() { return puts(word()) < 0; }\n",
	}).onServed().buildx().passed()
}

// blockScalar indents a script as a YAML block scalar. It replaces tabs by spaces.
func blockScalar(script, margin string) string {
	var out []string
	for _, line := range strings.Split(script, "\n") {
		if line = strings.TrimPrefix(line, "\t"); line != "" {
			line = margin + line
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// TestCompilerCacheOfProjects: a project that writes wrong objects to its compiler cache
// does not change the program of another project.
func TestCompilerCacheOfProjects(t *testing.T) {
	const program = "#include <stdio.h>\nint main(void) { puts(\"%s\"); return 0; }\n"
	victim := newProject(t, map[string]string{
		"Scratchfile": syntax + "args: {ROUND: none}\nbuild:\n  toolchain: c\n  sources: [main.c]\n" +
			"  run: \"gcc -c main.c -o main.o && gcc -static main.o -o app # $ROUND\"\nbinary: app\n",
		"main.c": strings.Replace(program, "%s", "mine", 1),
	})
	attacker := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  toolchain: c
  run: |
    cp victim.c main.c; gcc -c main.c -o main.o
    find $CCACHE_DIR -name '*R' | sort >before
    cp evil.c main.c; gcc -c main.c -o main.o
    find $CCACHE_DIR -name '*R' | sort >after
    evil=$(comm -13 before after | head -n 1)
    for entry in $(cat before); do cp "$evil" "$entry"; done
    gcc -static main.o -o app
binary: app
`,
		"victim.c": strings.Replace(program, "%s", "mine", 1),
		"evil.c":   strings.Replace(program, "%s", "evil", 1),
	})
	attacker.buildx().passed()
	if got := victim.buildx().image().run(); got != "mine\n" {
		t.Errorf("the program says %q", got)
	}
}

// TestCacheOfRepository: two clones of a repository are one project. Two repositories with
// the same name are two projects. Projects that share a cache by its name have one cache.
func TestCacheOfRepository(t *testing.T) {
	found := regexp.MustCompile(`(?m)^#\d+ [0-9.]+ left-behind$`)
	build := func(origin, cache, round string) bool {
		t.Helper()
		p := newProject(t, map[string]string{
			"Scratchfile": syntax + "args: {ROUND: none}\nbuild:\n  packages: [build-base]\n  cache: [" + cache + "]\n  run: |\n" +
				"    echo $ROUND\n    ls -A /var/mine\n    touch /var/mine/left-behind\n    gcc -static hello.c -o hello\nbinary: hello\n",
			"hello.c": hello,
		})
		for _, args := range [][]string{{"init", "-q"}, {"remote", "add", "origin", origin}} {
			if out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", p.dir}, args...)...).CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
		}
		return found.MatchString(p.buildx("--build-arg", "ROUND="+round).passed())
	}
	shared := "{path: /var/mine, share: team}"
	for _, tc := range []struct {
		origin, cache, round string
		want                 bool
	}{
		{"https://git.example/a/tool.git", "/var/mine", "1", false},
		{"https://git.example/b/tool.git", "/var/mine", "2", false},
		{"https://git.example/a/tool.git", "/var/mine", "3", true},
		{"https://git.example/a/tool.git", shared, "4", false},
		{"https://git.example/b/tool.git", shared, "5", true},
	} {
		if got := build(tc.origin, tc.cache, tc.round); got != tc.want {
			t.Errorf("%+v: the cache was filled: %v", tc, got)
		}
	}
}

// goChecks are commands after which Go must not use an old entry of its cache.
var goChecks = []string{`
	mkdir -p app include /usr/local/include
	printf 'module example.com/app\n\ngo 1.24\n' >go.mod
	cat >app/main.go <<-'END'
		package main

		// #cgo CFLAGS: -I${SRCDIR}/../include -I/usr/local/include
		// #include "far.h"
		// #include "near.h"
		import "C"

		import _ "embed"

		//go:embed text.txt
		var text string

		func main() { print(text, " ", C.far, " ", C.near, "\n") }
	END
	printf one >app/text.txt
	echo 'enum { near = 1 };' >app/near.h
	echo 'enum { far = 1 };' >include/far.h
	says 'one 1 1'`, `
	printf two >app/text.txt
	says 'two 1 1'
	echo 'enum { near = 2 };' >app/near.h
	says 'two 1 2'`, `
	# A header in another folder than the package's.
	echo 'enum { far = 2 };' >include/far.h
	says 'two 2 2'
	# One that the command makes itself.
	echo 'enum { far = 3 };' >include/far.h
	says 'two 3 2'
	# One of a library that is installed.
	mv include/far.h /usr/local/include
	says 'two 3 2'`, `
	echo 'enum { far = 4 };' >/usr/local/include/far.h
	says 'two 4 2'`, `
	# Another build of the same release.
	CGO_ENABLED=0 go build -o /dev/null ./plain
	tool=$(go env GOTOOLDIR)/compile
	mkdir /real
	mv "$tool" /real/compile
	cat >"$tool" <<-'END'
		#!/bin/sh
		case " $* " in *" -V=full "*) ;; *) echo compiled >>/tmp/compiled;; esac
		exec /real/compile "$@"
	END
	chmod +x "$tool"`, `
	CGO_ENABLED=0 go build -o /dev/null ./plain
	[ -s /tmp/compiled ] || { echo "nothing was compiled anew"; exit 1; }
	cp program knot`,
}

// TestGoCacheIsRight: Go's build cache returns what the compilers would make now.
func TestGoCacheIsRight(t *testing.T) {
	text := syntax + "build:\n  toolchain: [go, c]\n  run:\n"
	for _, check := range goChecks {
		text += "    - |\n" + blockScalar(`
	says() {
		go build -ldflags '-linkmode external -extldflags -static' -o program ./app
		got=$(./program 2>&1)
		[ "$got" = "$1" ] || { echo "the program says $got, not $1"; exit 1; }
	}`+check, "      ") + "\n"
	}
	newProject(t, map[string]string{
		"Scratchfile":    text + "binary: knot\n",
		"plain/plain.go": "package main\n\nfunc main() {}\n",
	}).onServed().buildx().passed()
}

// TestRustCacheIsRight: a file that a build script or a macro reads may be older than the
// object compiled from it.
func TestRustCacheIsRight(t *testing.T) {
	const check = `
	mkdir -p src
	printf '[package]\nname = "app"\nversion = "0.1.0"\nedition = "2021"\n' >Cargo.toml
	cat >build.rs <<-'END'
		fn main() {
			println!("cargo::rerun-if-changed=input.txt");
			println!("cargo::rustc-env=INPUT={}", std::fs::read_to_string("input.txt").unwrap());
		}
	END
	echo 'fn main() { println!("{} {}", env!("INPUT"), include_str!("text.txt")); }' >src/main.rs
	printf WORD >input.txt
	printf WORD >src/text.txt
	touch -d 2020-01-01 input.txt src/text.txt`
	const compile = `
	cargo build --offline --release
	got=$(./target/$CARGO_BUILD_TARGET/release/app)
	[ "$got" = "WORD WORD" ] || { echo "the program says $got, not WORD"; exit 1; }
	cp target/$CARGO_BUILD_TARGET/release/app app; rm -r target`
	text := syntax + "build:\n  toolchain: rust\n  run:\n"
	for _, word := range []string{"one", "two", "one"} {
		for _, script := range []string{check, compile} {
			text += "    - |\n" + blockScalar(strings.ReplaceAll(script, "WORD", word), "      ") + "\n"
		}
	}
	newProject(t, map[string]string{"Scratchfile": text + "binary: app\n"}).onServed().buildx().passed()
}
