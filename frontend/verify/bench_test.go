package verify

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zeros reads a file that has only zeros behind its first bytes.
type zeros struct{ head []byte }

func (z zeros) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off < int64(len(z.head)) {
		copy(p, z.head[off:])
	}
	return len(p), nil
}

func BenchmarkELF(b *testing.B) {
	loaded := func(f elfFile, size uint64) []byte {
		return f.patched(onLoad(func(s *segment) { s.filesz, s.memsz = size, size })).bytes()
	}
	for _, bm := range []struct {
		name string
		head []byte
		size int64
		opts Options
	}{
		{"static", loaded(amd64(), 2<<20), 2 << 20, Options{Platform: linux("amd64", "")}},
		{"static-pie", loaded(pie(dynamicPart(markPIE())), 2<<20), 2 << 20, Options{}},
		{"dynamic", loaded(pie(interp("/lib/ld-musl-x86_64.so.1"), dynamicPart(markPIE(), needed("libc.musl-x86_64.so.1"))), 2<<20), 2 << 20, Options{}},
		{"static 200MB", loaded(amd64(), 200<<20), 200 << 20, Options{}},
		{"static 2MB hints", loaded(amd64(), 2<<20), 2 << 20, Options{Hints: true}},
		{"glibc 2MB", loaded(amd64(notePart(4, abiTag(0))), 2<<20), 2 << 20, Options{}},
		{"most program headers", amd64(fill(1169)...).bytes(), 0, Options{}},
	} {
		b.Run(strings.ReplaceAll(bm.name, " ", "_"), func(b *testing.B) {
			size := max(bm.size, int64(len(bm.head)))
			var r *Report
			b.ReportAllocs()
			for b.Loop() {
				var err error
				if r, err = ELF(zeros{bm.head}, size, bm.opts); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(r.BytesRead), "read-B/op")
		})
	}
}

// fill returns n PT_LOADs, each with one empty page.
func fill(n int) []part {
	parts := make([]part, n)
	for i := range parts {
		parts[i] = also(5)
	}
	return parts
}

func BenchmarkOpen(b *testing.B) {
	root := b.TempDir()
	must(b, os.MkdirAll(filepath.Join(root, "src/out"), 0o755))
	must(b, os.WriteFile(filepath.Join(root, "src/out/app"), amd64(text(strings.Repeat("x", 1<<20))).bytes(), 0o755))
	must(b, os.Symlink("/src/out/app", filepath.Join(root, "src/a.out")))
	for b.Loop() {
		r, err := Path(root, "src/a.out", Options{})
		if err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
}
