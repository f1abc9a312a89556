package main

import (
	"bytes"
	"context"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/moby/buildkit/client"
)

// foreign has characters that must not reach a terminal. In yaml they are escapes of YAML.
const (
	foreign     = "\x1b[31m\u009b31m\u202e\u2028\u2066\x7f\rx"
	foreignYAML = `\e[31m\x9b31m\u202E\u2028\u2066\x7f\rx`
)

// checkForeign fails if text has a character that controls a terminal.
func checkForeign(t *testing.T, what, text string) {
	t.Helper()
	for i, r := range text {
		if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
			t.Errorf("%s has %U at %d: %.300q", what, r, i, text[max(0, i-60):])
			return
		}
	}
}

// TestForeignCommandLine runs each command with foreign characters in every part of its
// command line, and in the files that it reads.
func TestForeignCommandLine(t *testing.T) {
	dir := t.TempDir()
	good, evil := filepath.Join(dir, "Scratchfile"), filepath.Join(dir, "Scratch"+foreign)
	for _, f := range []string{good, evil} {
		write(t, f, minimalBuild)
	}
	program, script := filepath.Join(dir, "program"+foreign), filepath.Join(dir, "script"+foreign)
	write(t, script, "#!/bin/"+foreign+"\n")
	write(t, program, loaderProgram(foreign))
	for _, f := range []string{script, program} {
		if err := os.Chmod(f, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	link(t, "none"+foreign, filepath.Join(dir, "link"+foreign))
	locked := filepath.Join(dir, "Locked")
	write(t, locked, minimalBuild)
	write(t, locked+".lock", `{version: "1", platforms: [{platform: linux/amd64, base: "`+foreignYAML+`"}]}`)
	raw := filepath.Join(dir, "Raw")
	write(t, raw, minimalBuild)
	write(t, raw+".lock", foreign)
	tests := [][]string{
		{foreign}, {"--" + foreign}, {"help", foreign},
		{"verify", "--" + foreign}, {"verify", "--platform", foreign, good},
		{"verify", program, script, dir + "/link" + foreign, dir + "/none" + foreign}, {"verify", "--json", program, script, dir + "/link" + foreign},
	}
	for _, verb := range [][]string{{"graph"}, {"graph", "--format", "json"}, {"graph", "--format", "svg"}, {"graph", "--format", "dot"}, {"graph", "--format", "mermaid"}, {"check"}, {"check", "--format", "json"}, {"check", "--format", "sarif"}, {"check", "--format", "github"}, {"lock", "--check"}, {"lock"}, {"build"}} {
		for _, more := range [][]string{
			{"-f", evil}, {"-f", evil + "x"}, {"-f", locked}, {"-f", raw}, {"-f", good, "--platform", foreign}, {"-f", good, "--target", foreign},
			{"-f", good, "--build-arg", foreign + "=" + foreign}, {"-f", good, "--build-arg", "SOURCE_DATE_EPOCH=" + foreign},
			{"-f", good, "--addr", foreign}, {"-f", good, "--addr", "unix:///" + foreign}, {"-f", good, "--progress", foreign},
			{"-f", good, "--build-context", foreign}, {"-f", good, "--build-context", "a=" + foreign}, {"-f", good, "--build-context", "a=oci-layout://" + foreign},
			{"-f", good, "--secret", foreign}, {"-f", good, "--secret", "id=a,src=" + foreign}, {"-f", good, "--ssh", "a=" + foreign}, {"-f", good, "--opt", foreign},
			{"-f", good, "--cache-from", foreign}, {"-f", good, "--cache-to", "type=" + foreign}, {"-f", good, "--output", "type=" + foreign}, {"-f", good, foreign, foreign},
		} {
			tests = append(tests, append(verb[:len(verb):len(verb)], more...))
		}
	}
	t.Setenv(addressVariable, "unix:///no/such/daemon")
	for _, args := range tests {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			var out, errOut bytes.Buffer
			run(t.Context(), args, &out, &errOut)
			checkForeign(t, "standard output", out.String())
			checkForeign(t, "standard error", errOut.String())
			for line := range strings.Lines(out.String()) {
				if strings.HasPrefix(line, "{") && !json.Valid([]byte(line)) {
					t.Errorf("not JSON: %s", line)
				}
			}
		})
	}
}

// loaderProgram returns an ELF file that asks for a loader with the given name.
func loaderProgram(name string) string {
	var b bytes.Buffer
	size := uint64(64 + 56)
	header := elf.Header64{
		Ident: [elf.EI_NIDENT]byte{0x7f, 'E', 'L', 'F', byte(elf.ELFCLASS64), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)},
		Type:  uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	interp := elf.Prog64{Type: uint32(elf.PT_INTERP), Off: size, Filesz: uint64(len(name) + 1), Memsz: uint64(len(name) + 1)}
	for _, part := range []any{header, interp} {
		_ = binary.Write(&b, binary.LittleEndian, part) // a write to a Buffer never fails
	}
	return b.String() + name + "\x00"
}

// TestForeignProgress: all that a daemon reports about a build is made printable, even if
// a part of a step's output ends in the middle of a character.
func TestForeignProgress(t *testing.T) {
	in := make(chan *client.SolveStatus, 2)
	in <- &client.SolveStatus{
		Vertexes: []*client.Vertex{{Name: foreign, Error: foreign}},
		Statuses: []*client.VertexStatus{{ID: foreign, Name: foreign}},
		Warnings: []*client.VertexWarning{{Short: []byte(foreign), Detail: [][]byte{[]byte(foreign)}, URL: foreign}},
		Logs:     []*client.VertexLog{{Data: []byte("é" + foreign + "\xc3")}},
	}
	in <- &client.SolveStatus{Logs: []*client.VertexLog{{Data: []byte("\xa9\n")}}}
	close(in)
	var log string
	for s := range printable(in) {
		for _, v := range s.Vertexes {
			checkForeign(t, "a step", v.Name+v.Error)
		}
		for _, v := range s.Statuses {
			checkForeign(t, "a status", v.ID+v.Name)
		}
		for _, w := range s.Warnings {
			checkForeign(t, "a warning", string(w.Short)+w.URL+string(w.Detail[0]))
		}
		for _, l := range s.Logs {
			log += string(l.Data)
		}
	}
	checkForeign(t, "the log", log)
	if !strings.HasPrefix(log, "é") || !strings.HasSuffix(log, "é\n") {
		t.Errorf("the log is %q", log)
	}
}

// TestForeignAnswerOfDaemon prints an error that a daemon may return.
func TestForeignAnswerOfDaemon(t *testing.T) {
	var out bytes.Buffer
	code := run(context.Background(), []string{"graph", "-f", "/no/such/" + foreign}, &out, &out)
	if code != exitFault {
		t.Errorf("exit code %d", code)
	}
	checkForeign(t, "the error", out.String())
	if !utf8.ValidString(out.String()) {
		t.Error("not UTF-8")
	}
}

// TestPlacesThatPrint reads the source code. Only code that makes foreign text printable
// may name steps, send warnings, or write to standard streams.
func TestPlacesThatPrint(t *testing.T) {
	const root = "../.."
	found := map[string]int{}
	for _, dir := range []string{"cmd", "frontend", "llb"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(file string, d fs.DirEntry, err error) error {
			if err == nil && d.IsDir() && d.Name() == "wrapper" {
				return filepath.SkipDir // it passes on what a linker prints, to the byte
			}
			if err != nil || d.IsDir() || !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
				return err
			}
			tree, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
			if err != nil {
				return err
			}
			name, err := filepath.Rel(root, file)
			if err != nil {
				return err
			}
			ast.Inspect(tree, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.SelectorExpr:
					if id, ok := n.X.(*ast.Ident); ok && id.Name == "os" && (n.Sel.Name == "Stdout" || n.Sel.Name == "Stderr") {
						found["standard streams"]++
						if filepath.Base(file) != "main.go" {
							t.Errorf("%s writes to os.%s; only main hands it on, to what makes all printable", name, n.Sel.Name)
						}
					}
				case *ast.CallExpr:
					sel, ok := n.Fun.(*ast.SelectorExpr)
					if !ok {
						return true
					}
					switch sel.Sel.Name {
					case "WithCustomName", "WithCustomNamef":
						found["names"]++
						for _, arg := range n.Args {
							if !saysNothingForeign(arg) {
								t.Errorf("%s gives a step a name that is not made printable", name)
							}
						}
					case "Warn":
						found["warnings"]++
						if name != "frontend/parsed.go" {
							t.Errorf("%s warns; parsed.warn makes it printable", name)
						}
					}
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	for _, kind := range []string{"standard streams", "names", "warnings"} {
		if found[kind] == 0 {
			t.Errorf("found no %s: the test looks for the wrong thing", kind)
		}
	}
}

// saysNothingForeign reports whether a part of a step's name is a constant, made
// printable, or defined in this project.
func saysNothingForeign(arg ast.Expr) bool {
	switch a := arg.(type) {
	case *ast.BasicLit:
		return true
	case *ast.Ident:
		return a.Name == "prefix"
	case *ast.SelectorExpr:
		id, ok := a.X.(*ast.Ident)
		return a.Sel.Name == "NamePrefix" || a.Sel.Name == "Kind" || ok && id.Name == "plan"
	case *ast.CallExpr:
		switch f := a.Fun.(type) {
		case *ast.SelectorExpr:
			id, ok := f.X.(*ast.Ident)
			return ok && id.Name == "quote"
		}
	}
	return false
}
