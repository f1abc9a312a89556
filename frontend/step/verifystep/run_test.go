package verifystep

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

// program writes the smallest program without a loader: an ELF header, and one executable
// segment with the entry point.
func program(t *testing.T, path string) {
	t.Helper()
	const headers = 64 + 56
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1,
		Entry: 0x400000 + headers, Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: 1,
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	p := elf.Prog64{
		Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X),
		Vaddr: 0x400000, Paddr: 0x400000, Filesz: headers + 16, Memsz: headers + 16, Align: 0x1000,
	}
	out, err := binary.Append(nil, binary.LittleEndian, h)
	if err != nil {
		t.Fatal(err)
	}
	if out, err = binary.Append(out, binary.LittleEndian, p); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, append(out, make([]byte, 16)...), 0o700); err != nil {
		t.Fatal(err)
	}
}

// request prepares a tree with a good program, a bad one, and the step's mounts.
func request(t *testing.T, names ...string) (Request, string) {
	t.Helper()
	dir := t.TempDir()
	for _, d := range []string{"tree/src", "verified", "report"} {
		if err := os.MkdirAll(filepath.Join(dir, d), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	program(t, filepath.Join(dir, "tree/src/good"))
	if err := os.WriteFile(filepath.Join(dir, "tree/src/bad"), []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	req := Request{
		Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
		Trees:    []verify.Tree{{{At: "/", Dir: filepath.Join(dir, "tree")}}},
		Verified: filepath.Join(dir, "verified"),
		Report:   filepath.Join(dir, "report", contract.ReportFile),
	}
	for _, n := range names {
		req.Binaries = append(req.Binaries, Binary{
			From: "/src/" + n, To: "/usr/bin/" + n, Mode: 0o555,
		})
	}
	return req, dir
}

func report(t *testing.T, req Request) *Report {
	t.Helper()
	dt, err := os.ReadFile(req.Report)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReport(dt, len(req.Binaries))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRunAccepted(t *testing.T) {
	req, dir := request(t, "good")
	req.Final = true
	src := filepath.Join(dir, "tree/src/good")
	made := time.Unix(1600000000, 0)
	if err := os.Chtimes(src, made, made); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	if err := Run(t.Context(), req, io.Discard, &log); err != nil {
		t.Fatal(err)
	}
	if want := "/src/good: static (amd64"; !strings.Contains(log.String(), want) {
		t.Errorf("log %q lacks %q", &log, want)
	}
	if err := report(t, req).Advise().Err(); err != nil {
		t.Fatal(err)
	}
	dst := filepath.Join(req.Verified, "0/usr/bin/good")
	info, err := os.Stat(dst)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode() != 0o555 || !info.ModTime().Equal(made) {
		t.Errorf("mode %v, time %v; want -r-xr-xr-x, %v", info.Mode(), info.ModTime(), made)
	}
	want, _ := os.ReadFile(src)
	if got, err := os.ReadFile(dst); err != nil || string(got) != string(want) {
		t.Errorf("the copy differs from what was verified: %v", err)
	}
}

func TestRunRefusedCopiesNothing(t *testing.T) {
	req, _ := request(t, "good", "bad", "missing")
	if err := Run(t.Context(), req, io.Discard, io.Discard); err != nil {
		t.Fatalf("a refusal is no error of the step: %v", err)
	}
	err := report(t, req).Advise().Err()
	if err == nil {
		t.Fatal("no refusal")
	}
	for _, want := range []string{"/src/bad", "/src/missing", "fix:"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
	if strings.Contains(err.Error(), "/src/good") {
		t.Errorf("the good program is blamed: %v", err)
	}
	left, err := os.ReadDir(req.Verified)
	if err != nil || len(left) != 0 {
		t.Errorf("%d files crossed, %v", len(left), err)
	}
}

// TestRefusalHasEachCause: a line for each cause of each program, with its remedy below.
func TestRefusalHasEachCause(t *testing.T) {
	rep := &Report{Binaries: []Entry{
		{Programs: []Program{
			{Report: &verify.Report{Path: "/good", Verdict: verify.Static}},
			{Report: &verify.Report{Path: "/a", Verdict: verify.Refused, Reasons: []verify.Reason{{Code: verify.CodeNotExecutable, Message: "has no mode"}, {Message: "has RPATH"}}}},
		}},
		{Programs: []Program{{Report: &verify.Report{Path: "/b"}}}},
	}}
	err := rep.Advise().Err()
	const want = "refused: /a has no mode\n  fix: make it executable in the build: chmod +x\n/a has RPATH\n/b has no verdict"
	var refused *contract.RefusedError
	if err == nil || err.Error() != want || !errors.As(err, &refused) {
		t.Errorf("error %v, want %s", err, want)
	}
}

// Unseen reports a program whose path leads into a part of the tree that the step does not
// have.
func TestReportTellsWhatIsUnseen(t *testing.T) {
	for name, want := range map[string]bool{"good": false, "missing": false, "linked": true} {
		req, dir := request(t, name)
		if err := os.Symlink("/usr/bin/good", filepath.Join(dir, "tree/src/linked")); err != nil {
			t.Fatal(err)
		}
		req.Trees[0] = verify.Tree{{At: "/", Name: "the root"}, {At: "/src", Dir: filepath.Join(dir, "tree/src")}}
		if err := Run(t.Context(), req, io.Discard, io.Discard); err != nil {
			t.Fatal(err)
		}
		if got := report(t, req).Unseen(); got != want {
			t.Errorf("%s: unseen %v, want %v", name, got, want)
		}
	}
}

func TestRequestRoundTrip(t *testing.T) {
	req, _ := request(t, "good")
	args := Args(req)
	if args[0] != Command {
		t.Fatalf("args %q", args)
	}
	got, err := ParseRequest(args[1:])
	if err != nil {
		t.Fatal(err)
	}
	a, _ := json.Marshal(req)
	if b, _ := json.Marshal(got); string(a) != string(b) {
		t.Errorf("got %s, want %s", b, a)
	}
}

func TestParseRequestErrors(t *testing.T) {
	for _, args := range [][]string{nil, {"{}", "{}"}, {"{"}} {
		if _, err := ParseRequest(args); err == nil {
			t.Errorf("%q was accepted", args)
		}
	}
}

// TestParseReportErrors: a report without a verdict on a binary must not pass.
func TestParseReportErrors(t *testing.T) {
	for _, dt := range []string{
		"", "{}", "null", `{"binaries":[]}`, `{"binaries":[null]}`, `{"binaries":[{},{}]}`, `{"binaries":[{"programs":[]}]}`,
		`{"binaries":[{"programs":[null]}]}`, `{"binaries":[{"programs":[{}]}]}`, `{"binaries":[{"programs":[{"verdict":"static"},{"to":"/a"}]}]}`,
	} {
		if _, err := ParseReport([]byte(dt), 1); err == nil {
			t.Errorf("%q was accepted", dt)
		}
	}
	r, err := ParseReport([]byte(`{"binaries":[{"programs":[{"path":"/a"}]}]}`), 1)
	if err != nil {
		t.Fatal(err)
	}
	if r.OK() || r.Advise().OK(0) || r.Advise().Err() == nil {
		t.Error("a report without a verdict reads as consent")
	}
}
