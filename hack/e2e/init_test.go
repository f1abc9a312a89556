//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestInit: what scratch init writes for a project builds, and the image runs. The fixture
// has no CMake, Meson and autotools; the scripts for these run in the tests of package
// detect.
func TestInit(t *testing.T) {
	const (
		other  = "int other(void) { return 0; }\n"
		goMain = "package main\n\nimport \"fmt\"\n\nfunc main() { fmt.Println(\"hello\") }\n"
		rust   = "fn main() { println!(\"hello\"); }\n"
	)
	for name, tc := range map[string]struct {
		files  map[string]string
		output string
	}{
		"make": {map[string]string{"hello.c": hello, "other.c": other,
			"Makefile": "PROG = hello\nall: $(PROG)\n$(PROG): hello.o other.o\n\t$(CC) $(LDFLAGS) -o $@ $^ $(LDLIBS)\n"}, "hello\n"},
		"make with a library": {map[string]string{
			"hello.c":  "#include <jansson.h>\n#include <stdio.h>\nint main(void) { json_t *j = json_string(\"hello\"); puts(json_string_value(j)); return 0; }\n",
			"Makefile": "LDLIBS = $(shell pkg-config --libs jansson)\nhello: hello.o\n"}, "hello\n"},
		"make with its own LDFLAGS": {map[string]string{"hello.c": hello, "Makefile": "LDFLAGS = -s\nhello: hello.o\n\t$(CC) $(LDFLAGS) -o hello hello.o\n"}, "hello\n"},
		"make by gcc":               {map[string]string{"hello.c": hello, "Makefile": "hello: hello.c\n\tgcc hello.c -o hello\n"}, "hello\n"},
		"make C++": {map[string]string{"hello.cc": "#include <iostream>\nint main() { std::cout << \"hello\" << std::endl; }\n",
			"Makefile": "all: hello\nhello: hello.o\n\t$(CXX) $(LDFLAGS) $^ -o $@\n"}, "hello\n"},
		"configure": {map[string]string{"hello.c": hello, "Makefile.in": "CFLAGS = @CFLAGS@\nhello: hello.o\n",
			"configure": "#!/bin/sh\nsed \"s/@CFLAGS@/-O2/\" Makefile.in > Makefile\n"}, "hello\n"},
		"sources": {map[string]string{"hello.c": hello, "other.c": other}, "hello\n"},
		"go":      {map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n", "main.go": goMain}, "hello\n"},
		"go nested": {map[string]string{"srv/go.mod": "module example.com/srv\n\ngo 1.24\n", "srv/cmd/a/main.go": goMain,
			"srv/cmd/b/main.go": goMain, "README": "x"}, "hello\n"},
		"go with cgo": {map[string]string{"go.mod": "module example.com/hello\n\ngo 1.24\n",
			"main.go": "package main\n\n// #cgo pkg-config: jansson\n// #include <jansson.h>\nimport \"C\"\nimport \"fmt\"\n\nfunc main() {\n\tif C.JANSSON_MAJOR_VERSION > 0 {\n\t\tfmt.Println(C.GoString(C.json_string_value(C.json_string(C.CString(\"hello\")))))\n\t}\n}\n"}, "hello\n"},
		"cargo": {map[string]string{"Cargo.toml": "[package]\nname = \"hello\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
			"Cargo.lock": "version = 3\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n", "src/main.rs": rust}, "hello\n"},
		"cargo a workspace": {map[string]string{"Cargo.toml": "[workspace]\nresolver = \"2\"\nmembers = [\"crates/*\"]\n",
			"crates/cli/Cargo.toml":   "[package]\nname = \"cli\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[[bin]]\nname = \"hello\"\npath = \"src/main.rs\"\n[dependencies]\nwords = { path = \"../words\" }\n",
			"crates/cli/src/main.rs":  "fn main() { println!(\"{}\", words::hello()); }\n",
			"crates/words/Cargo.toml": "[package]\nname = \"words\"\nversion = \"0.1.0\"\nedition = \"2021\"\n",
			"crates/words/src/lib.rs": "pub fn hello() -> &'static str { \"hello\" }\n",
			"Cargo.lock":              "version = 3\n[[package]]\nname = \"cli\"\nversion = \"0.1.0\"\ndependencies = [\"words\"]\n[[package]]\nname = \"words\"\nversion = \"0.1.0\"\n"}, "hello\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProject(t, tc.files).onServed()
			if _, ok := tc.files["configure"]; ok {
				if err := os.Chmod(filepath.Join(p.dir, "configure"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			file, err := commandLine()
			if err != nil {
				t.Fatal(err)
			}
			if out, err := exec.CommandContext(t.Context(), file, "init", p.dir).CombinedOutput(); err != nil {
				t.Fatalf("%v: %s", err, out)
			}
			o := p.buildx()
			if got := o.image().run(); got != tc.output {
				t.Errorf("output %q, want %q\n%s\n%s", got, tc.output, readFile(t, filepath.Join(p.dir, "Scratchfile")), o.log)
			}
			if found := lintWarning.FindString(o.log); found != "" {
				t.Errorf("the linter warns: %s", found)
			}
		})
	}
}
