package needs

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// certificateNames end the paths that TLS libraries are compiled with.
var certificateNames = []string{"/cert.pem", "/certs", "/ca-certificates.crt", "/ca-bundle.crt", "/ca-bundle.pem"}

const (
	maxPaths  = 8
	maxPath   = 200
	pathChunk = 1 << 20
)

// certificatePaths returns the absolute paths in a program's read-only segments that have
// the name of certificates: whole strings, sorted.
func certificatePaths(program io.ReaderAt) ([]string, error) {
	f, err := evidence.OpenELF(program)
	if err != nil {
		return nil, nil //nolint:nilerr // what can't be read as ELF has none
	}
	var out []string
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD || p.Flags&elf.PF_W != 0 {
			continue
		}
		found, err := pathsIn(p)
		if err != nil {
			return nil, err
		}
		out = append(out, found...)
	}
	slices.Sort(out)
	out = slices.Compact(out)
	return out[:min(len(out), maxPaths)], nil
}

// pathsIn reads one segment. Chunks overlap by the longest path.
func pathsIn(p *elf.Prog) ([]string, error) {
	var out []string
	buf := make([]byte, pathChunk)
	for at := int64(0); at < int64(p.Filesz); at += pathChunk - 2*maxPath {
		n, err := p.ReadAt(buf, at)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		for _, name := range certificateNames {
			out = append(out, stringsEndingIn(buf[:n], name)...)
		}
	}
	return out, nil
}

// stringsEndingIn returns the whole strings that are absolute paths with that end.
func stringsEndingIn(data []byte, name string) []string {
	var out []string
	end := append([]byte(name), 0)
	for from := 0; len(out) < maxPaths; {
		i := bytes.Index(data[from:], end)
		if i < 0 {
			break
		}
		stop := from + i + len(name)
		from = stop
		start := bytes.LastIndexByte(data[:stop], 0) + 1
		text := string(data[start:stop])
		if len(text) <= maxPath && start > 0 && isPlainPath(text) {
			out = append(out, text)
		}
	}
	return out
}

// isPlainPath reports whether a text is an absolute path of printable ASCII.
func isPlainPath(s string) bool {
	return strings.HasPrefix(s, "/") && len(s) > 1 && !strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' || r == '%' })
}
