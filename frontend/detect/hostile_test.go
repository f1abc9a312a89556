package detect

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// TestForeignNames: no name from a project's files that means more than itself is written.
func TestForeignNames(t *testing.T) {
	for _, name := range []string{
		"a\x1b[31m", "a\u202eb", "$(touch x)", "`id`", "a;id", "a b", "a\nb", `a"b`, "a'b", "a: b", "#a", "&a", "*a", "!a", "|", ">", "{a", "[a", "- a", "--help", "-o", "../../etc/passwd",
		"/etc/passwd", "~root", "${HOME}", "a\\b", strings.Repeat("a", 5000), "日本", "",
	} {
		for system, files := range map[string]map[string]string{
			"make":      {"Makefile": "all: " + name + "\n" + name + ": a.o\n\t$(CC) -o " + name + " a.o -l" + name + "\n", "a.c": c},
			"cmake":     {"CMakeLists.txt": "project(x C)\nadd_executable(\"" + name + "\" a.c)\nadd_subdirectory(\"" + name + "\")\nfind_package(\"" + name + "\")\n", "a.c": c},
			"meson":     {"meson.build": "project('x', 'c')\nexecutable('" + name + "', 'a.c')\nsubdir('" + name + "')\ndependency('" + name + "')\n", "a.c": c},
			"autotools": {"configure.ac": "AC_INIT([" + name + "])\nPKG_CHECK_MODULES([X], [" + name + "])\n", "Makefile.am": "bin_PROGRAMS = " + name + "\n"},
			"cargo":     {"Cargo.toml": fmt.Sprintf("[package]\nname = %q\n[[bin]]\nname = %[1]q\npath = %[1]q\n[workspace]\nmembers = [%[1]q]\n", name), "src/main.rs": rust},
			"go":        {"go.mod": "module example.com/" + name + "\n", "main.go": goc},
			"cgo":       {"go.mod": "module example.com/x\n", "main.go": "package main\n\n// #cgo LDFLAGS: -l" + name + "\n// #cgo pkg-config: " + name + "\nimport \"C\"\n\nfunc main() {}\n"},
		} {
			got, err := Project(open(t, files))
			if errors.As(err, new(UnknownError)) {
				continue
			}
			if err != nil {
				t.Errorf("%s with %q: %v", system, name, err)
				continue
			}
			requireClean(t, got.Scratchfile)
			requireNames(t, string(got.Scratchfile), name)
		}
	}
}

// requireNames reports a text with a name that must not be in it, or with a character that
// controls a terminal.
func requireNames(t *testing.T, text, name string) {
	t.Helper()
	if quote.Text(text) != text {
		t.Errorf("raw characters: %q", text)
	}
	if len(name) > 4 && strings.Contains(text, name) {
		t.Errorf("%q is in\n%s", name, text)
	}
}

// TestForeignFolders: names of folders and files on the disk are not trusted either.
func TestForeignFolders(t *testing.T) {
	for _, name := range []string{"a\x1b[31m", "a b", "$(id)", "a\nb: c", "-x"} {
		files := map[string]string{
			name + "/Makefile": "hello: hello.o\n", name + "/hello.c": c,
			"go.mod": "module example.com/x\n", "cmd/" + name + "/main.go": goc, "cmd/good/main.go": goc,
		}
		got, err := Project(open(t, files))
		if err != nil {
			t.Fatal(err)
		}
		requireClean(t, got.Scratchfile)
		requireNames(t, string(got.Scratchfile), name)
		if text := string(got.Scratchfile); !strings.Contains(text, "out/good") || !strings.Contains(text, "1 program is left out") {
			t.Errorf("%s", text)
		}
	}
}

// TestOnlyRegularFilesInside: it opens no FIFO and no device, and follows no link that leads
// out of the project.
func TestOnlyRegularFilesInside(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "Makefile")
	if err := os.WriteFile(outside, []byte("secret: secret.o\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, make := range map[string]func(at string) error{
		"FIFO":     func(at string) error { return syscall.Mkfifo(at, 0o644) },
		"folder":   func(at string) error { return os.Mkdir(at, 0o755) },
		"link out": func(at string) error { return os.Symlink(outside, at) },
		"device":   func(at string) error { return os.Symlink("/dev/zero", at) },
		"circle":   func(at string) error { return os.Symlink("Makefile", at) },
		"dangling": func(at string) error { return os.Symlink("nothing", at) },
	} {
		t.Run(name, func(t *testing.T) {
			root := open(t, map[string]string{"hello.c": c})
			if err := make(filepath.Join(root.Name(), "Makefile")); err != nil {
				t.Fatal(err)
			}
			got, err := Project(root)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(got.Scratchfile); strings.Contains(text, "make -j") || strings.Contains(text, "secret") {
				t.Errorf("%s", text)
			}
		})
	}
	root := open(t, map[string]string{"hello.c": c, "build/real": "hello: hello.o\n"})
	if err := os.Symlink("build/real", filepath.Join(root.Name(), "Makefile")); err != nil {
		t.Fatal(err)
	}
	if got, err := Project(root); err != nil || !strings.Contains(string(got.Scratchfile), "make -j") {
		t.Errorf("a link in the project: %v, %+v", err, got)
	}
}

// TestLargeProjects: what is read and written is bounded.
func TestLargeProjects(t *testing.T) {
	var many strings.Builder
	for i := range 20_000 {
		fmt.Fprintf(&many, "V%d = $(V%d) $(V%[2]d)\nt%[1]d: t%[2]d\n\t$(MAKE) -C .\n", i, i+1)
	}
	deep := strings.Repeat("d/", 60)
	for name, files := range map[string]map[string]string{
		"Makefile":       {"Makefile": many.String(), "a.c": c},
		"CMake":          {"CMakeLists.txt": "project(x)\n" + strings.Repeat("add_executable(a a.c)\nadd_subdirectory(.)\nset(X ${X}${X}y)\n", 3000)},
		"Meson":          {"meson.build": "project('x', 'c')\n" + strings.Repeat("executable('a', 'a.c')\nsubdir('.')\n", 3000)},
		"parentheses":    {"CMakeLists.txt": strings.Repeat("a(", 100_000)},
		"workspace":      {"Cargo.toml": "[workspace]\nmembers = [" + strings.Repeat("\"*\",", 20_000) + "]\n", "src/main.rs": rust},
		"nested TOML":    {"Cargo.toml": "a = " + strings.Repeat("[", 100_000)},
		"nested Go":      {"go.mod": "module example.com/x\n", "main.go": "package main\nimport (" + strings.Repeat("\"a\"\n", 50_000)},
		"deep":           {deep + "Makefile": "hello: hello.o\n", deep + "hello.c": c, "main.c": c},
		"a large source": {"main.c": strings.Repeat("int x;\n", 1<<20) + c, "small.c": c},
	} {
		root := open(t, files)
		start := time.Now()
		got, err := Project(root)
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s: %v", name, took)
		}
		if err != nil {
			if !errors.As(err, new(UnknownError)) {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		requireClean(t, got.Scratchfile)
		if len(got.Scratchfile) > 16<<10 {
			t.Errorf("%s: %d bytes", name, len(got.Scratchfile))
		}
	}
}

// FuzzProject: whatever the files of a project have, what is written is a clean Scratchfile
// of printable characters.
func FuzzProject(f *testing.F) {
	names := []string{"Makefile", "CMakeLists.txt", "meson.build", "configure.ac", "Cargo.toml", "go.mod"}
	for _, files := range projects {
		for i, name := range names {
			if text, ok := files[name]; ok {
				f.Add(uint8(i), text, files["main.go"])
			}
		}
	}
	f.Fuzz(func(t *testing.T, system uint8, text, source string) {
		name := names[int(system)%len(names)]
		dir := t.TempDir()
		for file, data := range map[string]string{name: text, "Makefile.am": text, "Cargo.lock": source, "main.go": source, "hello.c": c, "main.rs": source} {
			if err := os.WriteFile(filepath.Join(dir, file), []byte(data), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			t.Fatal(err)
		}
		defer root.Close()
		got, err := Project(root)
		if err != nil {
			return
		}
		requireClean(t, got.Scratchfile)
		requireNames(t, string(got.Scratchfile), "")
	})
}
