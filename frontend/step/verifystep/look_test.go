package verifystep

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// recorded adds a folder of records to a request, with that of the link that made a
// program.
func recorded(t *testing.T, req *Request, dir, program string) {
	t.Helper()
	req.Records = filepath.Join(dir, "records")
	if err := os.MkdirAll(req.Records, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(dir, "tree", program))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	identity, err := evidence.Identity(f)
	if err != nil {
		t.Fatal(err)
	}
	sum := strings.Repeat("0", 64)
	line, err := (&evidence.Link{
		Version: evidence.Version, Linker: evidence.Linker{Program: "/usr/bin/ld", Version: "GNU ld", Kind: evidence.GNU},
		Output: evidence.Output{File: evidence.File{Path: program, SHA256: sum}, Identity: identity},
		Inputs: []evidence.Input{{File: evidence.File{Path: "/usr/lib/libc.a", SHA256: sum}, Kind: evidence.Archive, Members: []evidence.Member{
			{Name: "tmpfile.lo", By: "/src/a.o", Symbol: "tmpfile"},
			{Name: "iconv.lo", By: "/usr/lib/libx.a(x.o)", Symbol: "iconv"},
		}}},
	}).Encode()
	if err == nil {
		err = os.WriteFile(filepath.Join(req.Records, "x"+evidence.Suffix), line, 0o644)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestLook: the report has what the record of the program's link shows; what a library
// asks for is told on stderr.
func TestLook(t *testing.T) {
	req, dir := request(t, "good")
	recorded(t, &req, dir, "/src/good")
	var log bytes.Buffer
	if err := Run(t.Context(), req, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	linked := report(t, req).Binaries[0].Programs[0].Linked
	if linked == nil || len(linked.Members) != 2 || linked.Members[0].By != "/src/a.o" || !linked.Members[1].Library {
		t.Errorf("%+v", linked)
	}
	if want := "/src/good: note: libc.a(iconv.lo) is linked, by libx.a(x.o) (iconv)"; !strings.Contains(log.String(), want) || strings.Contains(log.String(), "tmpfile") {
		t.Errorf("log %q", &log)
	}
}

// TestLookWithoutRecords: programs are verified all the same without a record, and
// whatever a command of the user has written to the folder of records.
func TestLookWithoutRecords(t *testing.T) {
	for name, prepare := range map[string]func(dir string) error{
		"no record":    func(string) error { return nil },
		"no folder":    os.RemoveAll,
		"no JSON":      func(dir string) error { return os.WriteFile(filepath.Join(dir, "x.json"), []byte("\x1b[2J"), 0o644) },
		"a device":     func(dir string) error { return os.Symlink("/dev/zero", filepath.Join(dir, "x.json")) },
		"an open file": func(dir string) error { return os.WriteFile(filepath.Join(dir, "x.open"), nil, 0o644) },
	} {
		t.Run(name, func(t *testing.T) {
			req, dir := request(t, "good")
			req.Records = filepath.Join(dir, "records")
			if err := os.Mkdir(req.Records, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := prepare(req.Records); err != nil {
				t.Fatal(err)
			}
			var log bytes.Buffer
			if err := Run(t.Context(), req, io.Discard, &log); err != nil {
				t.Fatal(err)
			}
			if r := report(t, req); !r.OK() || r.Binaries[0].Programs[0].Linked != nil || strings.Contains(log.String(), "\x1b") {
				t.Errorf("%+v, log %q", r, &log)
			}
		})
	}
}

// TestStack: a program without the declared stack is refused.
func TestStack(t *testing.T) {
	req, _ := request(t, "good")
	req.Binaries[0].Stack = true
	if err := Run(t.Context(), req, io.Discard, io.Discard); err != nil {
		t.Fatal(err)
	}
	if err := report(t, req).Advise().Err(); err == nil || !strings.Contains(err.Error(), "asks for no stack") {
		t.Errorf("%v", err)
	}
}
