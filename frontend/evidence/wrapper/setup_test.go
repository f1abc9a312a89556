//go:build linux

package wrapper

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/hack/need"
)

// linkers are the linkers that gcc and clang know by -fuse-ld, and their programs.
var linkers = []struct {
	name, program string
	kind          evidence.Kind
}{
	{"bfd", "ld.bfd", evidence.GNU},
	{"gold", "ld.gold", evidence.Gold},
	{"lld", "ld.lld", evidence.LLD},
	{"mold", "mold", evidence.Mold},
}

// tools skips a test that needs a program which the machine has not.
func tools(t testing.TB, programs ...string) {
	t.Helper()
	for _, p := range programs {
		if _, err := exec.LookPath(p); err != nil {
			need.Missing(t, "this takes %s in PATH", p)
		}
	}
}

// program is the wrapper's program. It is built once.
var program = sync.OnceValues(func() (string, error) {
	at := filepath.Join(built, "scratch-linker")
	cmd := exec.CommandContext(context.Background(), "go", "build", "-o", at, "github.com/rene2/scratch-frontend/cmd/scratch-linker")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return at, nil
})

// built is the folder of all that the tests share.
var built string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		panic(err)
	}
	built = dir
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// bench is a tree to link in, and the wrapper's folders.
type bench struct {
	t    *testing.T
	dir  string
	root string
}

func newBench(t *testing.T) *bench { return newBenchOf(t, 0) }

// newBenchOf returns a bench whose programs get a stack.
func newBenchOf(t *testing.T, stack uint64) *bench {
	t.Helper()
	tools(t, "gcc", "ar", "go")
	b := &bench{t: t, dir: t.TempDir(), root: t.TempDir()}
	p, err := program()
	if err != nil {
		t.Fatal(err)
	}
	if err := Install(b.root, p, stack); err != nil {
		t.Fatal(err)
	}
	tree, err := compiled()
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(b.dir, os.DirFS(tree)); err != nil {
		t.Fatal(err)
	}
	return b
}

// compiled is a tree of sources and what was compiled of them, once.
var compiled = sync.OnceValues(func() (string, error) {
	dir := filepath.Join(built, "tree")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return "", err
	}
	for name, text := range map[string]string{
		"a.c": "int f(void);\n#include <stdio.h>\nint main(void) { printf(\"%d\\n\", f()); return 0; }\n",
		"f.c": "int g(void);\nint f(void) { return g(); }\nint dead(void) { return 9; }\n",
		"g.c": "int g(void) { return 2; }\n",
		"u.c": "int unused(void) { return 3; }\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	cmd := exec.CommandContext(context.Background(), "sh", "-ec", `gcc -O1 -ffunction-sections -fPIC -c a.c f.c g.c u.c
		ar rcs libx.a f.o g.o u.o
		ar rcsT libthin.a f.o g.o u.o`)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return dir, nil
})

func (b *bench) write(name, text string) {
	b.t.Helper()
	at := filepath.Join(b.dir, name)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(at, []byte(text), 0o755); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) read(name string) string {
	b.t.Helper()
	text, err := os.ReadFile(filepath.Join(b.dir, name))
	if err != nil {
		b.t.Fatal(err)
	}
	return string(text)
}

// result is what can be seen of a command.
type result struct {
	stdout, stderr string
	state          string // exit status or signal
}

// run runs a shell command, with more variables.
func (b *bench) run(command string, env ...string) result {
	b.t.Helper()
	cmd := exec.CommandContext(b.t.Context(), "sh", "-c", command)
	cmd.Dir = b.dir
	cmd.Env = append(os.Environ(), env...)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	var status *exec.ExitError
	if err != nil && !errors.As(err, &status) {
		b.t.Fatal(err)
	}
	return result{b.fixed(stdout.String()), b.fixed(stderr.String()), cmd.ProcessState.String()}
}

var tempNames = regexp.MustCompile(`(/cc|/\.mold-)[A-Za-z0-9]{6}\b`)

// fixed replaces what is new in every run of a compiler, and the name that gcc -Wl,-v gives
// to the linker.
func (b *bench) fixed(s string) string {
	s = tempNames.ReplaceAllString(s, "${1}XXXXXX")
	return strings.ReplaceAll(s, filepath.Join(b.root, binDir)+"/", "/usr/bin/")
}

func (b *bench) must(command string, env ...string) result {
	b.t.Helper()
	r := b.run(command, env...)
	if r.state != "exit status 0" {
		b.t.Fatalf("%s: %s\n%s%s", command, r.state, r.stdout, r.stderr)
	}
	return r
}

// compilers is what a build gets so that compilers find the wrapper, and path so that
// shells do.
func (b *bench) compilers() string { return "COMPILER_PATH=" + filepath.Join(b.root, binDir) }

func (b *bench) path() string {
	return "PATH=" + filepath.Join(b.root, binDir) + ":" + os.Getenv("PATH")
}

// records returns what was recorded, and forgets it.
func (b *bench) records() *evidence.Records {
	b.t.Helper()
	at := filepath.Join(b.root, linksDir)
	r, err := evidence.ReadFolder(os.DirFS(at), ".")
	if err != nil {
		b.t.Fatal(err)
	}
	os.RemoveAll(at)
	os.Mkdir(at, 0o755)
	return r
}

// one returns the only record.
func (b *bench) one() *evidence.Link {
	b.t.Helper()
	r := b.records()
	if len(r.Links) != 1 || r.Unfinished != 0 {
		b.t.Fatalf("%d records and %d unfinished links, want one record", len(r.Links), r.Unfinished)
	}
	return r.Links[0]
}

// inputs returns the inputs below the bench's folder: objects by name, and members behind
// their archives.
func (b *bench) inputs(l *evidence.Link) string {
	b.t.Helper()
	dir, err := filepath.EvalSymlinks(b.dir)
	if err != nil {
		b.t.Fatal(err)
	}
	var out []string
	for _, in := range l.Inputs {
		name, ok := strings.CutPrefix(in.Path, dir+"/")
		if !ok {
			continue
		}
		if in.Kind != evidence.Object {
			name = string(in.Kind) + " " + name
		}
		var members []string
		for _, m := range in.Members {
			members = append(members, m.Name)
		}
		if len(members) > 0 {
			name += "(" + strings.Join(members, " ") + ")"
		}
		out = append(out, name)
	}
	return strings.Join(out, ", ")
}
