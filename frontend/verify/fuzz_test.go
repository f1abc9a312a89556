package verify

import (
	"bytes"
	"debug/elf"
	"encoding/json"
	"io"
	"slices"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// maxHeaderBytes is how many bytes are read of a file without a search of its content: the
// first block, and every table at its limit.
const maxHeaderBytes = firstRead + maxPhdrTable + maxInterp + maxDynamic + maxNeededListed*maxNeededName + maxNotes + 16

// maxSearchBytes is how many bytes a search may read in addition to each byte once.
const maxSearchBytes = maxEmbeddedTries * (headerSize64 + maxEmbeddedPhdrs*phdrSize64)

// strictReader fails the test on a read outside the file.
type strictReader struct {
	t testing.TB
	b []byte
}

func (s strictReader) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off+int64(len(p)) > int64(len(s.b)) {
		s.t.Fatalf("read of %d bytes at %d in a file of %d", len(p), off, len(s.b))
	}
	if n := copy(p, s.b[off:]); n < len(p) {
		return n, io.ErrUnexpectedEOF
	}
	return len(p), nil
}

func FuzzELF(f *testing.F) {
	for _, tc := range elfCases() {
		f.Add(tc.file, tc.opts.Platform.Architecture, tc.opts.Platform.Variant)
	}
	for _, t := range targets() {
		p := program(t.arch)
		p.parts = []part{interp("/lib/ld.so"), dynamicPart(markPIE(), needed("libc.so")), notePart(4, abiTag(0), goNote()), stack(elf.PF_X)}
		f.Add(p.bytes(), t.arch, "")
	}
	f.Fuzz(func(t *testing.T, b []byte, arch, variant string) {
		opts := Options{Platform: linux(arch, variant)}
		read := func(opts Options) *Report {
			r, err := ELF(strictReader{t, b}, int64(len(b)), opts)
			if err != nil {
				t.Fatal(err)
			}
			return r
		}
		r := read(opts)
		checkReport(t, r)
		if diff := cmp.Diff(r, read(opts)); diff != "" {
			t.Errorf("two reports of one file differ:\n%s", diff)
		}
		limit := int64(maxHeaderBytes)
		if r.GlibcABI {
			limit += int64(len(b)) + maxSearchBytes
		}
		if r.BytesRead > limit {
			t.Errorf("%d bytes read, the limit is %d", r.BytesRead, limit)
		}
		withHints := read(Options{Platform: opts.Platform, Hints: true})
		if limit := int64(maxHeaderBytes + maxSearchBytes + len(b)); withHints.BytesRead > limit {
			t.Errorf("%d bytes read for hints, the limit is %d", withHints.BytesRead, limit)
		}
		withHints.Hints, withHints.BytesRead = r.Hints, r.BytesRead
		if diff := cmp.Diff(r, withHints); diff != "" {
			t.Errorf("to ask for hints changed the report:\n%s", diff)
		}
		if r.OK() && !read(Options{}).OK() {
			t.Error("static for a platform, refused for none")
		}
		checkAgainstStandardLibrary(t, r, b)
	})
}

// checkReport checks what is true for every report.
func checkReport(t *testing.T, r *Report) {
	t.Helper()
	if r.OK() != (len(r.Reasons) == 0) || r.OK() != (r.Err() == nil) {
		t.Errorf("verdict %s with %d reasons, error %v", r.Verdict, len(r.Reasons), r.Err())
	}
	if r.OK() && (r.Interpreter != "" || len(r.Needed) > 0) {
		t.Errorf("static with loader %q and libraries %q", r.Interpreter, r.Needed)
	}
	for _, reason := range r.Reasons {
		if reason.Code == "" || reason.Message == "" || reason.Offset == nil && reason.Code != CodePlatformUnknown {
			t.Errorf("incomplete: %+v", reason)
		}
	}
	for _, reason := range slices.Concat(r.Reasons, r.Warnings) {
		if reason.Offset != nil && (*reason.Offset < 0 || *reason.Offset > r.Size) {
			t.Errorf("offset %d in a file of %d: %+v", *reason.Offset, r.Size, reason)
		}
	}
	for _, c := range r.String() {
		if c != '\n' && !unicode.IsPrint(c) {
			t.Errorf("the text has %q in it: %q", c, r.String())
		}
	}
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	var back Report
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r, &back); diff != "" {
		t.Errorf("JSON lost something:\n%s", diff)
	}
}

// checkAgainstStandardLibrary checks that debug/elf finds no loader in a static file.
func checkAgainstStandardLibrary(t *testing.T, r *Report, b []byte) {
	if !r.OK() {
		return
	}
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil {
		return
	}
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			t.Errorf("static, with a PT_INTERP at %#x", p.Off)
		}
	}
}

func FuzzPrintable(f *testing.F) {
	for _, s := range []string{"", "/lib/ld.so", "\xff\x00\\", "\u202e\ufeff", "größe"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := printable(s)
		for _, c := range p {
			if !unicode.IsPrint(c) {
				t.Errorf("%q gave %q", s, p)
			}
		}
		if len(p) > 200*10+len("…") {
			t.Errorf("%d bytes", len(p))
		}
	})
}
