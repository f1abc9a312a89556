package datastep

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	ocispecs "github.com/opencontainers/image-spec/specs-go/v1"

	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
	"github.com/rene2/scratch-frontend/frontend/verify"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// elfFile is the smallest file of a type that loads its own headers: a program with an
// interpreter, if it has a name, or a library.
func elfFile(t testing.TB, typ elf.Type, interpreter string) string {
	t.Helper()
	progs := []elf.Prog64{{Type: uint32(elf.PT_LOAD), Flags: uint32(elf.PF_R | elf.PF_X), Align: 0x1000}}
	var tail []byte
	if typ == elf.ET_DYN {
		progs = append(progs, elf.Prog64{Type: uint32(elf.PT_DYNAMIC), Flags: uint32(elf.PF_R)})
		tail = make([]byte, 16) // DT_NULL
	}
	if interpreter != "" {
		progs = append(progs, elf.Prog64{Type: uint32(elf.PT_INTERP), Flags: uint32(elf.PF_R)})
		tail = append([]byte(interpreter), 0)
	}
	headers := uint64(64 + 56*len(progs))
	size := headers + uint64(len(tail)) + 16
	const base = 0x400000
	for i := range progs {
		p := &progs[i]
		p.Vaddr, p.Filesz = base, size
		if i > 0 {
			p.Off, p.Vaddr, p.Filesz = headers, base+headers, uint64(len(tail))
		}
		p.Memsz = p.Filesz
	}
	h := elf.Header64{
		Type: uint16(typ), Machine: uint16(elf.EM_X86_64), Version: 1, Entry: base + size - 16,
		Phoff: 64, Ehsize: 64, Phentsize: 56, Phnum: uint16(len(progs)),
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	out, err := binary.Append(nil, binary.LittleEndian, h)
	must(t, err)
	out, err = binary.Append(out, binary.LittleEndian, progs)
	must(t, err)
	return string(append(append(out, tail...), make([]byte, 16)...))
}

// tree makes a folder of files: "->x" is a link, and the mode stands before the text:
// "755 text".
func tree(t testing.TB, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range slices.Sorted(maps.Keys(files)) {
		at := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(at), 0o755))
		if target, ok := strings.CutPrefix(files[name], "->"); ok {
			must(t, os.Symlink(target, at))
			continue
		}
		digits, text, _ := strings.Cut(files[name], " ")
		var mode uint32
		_, err := fmt.Sscanf(digits, "%o", &mode)
		must(t, err)
		must(t, os.WriteFile(at, []byte(text), 0o600))
		must(t, syscall.Chmod(at, mode))
	}
	return root
}

func request(t testing.TB, files map[string]string) Request {
	t.Helper()
	out := t.TempDir()
	return Request{
		Platform: ocispecs.Platform{OS: "linux", Architecture: "amd64"},
		Data:     tree(t, files),
		Passed:   filepath.Join(out, "passed"),
		Report:   filepath.Join(out, contract.ReportFile),
	}
}

// scanned runs the step, and checks that its output tells the report's verdict.
func scanned(t testing.TB, req Request) (Report, string) {
	t.Helper()
	var log bytes.Buffer
	must(t, Run(t.Context(), req, io.Discard, &log))
	dt, err := os.ReadFile(req.Report)
	must(t, err)
	r, err := ParseReport(dt)
	must(t, err)
	left, err := os.ReadDir(req.Passed)
	if passed := err == nil && len(left) == 0; passed != (r.Err() == nil) {
		t.Errorf("passed is %v (%v), the error %v", passed, err, r.Err())
	}
	return r, log.String()
}

// TestNoProgramComesAsData: whatever way a program comes, it is held to the rule; and what
// nobody can start is not.
func TestNoProgramComesAsData(t *testing.T) {
	static := elfFile(t, elf.ET_EXEC, "")
	dynamic := elfFile(t, elf.ET_EXEC, "/lib/ld.so")
	library := elfFile(t, elf.ET_DYN, "")
	for name, tc := range map[string]struct {
		files   map[string]string
		refused []string
		says    string
	}{
		"nothing":                 {},
		"static":                  {files: map[string]string{"bin/app": "755 " + static}},
		"dynamic":                 {files: map[string]string{"bin/app": "755 " + dynamic}, refused: []string{"/bin/app"}, says: "/bin/app needs the dynamic loader /lib/ld.so"},
		"for its owner alone":     {files: map[string]string{"app": "500 " + dynamic}, refused: []string{"/app"}},
		"for others alone":        {files: map[string]string{"app": "401 " + dynamic}, refused: []string{"/app"}},
		"without an execute bit":  {files: map[string]string{"app": "644 " + dynamic}},
		"a name for what is gone": {files: map[string]string{"srv/.wh.x": "644 x", "y/.wh..wh..opq": "644 "}, refused: []string{"/srv/.wh.x", "/y/.wh..wh..opq"}, says: "fix: rename it"},
		"another name":            {files: map[string]string{"share/doc/a/b/c/.hidden.txt": "755 " + dynamic}, refused: []string{"/share/doc/a/b/c/.hidden.txt"}},
		"shared library":          {files: map[string]string{"lib/x.so": "755 " + library}, refused: []string{"/lib/x.so"}, says: "fix: if nothing starts it in the image, remove its execute bit (mode); write unverified: true"},
		"library for a loader":    {files: map[string]string{"lib/x.so": "644 " + library}},
		"object file":             {files: map[string]string{"x.o": "755 " + elfFile(t, elf.ET_REL, "")}, refused: []string{"/x.o"}, says: "is an object file"},
		"of another machine":      {files: map[string]string{"app": "755 " + strings.Replace(static, "\x3e\x00", "\xb7\x00", 1)}, refused: []string{"/app"}, says: "write unverified: true"},
		"cut short":               {files: map[string]string{"app": "755 \x7fELF"}, refused: []string{"/app"}},
		"nearly one":              {files: map[string]string{"app": "755 \x7fEL", "empty": "755 ", "text": "755 hello"}},
		"link to one outside":     {files: map[string]string{"app": "->/proc/self/exe", "up": "->../../../../../../bin"}},
		"link to one inside":      {files: map[string]string{"app": "->bin/app", "bin/app": "755 " + dynamic}, refused: []string{"/bin/app"}},
		"folder that is a circle": {files: map[string]string{"a/up": "->..", "a/app": "755 " + dynamic}, refused: []string{"/a/app"}},
		"several":                 {files: map[string]string{"b/app": "755 " + dynamic, "a": "755 " + dynamic, "c": "755 " + static}, refused: []string{"/a", "/b/app"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, log := scanned(t, request(t, tc.files))
			var got []string
			for _, p := range r.Refused.First {
				got = append(got, p.Path)
			}
			if diff := cmp.Diff(tc.refused, got); diff != "" {
				t.Error(diff)
			}
			if err := r.Err(); err != nil && !(strings.Contains(err.Error(), tc.says) && strings.Contains(log, tc.says)) {
				t.Errorf("%v\nlacks %q, or the log does: %s", err, tc.says, log)
			}
		})
	}
}

// TestSetuidDataIsWarnedOf: as in a binary.
func TestSetuidDataIsWarnedOf(t *testing.T) {
	static := elfFile(t, elf.ET_EXEC, "")
	r, log := scanned(t, request(t, map[string]string{"bin/su": "4755 " + static, "bin/app": "755 " + static, "share/su.txt": "4644 x"}))
	want := []Warning{{Path: "/bin/su", Message: "/bin/su has a set-user-ID or set-group-ID bit",
		Remedy: "remove the bit, unless the program must change its user: chmod ug-s"}}
	if diff := cmp.Diff(want, r.Warnings()); diff != "" || !strings.Contains(log, "warning: "+want[0].Message) {
		t.Errorf("%s\n%s", diff, log)
	}
}

// TestScriptWithoutInterpreter: the word behind #! is looked up as in the image, among the
// data and all that comes otherwise.
func TestScriptWithoutInterpreter(t *testing.T) {
	for name, tc := range map[string]struct {
		line              string
		files             map[string]string
		programs, folders []string
		missing           string
	}{
		"missing":               {line: "#!/bin/sh", missing: "/bin/sh"},
		"spaces, an option":     {line: "#! \t/bin/sh -e", missing: "/bin/sh"},
		"env":                   {line: "#!/usr/bin/env python3", missing: "/usr/bin/env"},
		"env is there":          {line: "#!/usr/bin/env python3", programs: []string{"/usr/bin/env"}},
		"a line that has a CR":  {line: "#!/bin/sh\r", programs: []string{"/bin/sh"}, missing: "/bin/sh\r"},
		"in the data":           {line: "#!/bin/sh", files: map[string]string{"bin/sh": "644 x"}},
		"a folder":              {line: "#!/bin/sh", files: map[string]string{"bin/sh/x": "644 x"}, missing: "/bin/sh"},
		"a program":             {line: "#!/bin/sh", programs: []string{"/bin/ls", "/bin/sh"}},
		"another program":       {line: "#!/bin/sh", programs: []string{"/bin/bash", "/bin/s"}, missing: "/bin/sh"},
		"a folder of programs":  {line: "#!/opt/x/bin/sh", folders: []string{"/opt/x/"}},
		"link to a program":     {line: "#!/bin/sh", files: map[string]string{"bin/sh": "->busybox"}, programs: []string{"/bin/busybox"}},
		"link in a linked bin":  {line: "#!/bin/sh", files: map[string]string{"bin": "->usr/bin", "usr/bin/sh": "->/bin/busybox"}, programs: []string{"/bin/busybox"}},
		"program in a link":     {line: "#!/usr/bin/sh", files: map[string]string{"bin": "->usr/bin", "usr/bin/x": "644 x"}, programs: []string{"/bin/sh"}},
		"link out of the image": {line: "#!/bin/sh", files: map[string]string{"bin/sh": "->../../../../../../../../proc/self/exe"}, missing: "/bin/sh"},
		"link to nothing":       {line: "#!/bin/sh", files: map[string]string{"bin/sh": "->/bin/none"}, missing: "/bin/sh"},
		"link in a circle":      {line: "#!/bin/sh", files: map[string]string{"bin/sh": "->sh"}, missing: "/bin/sh"},
		"relative":              {line: "#!bin/sh", files: map[string]string{"bin/sh": "644 x"}},
		"none":                  {line: "#!"},
		"a zero byte":           {line: "#!/bin/sh\x00x", missing: "/bin/sh"},
		"a name without an end": {line: "#!/" + strings.Repeat("a", 1000), missing: "/" + strings.Repeat("a", maxStart-3)},
	} {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{"run/script": "755 " + tc.line + "\n", "run/text": "644 #!/none\n"}
			maps.Copy(files, tc.files)
			req := request(t, files)
			req.Programs, req.Folders = tc.programs, tc.folders
			r, _ := scanned(t, req)
			must(t, r.Err())
			var want []Script
			if tc.missing != "" {
				want = []Script{{Path: "/run/script", Interpreter: tc.missing}}
			}
			if diff := cmp.Diff(want, r.Scripts.First); diff != "" {
				t.Error(diff)
			}
			for _, w := range r.Warnings() {
				if strings.ContainsAny(w.Message, "\r\x00") || !strings.HasPrefix(w.Message, "/run/script is a script for /") {
					t.Errorf("warning %q", w.Message)
				}
			}
		})
	}
}

// TestReportIsBounded: however much there is, the report has the first by their paths, and
// says how many more there are.
func TestReportIsBounded(t *testing.T) {
	const more = 13
	files := map[string]string{}
	dynamic, setuid := elfFile(t, elf.ET_EXEC, "/lib/ld.so"), elfFile(t, elf.ET_EXEC, "")
	for i := range maxListed + more {
		files[fmt.Sprintf("d%02d/app", i)] = "755 " + dynamic
		files[fmt.Sprintf("s%02d", i)] = "755 #!/bin/sh\n"
		files[fmt.Sprintf("u%02d", i)] = "4755 " + setuid
	}
	r, _ := scanned(t, request(t, files))
	if len(r.Refused.First) != maxListed || r.Refused.More != more || r.Refused.First[maxListed-1].Path != "/d19/app" {
		t.Errorf("%d refused and %d more", len(r.Refused.First), r.Refused.More)
	}
	if len(r.Scripts.First) != maxListed || r.Scripts.More != more || r.Scripts.First[0].Path != "/s00" {
		t.Errorf("%d scripts and %d more", len(r.Scripts.First), r.Scripts.More)
	}
	if len(r.Warned.First) != maxListed || r.Warned.More != more || r.Warned.First[0].Path != "/u00" {
		t.Errorf("%d warned and %d more", len(r.Warned.First), r.Warned.More)
	}
	if err := r.Err(); !strings.HasSuffix(err.Error(), fmt.Sprintf("and %d more programs", more)) {
		t.Error(err)
	}
	if w := r.Warnings(); len(w) != 2*(maxListed+1) || w[maxListed].Message != fmt.Sprintf("%d more programs have warnings", more) {
		t.Errorf("%d warnings", len(w))
	}
}

// TestLargeFolder: a folder is read in parts.
func TestLargeFolder(t *testing.T) {
	files := map[string]string{}
	for i := range 2*chunk + 1 {
		files[fmt.Sprint(i)] = "644 x"
	}
	files["2000"] = "755 " + elfFile(t, elf.ET_EXEC, "/lib/ld.so")
	files["z/app"] = files["2000"]
	if r, _ := scanned(t, request(t, files)); len(r.Refused.First) != 2 {
		t.Errorf("%d refused", len(r.Refused.First))
	}
}

// TestManyInterpreters: what is remembered has a bound, and the answers don't change.
func TestManyInterpreters(t *testing.T) {
	req := request(t, map[string]string{"bin/sh": "644 x"})
	in := newInterpreters(req)
	for i := range maxKnown + 10 {
		if there, err := in.has(fmt.Sprintf("/bin/%d", i)); there || err != nil {
			t.Fatal(there, err)
		}
	}
	if there, err := in.has("/bin/sh"); !there || err != nil || len(in.known) > maxKnown {
		t.Errorf("%v, %v, %d are remembered", there, err, len(in.known))
	}
}

func TestRequestRoundTrip(t *testing.T) {
	req := request(t, nil)
	req.Programs, req.Folders = []string{"/a"}, []string{"/b"}
	got, err := ParseRequest(Args(req)[1:])
	must(t, err)
	if diff := cmp.Diff(req, got); diff != "" {
		t.Error(diff)
	}
}

// TestParseReportErrors: a report that is silent, or that contradicts itself, must not
// read as consent.
func TestParseReportErrors(t *testing.T) {
	for _, dt := range []string{
		"", "{}", "null", "[]", `{"verdict":"yes"}`, `{"verdict":"refused"}`, `{"verdict":"static","refused":{"first":[{"path":"/a"}]}}`,
		`{"verdict":"refused","refused":{"first":[null]}}`, `{"verdict":"refused","refused":{"more":1}}`,
		`{"verdict":"static","refused":{"more":1}}`, `{"verdict":"static","warned":{"first":[null]}}`, `{"verdict":"static","warned":{"more":-1}}`,
	} {
		if r, err := ParseReport([]byte(dt)); err == nil {
			t.Errorf("%q was read as %+v", dt, r)
		}
	}
	r, err := ParseReport([]byte(`{"verdict":"refused","refused":{"first":[{"path":"/a"}]}}`))
	must(t, err)
	if r.Err() == nil {
		t.Error("a program without a verdict reads as consent")
	}
}

// FuzzParseReport checks that a report is whole or refused, and that its verdict is its
// error.
func FuzzParseReport(f *testing.F) {
	for _, s := range []string{
		``, `{"verdict":"static","warned":{"first":[{"path":"/a","warnings":[{"code":"setuid","message":"x"}]}],"more":2},"scripts":{"first":[{"path":"/s","interpreter":"\u001b"}],"more":1}}`,
		`{"verdict":"refused","refused":{"first":[{"path":"/a","verdict":"refused","reasons":[{"code":"needed","message":"x"}]}],"more":3}}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(data)
		if err != nil {
			return
		}
		r.Warnings()
		if (r.Verdict == verify.Static) != (r.Err() == nil) {
			t.Fatalf("the verdict is %s, the error %v", r.Verdict, r.Err())
		}
		dt, err := json.Marshal(r)
		must(t, err)
		again, err := ParseReport(dt)
		must(t, err)
		if diff := cmp.Diff(r, again, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("what was written is read as another:\n%s", diff)
		}
	})
}

// FuzzInterpreter checks that any first line gives one word that can be looked up.
func FuzzInterpreter(f *testing.F) {
	for _, s := range []string{"#!/bin/sh", "#! /usr/bin/env x\n", "#!\x00", "#!../../x/.././\t"} {
		f.Add(s)
	}
	in := newInterpreters(request(f, nil))
	f.Fuzz(func(t *testing.T, start string) {
		name := interpreterOf(start)
		if strings.ContainsAny(name, " \t\n\x00") {
			t.Fatalf("%q", name)
		}
		if there, err := in.has(name); name != "" && (there || err != nil) {
			t.Fatalf("%q: %v, %v", name, there, err)
		}
	})
}

// BenchmarkSmallFiles is data of many files, few of which can be executed.
func BenchmarkSmallFiles(b *testing.B) {
	files := map[string]string{}
	for i := range 20_000 {
		files[fmt.Sprintf("d%d/e%d/%d", i%17, i%131, i)] = "644 some text"
	}
	req := request(b, files)
	for b.Loop() {
		must(b, os.RemoveAll(req.Passed))
		must(b, Run(b.Context(), req, io.Discard, io.Discard))
	}
}

// TestReplacedFileIsNotVerified: what a binary replaces is not in the image.
func TestReplacedFileIsNotVerified(t *testing.T) {
	req := request(t, map[string]string{"bin/app": "755 " + elfFile(t, elf.ET_EXEC, "/lib/ld.so")})
	req.Programs = []string{"/bin/app"}
	if r, _ := scanned(t, req); r.Err() != nil {
		t.Error(r.Err())
	}
}

// TestUnverifiedIsInTheImage: a script may name an interpreter that is not verified.
func TestUnverifiedIsInTheImage(t *testing.T) {
	req := request(t, map[string]string{"run": "755 #!/opt/lang/bin/lang\n"})
	if r, _ := scanned(t, req); len(r.Scripts.First) != 1 {
		t.Errorf("scripts without an interpreter: %+v", r.Scripts)
	}
	req = request(t, map[string]string{"run": "755 #!/opt/lang/bin/lang\n"})
	req.Unverified = []string{"/opt/lang"}
	if r, _ := scanned(t, req); len(r.Scripts.First) != 0 {
		t.Errorf("scripts without an interpreter: %+v", r.Scripts)
	}
}
