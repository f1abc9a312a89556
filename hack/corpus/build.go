package corpus

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
)

//go:embed testdata
var sources embed.FS

// Builder builds programs and keeps them in a folder. It builds a program again only if
// its commands, its sources or its tools have changed.
type Builder struct {
	dir      string
	mu       sync.Mutex
	programs map[string]func() ([]byte, error) // by key
	tools    map[string]func() (string, error) // by name
}

// MissingError means that a tool is missing.
type MissingError struct{ Tool string }

func (e *MissingError) Error() string { return e.Tool + " is not installed" }

// NewBuilder returns a builder that keeps programs in dir.
func NewBuilder(dir string) (*Builder, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	return &Builder{dir: dir, programs: map[string]func() ([]byte, error){}, tools: map[string]func() (string, error){}}, nil
}

// Dir returns the folder for programs in the cache of the repository that contains the
// current directory.
func Dir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache", "corpus"), nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("corpus: not inside the repository")
		}
		dir = parent
	}
}

// Program returns the bytes of a case's program after its edits. The error is a
// [*MissingError] if a tool is missing.
func (b *Builder) Program(ctx context.Context, c Case) ([]byte, error) {
	key, err := b.key(c)
	if err != nil {
		return nil, err
	}
	built, err := once(&b.mu, b.programs, key, func() ([]byte, error) { return b.loadOrBuild(ctx, key, c) })()
	if err != nil || c.Edit == nil {
		return built, err
	}
	return c.Edit(slices.Clone(built)), nil
}

// Prune removes the programs that this run has not used.
func (b *Builder) Prune() error {
	entries, err := os.ReadDir(b.dir)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if b.programs[e.Name()] != nil || strings.HasPrefix(e.Name(), ".") {
			continue
		}
		if err := os.Remove(filepath.Join(b.dir, e.Name())); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

// once returns a function that calls f at its first call and then returns the same
// result. All callers with one key get the same function.
func once[T any](mu *sync.Mutex, all map[string]func() (T, error), key string, f func() (T, error)) func() (T, error) {
	mu.Lock()
	defer mu.Unlock()
	if all[key] == nil {
		all[key] = sync.OnceValues(f)
	}
	return all[key]
}

// key returns a name for a program that depends on everything it is made from.
func (b *Builder) key(c Case) (string, error) {
	h := sha256.New()
	for _, tool := range c.Tools {
		id, err := once(&b.mu, b.tools, tool, func() (string, error) { return identify(tool) })()
		if err != nil {
			return "", err
		}
		fmt.Fprintln(h, tool, id)
	}
	for _, command := range c.Build {
		fmt.Fprintln(h, command)
	}
	for name, source := range c.sources() {
		fmt.Fprintf(h, "%s %d %s", name, len(source), source)
	}
	return hex.EncodeToString(h.Sum(nil))[:24], nil
}

// sources yields each source that the commands name.
func (c Case) sources() func(yield func(string, []byte) bool) {
	const dir = "testdata"
	return func(yield func(string, []byte) bool) {
		entries, err := sources.ReadDir(dir)
		if err != nil {
			panic(err) // it is embedded
		}
		words := strings.Fields(strings.Join(c.Build, " "))
		for _, e := range entries {
			if !slices.Contains(words, e.Name()) {
				continue
			}
			source, err := sources.ReadFile(dir + "/" + e.Name())
			if err != nil {
				panic(err)
			}
			if !yield(e.Name(), source) {
				return
			}
		}
	}
}

// identify returns a text that differs for each installation of a tool.
func identify(tool string) (string, error) {
	p, err := exec.LookPath(tool)
	if err != nil {
		return "", &MissingError{tool}
	}
	id := identity(p)
	switch {
	case tool == "go":
		id += ask(p, "version")
	case tool == "rustc":
		id += ask(p, "--version")
	case strings.HasSuffix(tool, "gcc"):
		for _, part := range []string{"-print-file-name=libc.a", "-print-prog-name=cc1", "-print-prog-name=as", "-print-prog-name=ld"} {
			name := ask(p, part)
			if found, err := exec.LookPath(name); err == nil {
				name = found
			}
			id += identity(name)
		}
	}
	return id, nil
}

// identity returns a text that identifies a file. It does not read the file.
func identity(path string) string {
	info, err := os.Stat(path)
	if err != nil {
		return " " + path
	}
	return fmt.Sprintf(" %s %d %d", path, info.Size(), info.ModTime().UnixNano())
}

// ask returns the first line that a tool prints.
func ask(tool string, args ...string) string {
	out, err := exec.Command(tool, args...).Output()
	if err != nil {
		return err.Error()
	}
	line, _, _ := strings.Cut(string(out), "\n")
	return line
}

// loadOrBuild returns a program from the folder, and builds it there first if it is
// missing.
func (b *Builder) loadOrBuild(ctx context.Context, key string, c Case) ([]byte, error) {
	p := filepath.Join(b.dir, key)
	if program, err := os.ReadFile(p); err == nil {
		return program, nil
	}
	program, err := build(ctx, c)
	if err != nil {
		return nil, err
	}
	return program, writeWhole(p, program)
}

// writeWhole writes a file. No reader ever sees a part of it.
func writeWhole(path string, b []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), ".new-")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.Write(b)
	if err := errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// build runs a case's commands in a new folder.
func build(ctx context.Context, c Case) ([]byte, error) {
	dir, err := os.MkdirTemp("", "corpus-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	for name, source := range c.sources() {
		if err := os.WriteFile(filepath.Join(dir, name), source, 0o644); err != nil {
			return nil, err
		}
	}
	for _, command := range c.Build {
		cmd := exec.CommandContext(ctx, "sh", "-c", command)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), "LC_ALL=C", "GOFLAGS=", "GOOS=", "GOARCH=", "GOAMD64=", "CGO_CFLAGS=", "CGO_LDFLAGS=", "RUSTFLAGS=")
		if out, err := cmd.CombinedOutput(); err != nil {
			return nil, fmt.Errorf("%s: %w\n%s", command, err, out)
		}
	}
	return os.ReadFile(filepath.Join(dir, "prog"))
}
