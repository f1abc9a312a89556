package sbomstep

import (
	"bytes"
	"compress/zlib"
	"crypto/sha1"
	"crypto/sha256"
	"debug/elf"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/evidence"
	"github.com/rene2/scratch-frontend/frontend/licence"
	"github.com/rene2/scratch-frontend/frontend/sbom"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newELF is a program of one segment with some content, and a section of a name beside it
// if there is a name.
func newELF(content, section string, data []byte) []byte {
	const head, programHeader = 64, 56
	names := "\x00.shstrtab\x00" + section + "\x00"
	at := head + programHeader
	var out bytes.Buffer
	write := func(v any) {
		if err := binary.Write(&out, binary.LittleEndian, v); err != nil {
			panic(err)
		}
	}
	h := elf.Header64{
		Type: uint16(elf.ET_EXEC), Machine: uint16(elf.EM_X86_64), Version: 1, Phoff: head, Ehsize: head,
		Phentsize: programHeader, Phnum: 1, Entry: 0x400000, Shentsize: 64, Shnum: 3, Shstrndx: 1,
		Shoff: uint64(at + len(content) + len(data) + len(names)),
	}
	copy(h.Ident[:], "\x7fELF\x02\x01\x01")
	write(h)
	write(elf.Prog64{Type: uint32(elf.PT_LOAD), Flags: 5, Off: uint64(at), Vaddr: 0x400000, Filesz: uint64(len(content)), Memsz: uint64(len(content))})
	out.WriteString(content)
	out.Write(data)
	out.WriteString(names)
	write(elf.Section64{})
	write(elf.Section64{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: uint64(at + len(content) + len(data)), Size: uint64(len(names))})
	write(elf.Section64{Name: 11, Type: uint32(elf.SHT_PROGBITS), Off: uint64(at + len(content)), Size: uint64(len(data))})
	return out.Bytes()
}

// sum is a checksum, made apart from the step's own.
func sum(data []byte) string {
	s := sha256.Sum256(data)
	return hex.EncodeToString(s[:])
}

const database = `P:musl-dev
V:1.2.5-r10
A:x86_64
L:MIT
o:musl
F:usr/lib
R:crt1.o
R:libc.a

P:glib-static
V:2.84.1-r0
A:x86_64
L:LGPL-2.1-or-later
o:glib
F:usr/lib
R:libglib-2.0.a

P:gcc
V:14.2.0-r6
A:x86_64
L:GPL-2.0-or-later AND LGPL-2.1-or-later
o:gcc
F:usr/bin
R:gcc
F:usr/lib/gcc/x/14.2.0
R:libgcc.a

P:binutils
V:2.44-r0
L:GPL-3.0-or-later
o:binutils
F:usr/bin
R:ld

P:zlib-static
V:1.3.1-r2
L:Zlib
o:zlib
F:lib
R:libz.a

`

// build is a build whose mounts are folders of a test.
type build struct {
	t   testing.TB
	dir string
	req Request
	in  Inputs
}

func newBuild(t testing.TB) *build {
	b := &build{t: t, dir: t.TempDir()}
	b.in = Inputs{Name: "demo", Platform: "linux/amd64", Epoch: 1748563200, Project: sbom.Source{Name: "demo", Dir: "/src"}}
	b.req = Request{
		Inputs: b.path("inputs.json"), Records: b.path("records"), Root: b.path("root"), Workdir: b.path("workdir"),
		Out: b.path("out"), Report: b.path("report.json"),
	}
	for _, dir := range []string{"records", "root", "workdir", "out"} {
		must(t, os.MkdirAll(b.path(dir), 0o755))
	}
	b.write("root/lib/apk/db/installed", []byte(database))
	b.write("root/usr/lib/os-release", []byte("ID=alpine\nVERSION_ID=3.22.1\n"))
	must(t, os.MkdirAll(b.path("root/etc"), 0o755))
	must(t, os.Symlink("../usr/lib/os-release", b.path("root/etc/os-release")))
	return b
}

func (b *build) path(name string) string { return filepath.Join(b.dir, name) }

func (b *build) write(name string, data []byte) {
	b.t.Helper()
	must(b.t, os.MkdirAll(filepath.Dir(b.path(name)), 0o755))
	must(b.t, os.WriteFile(b.path(name), data, 0o755))
}

// program puts a program of the Scratchfile's next binary into the image.
func (b *build) program(at string, data []byte) {
	b.t.Helper()
	dir := fmt.Sprintf("shipped/%d", len(b.in.Binaries))
	b.write(dir+at, data)
	b.in.Binaries = append(b.in.Binaries, Binary{Shipped: b.path(dir)})
}

// link is the record of a link that has made some bytes.
func link(output string, made []byte, inputs ...evidence.Input) *evidence.Link {
	l := &evidence.Link{
		Version: evidence.Version,
		Output:  evidence.Output{File: evidence.File{Path: output, SHA256: sum(made), Size: int64(len(made))}},
		Linker:  evidence.Linker{Program: "/usr/bin/ld", Version: "GNU ld 2.44", Kind: evidence.GNU},
		Inputs:  inputs,
	}
	if id, err := evidence.Identity(bytes.NewReader(made)); err == nil {
		l.Output.Identity = id
	}
	return l
}

func object(at string) evidence.Input {
	return evidence.Input{File: evidence.File{Path: at, SHA256: sum([]byte(at)), Size: 1}, Kind: evidence.Object}
}

func archive(at string, members ...string) evidence.Input {
	in := object(at)
	in.Kind = evidence.Archive
	for _, m := range members {
		in.Members = append(in.Members, evidence.Member{Name: m})
	}
	return in
}

// record writes a record as the wrapper of the linker does.
func (b *build) record(l *evidence.Link) {
	b.t.Helper()
	line, err := l.Encode()
	must(b.t, err)
	b.write("records/"+sum(line)+evidence.Suffix, line)
}

func (b *build) run() (Report, map[string]string) {
	b.t.Helper()
	b.write("inputs.json", []byte(b.in.Text()))
	// The request passes through the command line.
	req, err := ParseRequest(Args(b.req)[1:])
	must(b.t, err)
	var log bytes.Buffer
	must(b.t, Run(b.t.Context(), req, io.Discard, &log))
	data, err := os.ReadFile(req.Report)
	must(b.t, err)
	r, err := ParseReport(data)
	must(b.t, err)
	docs := map[string]string{}
	must(b.t, filepath.WalkDir(req.Out, func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		text, err := os.ReadFile(name)
		rel, _ := filepath.Rel(req.Out, name)
		docs[rel] = string(text)
		return err
	}))
	return r, docs
}

// linked has, for each program, the packages that it was linked of, and why they are not
// known.
func linked(r Report) map[string]string {
	out := map[string]string{}
	for _, b := range r.Binaries {
		var in []string
		for _, p := range r.Packages {
			if slices.Contains(p.In, b.Path) {
				in = append(in, strings.TrimSpace(p.Name+" "+p.Version))
			}
		}
		out[b.Path] = strings.Join(in, ", ")
		if b.Unrecorded != "" {
			out[b.Path] += "; " + b.Unrecorded
		}
	}
	return out
}

func wantLinked(t *testing.T, b *build, want map[string]string) Report {
	t.Helper()
	r, _ := b.run()
	if diff := cmp.Diff(want, linked(r)); diff != "" {
		t.Error(diff)
	}
	return r
}

const ofMusl = "musl-dev 1.2.5-r10"

// usual are the inputs of a small program.
func usual(more ...evidence.Input) []evidence.Input {
	return append([]evidence.Input{object("/usr/lib/crt1.o"), object("/src/a.o"), archive("/usr/lib/libc.a", "puts.lo")}, more...)
}

// TestDocumentsOfABuild: all documents are there, of what was linked and of nothing else.
func TestDocumentsOfABuild(t *testing.T) {
	b := newBuild(t)
	a := newELF("a", "", nil)
	b.program("/usr/bin/a", a)
	b.record(link("/src/a", a, usual(
		archive("/usr/lib/libglib-2.0.a", "ghash.o"), archive("/usr/lib/gcc/x/14.2.0/libgcc.a", "_chk.o"))...))
	b.in.Project = sbom.Source{Name: "demo", Repository: "https://git.example/demo.git", Commit: strings.Repeat("ab", 20), Dir: "/src"}
	b.write("root/usr/share/licenses/glib/COPYING", []byte("the text of the LGPL\n"))
	r := wantLinked(t, b, map[string]string{"/usr/bin/a": "glib-static 2.84.1-r0, " + ofMusl + ", gcc runtime 14.2.0-r6, demo " + strings.Repeat("ab", 20)})
	if err := r.Err(); err != nil {
		t.Error(err)
	}
	must(t, os.RemoveAll(b.req.Out))
	must(t, os.MkdirAll(b.req.Out, 0o755))
	_, docs := b.run()
	for name, want := range map[string][]string{
		SPDXFile:                  {"STATIC_LINK", "pkg:apk/alpine/glib-static@2.84.1-r0?arch=x86_64\\u0026distro=alpine-3.22", "2025-05-30T00:00:00Z", "BUILD_TOOL_OF", "binutils", sum(a)},
		CycloneDXFile:             {"glib-static", "CycloneDX"},
		TableFile:                 {"/usr/bin/a", "libglib-2.0.a(1)"},
		NoticeFile:                {"LGPL-2.1-or-later", "the text of the LGPL"},
		"db/lib/apk/db/installed": {"P:glib-static\n", "P:musl-dev\n"},
		"db/etc/os-release":       {`ID="alpine"`},
	} {
		text := strings.ReplaceAll(docs[name], "&", `\u0026`)
		for _, w := range want {
			if !strings.Contains(text, w) {
				t.Errorf("%s lacks %q:\n%s", name, w, text)
			}
		}
		if strings.Contains(text, "zlib") {
			t.Errorf("%s has what was not linked", name)
		}
	}
	if db := docs["db/lib/apk/db/installed"]; strings.Contains(db, "P:gcc") || strings.Contains(db, "R:") {
		t.Errorf("the database has the compiler, or files:\n%s", db)
	}
	if _, err := os.Stat(filepath.Join(b.req.Out, PermittedDir)); err != nil {
		t.Error(err)
	}
}

// TestSameDocuments: neither the names of temporary files nor the order of records are in
// the documents.
func TestSameDocuments(t *testing.T) {
	made := func(seed string) map[string]string {
		b := newBuild(t)
		for _, name := range []string{"a", "b"} {
			program := newELF(name, "", nil)
			b.program("/"+name, program)
			b.record(link("/src/"+name, program, usual(object("/tmp/cc"+seed+name+".o"), archive("/lib/libz.a", "inflate.o"))...))
		}
		_, docs := b.run()
		return docs
	}
	if diff := cmp.Diff(made("AbCdEf"), made("ZyXwVu")); diff != "" {
		t.Error(diff)
	}
}

// TestWithoutEvidence: what is not known is said to be unknown, with the reason. It is no
// error: the user's commands may have written anything.
func TestWithoutEvidence(t *testing.T) {
	a := newELF("a", "", nil)
	failed := link("/src/a", a)
	failed.Failure = "it copies the command line"
	for name, tc := range map[string]struct {
		change func(b *build)
		want   string
	}{
		"a download":        {func(b *build) { b.in.Binaries[0].From = "https://example.com/a" }, "; it was not built here, but comes from https://example.com/a"},
		"no command":        {func(b *build) { b.req.Records = "" }, "; no command of the build was recorded"},
		"no linker":         {func(*build) {}, "; the build has run no linker that is known"},
		"another link":      {func(b *build) { b.record(link("/src/b", newELF("b", "", nil), usual()...)) }, "; no recorded link has made it"},
		"an object of it":   {func(b *build) { b.record(link("/src/a", []byte("no program"), usual()...)) }, "; no recorded link has made it"},
		"unfinished":        {func(b *build) { b.write("records/x.open", nil) }, "; no record names it, and 1 links were not recorded to their end"},
		"failure":           {func(b *build) { b.record(failed) }, "; it copies the command line"},
		"failure, and not":  {func(b *build) { b.record(failed); b.record(link("/src/a", a, usual()...)) }, ofMusl + ", demo"},
		"no folder":         {func(b *build) { must(t, os.RemoveAll(b.req.Records)) }, "; the records of the build can't be read: open .: no such file or directory"},
		"forged record":     {func(b *build) { b.write("records/x.json", []byte("{}\n")) }, `; the records of the build can't be read: record "x.json": version 0 of the format; this program knows 1`},
		"database is a dir": {func(b *build) { b.record(link("/src/a", a, usual()...)); dirAt(t, b.path("root/lib/apk/db/installed")) }, "demo, files of no package"},
		"database leads out": {func(b *build) {
			b.record(link("/src/a", a, usual()...))
			linkAt(t, b.path("root/lib/apk/db/installed"), b.path("elsewhere"))
		}, "demo, files of no package"},
		"no database": {func(b *build) { b.record(link("/src/a", a, usual()...)); must(t, os.RemoveAll(b.path("root/lib"))) }, "demo, files of no package"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuild(t)
			b.write("elsewhere", []byte(database))
			b.program("/a", a)
			tc.change(b)
			r := wantLinked(t, b, map[string]string{"/a": tc.want})
			known := !strings.HasPrefix(tc.want, ";")
			if warnings := r.Warnings(); (len(warnings) == 0) != known {
				t.Errorf("warnings %v", warnings)
			}
		})
	}
}

// TestCopied: what comes from elsewhere is said to, with the digest that the daemon has found
// for an image. No license is asked of what is not linked.
func TestCopied(t *testing.T) {
	digest := "sha256:" + strings.Repeat("4e", 32)
	b := newBuild(t)
	b.program("/a", newELF("a", "", nil))
	b.in.Binaries[0].From, b.in.Binaries[0].Source = "the image tool:1", &sbom.Source{Image: "tool:1"}
	b.in.Sources = []sbom.Source{{Image: "unknown:2", Dir: "/src/x"}}
	b.in.Copied = []sbom.Copied{{Source: sbom.Source{Image: "tool:1"}, Paths: []string{"/etc/a"}}}
	b.in.Licences = &licence.Policy{Deny: []string{"GPL-*"}}
	if diff := cmp.Diff([]string{"tool:1", "unknown:2"}, b.in.Images()); diff != "" {
		t.Error(diff)
	}
	b.req.Digests = b.path("digests.json")
	b.write("digests.json", []byte(`{"tool:1":"`+digest+`"}`))
	r, docs := b.run()
	if r.refuses() {
		t.Errorf("refused: %v", r.Err())
	}
	for _, want := range []string{"pkg:oci/tool@" + digest, "has copies of its files: /a, /etc/a"} {
		if !strings.Contains(docs[SPDXFile], want) {
			t.Errorf("no %q in\n%s", want, docs[SPDXFile])
		}
	}
	if got := strings.Count(docs[SPDXFile], "pkg:oci/"); got != 1 {
		t.Errorf("%d images with a digest in\n%s", got, docs[SPDXFile])
	}
}

func dirAt(t *testing.T, at string) {
	must(t, os.Remove(at))
	must(t, os.Mkdir(at, 0o755))
}

func linkAt(t *testing.T, at, to string) {
	must(t, os.Remove(at))
	must(t, os.Symlink(to, at))
}

// TestReplacedFile: an archive that a build has put in the place of a package's is none of
// the package's.
func TestReplacedFile(t *testing.T) {
	for name, tc := range map[string]struct {
		content, want string
	}{
		"as installed":  {"own", ofMusl + ", zlib-static 1.3.1-r2, demo"},
		"replaced":      {"other", ofMusl + ", demo, files of no package"},
		"can't be read": {"", ofMusl + ", zlib-static 1.3.1-r2, demo"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuild(t)
			h := sha1.Sum([]byte("own"))
			sums := strings.Replace(database, "R:libz.a\n", "R:libz.a\nZ:Q1"+base64.StdEncoding.EncodeToString(h[:])+"\n", 1)
			b.write("root/lib/apk/db/installed", []byte(sums))
			if tc.content != "" {
				b.write("root/usr/lib/libz.a", []byte(tc.content))
			}
			a := newELF("a", "", nil)
			b.program("/a", a)
			b.record(link("/src/a", a, usual(archive("/usr/lib/libz.a", "inflate.o"))...))
			wantLinked(t, b, map[string]string{"/a": tc.want})
		})
	}
}

// TestPartialLinks: what partial links have taken is in the program, and their outputs
// are nothing of their own.
func TestPartialLinks(t *testing.T) {
	a, inner, outer := newELF("a", "", nil), []byte("inner"), []byte("outer")
	at := func(name string, data []byte) evidence.Input {
		in := object(name)
		in.SHA256, in.Size = sum(data), int64(len(data))
		return in
	}
	b := newBuild(t)
	b.program("/a", a)
	b.record(link("/opt/inner.o", inner, archive("/lib/libz.a", "inflate.o")))
	b.record(link("/opt/crt-outer.o", outer, at("/opt/inner.o", inner), archive("/usr/lib/libglib-2.0.a", "ghash.o")))
	b.record(link("/src/a", a, at("/opt/crt-outer.o", outer), archive("/usr/lib/libc.a", "puts.lo")))
	wantLinked(t, b, map[string]string{"/a": "glib-static 2.84.1-r0, " + ofMusl + ", zlib-static 1.3.1-r2"})

	// Of the members of an archive, only the names are known.
	b = newBuild(t)
	b.program("/a", a)
	b.record(link("/src/inner.o", inner, archive("/lib/libz.a", "inflate.o")))
	b.record(link("/src/a", a, archive("/src/libmine.a", "other.o", "inner.o"), archive("/usr/lib/libc.a", "puts.lo")))
	wantLinked(t, b, map[string]string{"/a": ofMusl + ", zlib-static 1.3.1-r2, demo"})
	must(t, os.RemoveAll(b.req.Out))
	must(t, os.Mkdir(b.req.Out, 0o755))
	if _, docs := b.run(); !strings.Contains(docs[SPDXFile], "the linker has named what it read") {
		t.Error("a name passes for knowledge")
	}

	failed := link("/opt/inner.o", inner)
	failed.Failure = "no trace"
	b = newBuild(t)
	b.program("/a", a)
	b.record(failed)
	b.record(link("/src/a", a, at("/opt/inner.o", inner), archive("/usr/lib/libc.a", "puts.lo")))
	wantLinked(t, b, map[string]string{"/a": ofMusl + ", demo; of /opt/inner.o, which is in it: no trace"})
}

// TestPackedAnew: the members of an archive of the project are the project's, also if they
// have the names of a package's.
func TestPackedAnew(t *testing.T) {
	a := newELF("a", "", nil)
	b := newBuild(t)
	b.program("/a", a)
	b.record(link("/src/a", a, archive("/src/libz.a", "inflate.o"), archive("/usr/lib/libc.a", "puts.lo")))
	wantLinked(t, b, map[string]string{"/a": ofMusl + ", demo"})
}

// TestChanges: a program is known by what was linked, and described as it ships.
func TestChanges(t *testing.T) {
	a, packed := newELF("a", ".symtab", []byte("symbols")), newELF("packed", "", nil)
	stripped := newELF("a", "", nil)
	b := newBuild(t)
	b.program("/a", packed)
	b.write("first/a", a)
	b.write("stripped/a", stripped)
	b.in.Binaries[0].Before = []Before{{b.path("first"), "strip"}, {b.path("stripped"), "upx"}}
	b.record(link("/src/a", a, usual()...))
	wantLinked(t, b, map[string]string{"/a": ofMusl + ", demo"})
	must(t, os.RemoveAll(b.req.Out))
	must(t, os.Mkdir(b.req.Out, 0o755))
	_, docs := b.run()
	for _, want := range []string{sum(packed), "changed by strip, before that sha256:" + sum(a), "changed by upx, before that sha256:" + sum(stripped)} {
		if !strings.Contains(docs[SPDXFile], want) {
			t.Errorf("no %q in\n%s", want, docs[SPDXFile])
		}
	}
}

// TestFolderOfPrograms: each program of a folder is one, and one that is refused is none.
func TestFolderOfPrograms(t *testing.T) {
	b := newBuild(t)
	for _, name := range []string{"x", "y"} {
		program := newELF(name, "", nil)
		b.write("shipped/0/bin/"+name, program)
		b.record(link("/src/"+name, program, usual()...))
	}
	b.in.Binaries = []Binary{{Shipped: b.path("shipped/0")}, {Shipped: b.path("shipped/1")}}
	wantLinked(t, b, map[string]string{"/bin/x": ofMusl + ", demo", "/bin/y": ofMusl + ", demo"})
}

// TestGo: a program of the go command names its modules. This test is one.
func TestGo(t *testing.T) {
	exe, err := os.Executable()
	must(t, err)
	data, err := os.ReadFile(exe)
	must(t, err)
	if _, err := elf.NewFile(bytes.NewReader(data)); err != nil {
		t.Skip("this test is no ELF program here")
	}
	b := newBuild(t)
	b.program("/a", data)
	r, docs := b.run()
	for _, want := range []string{"pkg:golang/github.com/rene2/scratch-frontend", "pkg:golang/stdlib@v1."} {
		if !strings.Contains(docs[SPDXFile], want) {
			t.Errorf("no %s in the document", want)
		}
	}
	m := readModules(bytes.NewReader(data))
	if unrecorded := r.Binaries[0].Unrecorded; (unrecorded == "") != m.whole {
		t.Errorf("without C is %v: %q", m.whole, unrecorded)
	}
}

const cargoLock = `# This file is automatically @generated by Cargo.
version = 4

[[package]]
name = "app"
version = "0.1.0"
dependencies = [
 "memchr",
 "serde-json 1.0.0",
]

[[package]]
name = "memchr"
version = "2.7.4"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d3d"

[[package]]
name = "serde-json"
version = "1.0.0"
source = "git+https://github.com/serde-rs/json#ab"

[[package]]
name = "serde-json"
version = "2.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"

[[package]]
name = "quote"
version = "1.0.1"
source = "registry+https://github.com/rust-lang/crates.io-index"

[metadata]
name = "no package"
`

// TestRust: crates are those that the program names, or those of Cargo.lock whose archives
// were linked, wherever cargo has kept these.
func TestRust(t *testing.T) {
	const target = "/var/cache/cargo-build/x/"
	crate := func(name string) evidence.Input {
		return archive(target+"lib"+name+"-0123456789abcdef.rlib", name+".0.rcgu.o")
	}
	own := object(target + "app-0123456789abcdef.app.7.rcgu.o")
	auditable := func(text string) []byte {
		var b bytes.Buffer
		z := zlib.NewWriter(&b)
		_, err := z.Write([]byte(text))
		must(t, err)
		must(t, z.Close())
		return b.Bytes()
	}
	const list = `{"packages":[{"name":"app","version":"0.1.0","source":"local","root":true},` +
		`{"name":"memchr","version":"9.9.9","source":"crates.io"},{"name":"cc","version":"1.0.0","source":"crates.io","kind":"build"}]}`
	for name, tc := range map[string]struct {
		program []byte
		lock    string
		inputs  []evidence.Input
		want    string
		inexact bool
	}{
		"by archives":       {lock: cargoLock, inputs: usual(own, crate("memchr")), want: ofMusl + ", memchr 2.7.4, demo"},
		"a local crate":     {lock: cargoLock, inputs: usual(own, crate("app"), crate("memchr")), want: ofMusl + ", memchr 2.7.4, demo"},
		"two versions":      {lock: cargoLock, inputs: usual(own, crate("serde_json")), want: ofMusl + ", serde-json 1.0.0, serde-json 2.0.0, demo", inexact: true},
		"two of them":       {lock: cargoLock, inputs: usual(own, crate("serde_json"), crate("memchr")), want: ofMusl + ", memchr 2.7.4, serde-json 1.0.0, serde-json 2.0.0, demo", inexact: true},
		"an archive's name": {lock: cargoLock, inputs: usual(own, crate("other")), want: ofMusl + ", memchr 2.7.4, quote 1.0.1, serde-json 1.0.0, serde-json 2.0.0, demo", inexact: true},
		"no archives":       {lock: cargoLock, inputs: usual(own), want: ofMusl + ", memchr 2.7.4, quote 1.0.1, serde-json 1.0.0, serde-json 2.0.0, demo", inexact: true},
		"no lock":           {inputs: usual(own, crate("memchr")), want: ofMusl + ", demo, files of no package"},
		"not by rustc":      {lock: cargoLock, inputs: usual(), want: ofMusl + ", demo"},
		"the compiler's own": {lock: cargoLock, inputs: usual(own, crate("memchr"), archive("/usr/lib/rustlib/x/lib/libstd-0123456789abcdef.rlib", "std.o")),
			want: ofMusl + ", memchr 2.7.4, demo, files of no package"},
		"by itself":        {program: newELF("a", ".dep-v0", auditable(list)), lock: cargoLock, inputs: usual(own, crate("memchr"), crate("other")), want: ofMusl + ", memchr 9.9.9, demo"},
		"no list in it":    {program: newELF("a", ".dep-v0", []byte("x")), lock: cargoLock, inputs: usual(own, crate("memchr")), want: ofMusl + ", memchr 2.7.4, demo"},
		"a list too large": {program: newELF("a", ".dep-v0", auditable(list+strings.Repeat(" ", maxAuditable))), lock: cargoLock, inputs: usual(own, crate("memchr")), want: ofMusl + ", memchr 2.7.4, demo"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuild(t)
			if tc.program == nil {
				tc.program = newELF("a", "", nil)
			}
			b.program("/a", tc.program)
			b.record(link("/src/a", tc.program, tc.inputs...))
			if tc.lock != "" {
				b.write("workdir/Cargo.lock", []byte(tc.lock))
			}
			_, docs := b.run()
			if inexact := strings.Contains(docs[SPDXFile], "the linker has named what it read"); inexact != tc.inexact {
				t.Errorf("inexact is %v", inexact)
			}
			must(t, os.RemoveAll(b.req.Out))
			must(t, os.Mkdir(b.req.Out, 0o755))
			wantLinked(t, b, map[string]string{"/a": tc.want})
		})
	}
}

// TestLicences: what is refused leaves no permission, and says the package, the licence
// and the archive.
func TestLicences(t *testing.T) {
	for name, tc := range map[string]struct {
		policy   *licence.Policy
		from     string
		refused  []string // parts of the error; none for consent
		patterns []string
		relink   bool
	}{
		"no policy":        {relink: true},
		"denied":           {policy: &licence.Policy{Deny: []string{"GPL-*", "LGPL-*"}}, relink: true, patterns: []string{"LGPL-*"}, refused: []string{"glib-static 2.84.1-r0 (/usr/lib/libglib-2.0.a) in /a is under LGPL-2.1-or-later, which licenses.deny has", `write "glib-static" under licenses.exceptions`}},
		"not allowed":      {policy: &licence.Policy{Allow: []string{"MIT"}}, refused: []string{"glib-static", "licenses.allow does not have"}},
		"allowed":          {policy: &licence.Policy{Allow: []string{"MIT", "LGPL-*"}}},
		"an exception":     {policy: &licence.Policy{Deny: []string{"LGPL-*"}, Exceptions: []string{"glib"}}},
		"not linked":       {policy: &licence.Policy{Deny: []string{"Zlib"}}, relink: true},
		"nothing is known": {policy: &licence.Policy{Allow: []string{"MIT"}}, from: "https://example.com/a", refused: []string{"the licenses of /a are not known: it was not built here", `write "/a" under licenses.exceptions`}},
		"known by hand":    {policy: &licence.Policy{Allow: []string{"MIT"}, Exceptions: []string{"/a"}}, from: "https://example.com/a"},
	} {
		t.Run(name, func(t *testing.T) {
			b := newBuild(t)
			a := newELF("a", "", nil)
			b.program("/a", a)
			b.in.Binaries[0].From = tc.from
			b.record(link("/src/a", a, usual(archive("/usr/lib/libglib-2.0.a", "ghash.o"))...))
			b.in.Licences = tc.policy
			r, _ := b.run()
			err := r.Err()
			if (err != nil) != (tc.refused != nil) {
				t.Fatalf("refused: %v", err)
			}
			_, statErr := os.Stat(filepath.Join(b.req.Out, PermittedDir))
			if (statErr == nil) != (err == nil) {
				t.Errorf("permitted: %v", statErr)
			}
			for _, want := range tc.refused {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%v\nlacks %q", err, want)
				}
			}
			if len(r.Refused) > 0 && !slices.Equal(r.Refused[0].Patterns, tc.patterns) {
				t.Errorf("patterns %q", r.Refused[0].Patterns)
			}
			relink := slices.ContainsFunc(r.Warnings(), func(w Warning) bool { return strings.Contains(w.Message, "link it anew") })
			if relink != tc.relink {
				t.Errorf("warnings %v", r.Warnings())
			}
		})
	}
}

// TestLockedFiles: a package that the lock has a file of is known by where it is from.
func TestLockedFiles(t *testing.T) {
	b := newBuild(t)
	a := newELF("a", "", nil)
	b.program("/a", a)
	b.record(link("/src/a", a, usual()...))
	b.req.Lock = b.path("Scratchfile.lock")
	b.write("Scratchfile.lock", []byte(`version: 1
platforms:
- platform: linux/amd64
  base: alpine:3.22
  installs:
  - packages: [build-base]
    files:
    - name: musl-dev
      version: 1.2.5-r10
      url: https://mirror.example/musl-dev-1.2.5-r10.apk
      sha256: 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
`))
	_, docs := b.run()
	if want := "https://mirror.example/musl-dev-1.2.5-r10.apk"; !strings.Contains(docs[SPDXFile], want) {
		t.Errorf("no %s", want)
	}
}

// TestSysroot: in a build for another platform, the packages of the target are what is
// linked, with the files that the lock has for them. Those of the root compile. Two builds
// of one version differ.
func TestSysroot(t *testing.T) {
	b := newBuild(t)
	a := newELF("a", "", nil)
	b.program("/a", a)
	b.req.Sysroot = b.path("sysroot")
	b.write("sysroot/lib/apk/db/installed", []byte(strings.ReplaceAll(database, "A:x86_64", "A:aarch64")))
	at := func(name string) string { return "/.scratch-frontend/sysroot" + name }
	b.record(link("/src/a", a, object(at("/usr/lib/crt1.o")), object("/src/a.o"), archive(at("/usr/lib/libc.a"), "puts.lo"),
		archive(at("/usr/lib/gcc/x/14.2.0/libgcc.a"), "_chk.o")))
	b.req.Lock = b.path("Scratchfile.lock")
	text := "version: 1\nplatforms:\n- platform: linux/arm64\n  build: linux/amd64\n  base: alpine:3.22\n  installs:\n"
	for _, in := range []struct{ arch, name string }{{"", "x86_64"}, {"    arch: aarch64\n", "aarch64"}} {
		text += "  - packages: [gcc, musl-dev]\n" + in.arch + "    files:\n"
		for _, id := range []string{"gcc 14.2.0-r6", "musl-dev 1.2.5-r10"} {
			name, version, _ := strings.Cut(id, " ")
			text += fmt.Sprintf("    - name: %s\n      version: %s\n      url: https://mirror.example/%s/%[1]s-%[2]s.apk\n      sha256: %[4]s\n",
				name, version, in.name, strings.Repeat("ab", 32))
		}
	}
	b.write("Scratchfile.lock", []byte(text))
	r, docs := b.run()
	if diff := cmp.Diff(map[string]string{"/a": ofMusl + ", gcc runtime 14.2.0-r6, demo"}, linked(r)); diff != "" {
		t.Error(diff)
	}
	for _, want := range []string{"https://mirror.example/aarch64/musl-dev-", "https://mirror.example/x86_64/gcc-", "arch=aarch64"} {
		if !strings.Contains(docs[SPDXFile], want) {
			t.Errorf("no %s in\n%s", want, docs[SPDXFile])
		}
	}
	if strings.Contains(docs[SPDXFile], "https://mirror.example/x86_64/musl-dev-") || strings.Contains(docs[SPDXFile], ".scratch-frontend") {
		t.Errorf("the library is said to be the builder's:\n%s", docs[SPDXFile])
	}
	if db := docs[filepath.Join(DatabaseDir, apkdb.Places[0])]; !strings.Contains(db, "A:aarch64") || strings.Contains(db, "A:x86_64") {
		t.Errorf("the database has\n%s", db)
	}
}

func TestParseReportErrors(t *testing.T) {
	for _, dt := range []string{"", "[]", `{"binaries":[{}]}`, `{"refused":[{"name":"a"}]}`, `{"judged":true,"refused":[{}]}`, `{"judged":true,"unknown":[{}]}`, `{"unknown":[{"path":"/a"}]}`} {
		if r, err := ParseReport([]byte(dt)); err == nil {
			t.Errorf("%q was read as %+v", dt, r)
		}
	}
}

// FuzzParseReport: whatever a report says, its warnings and its error can be printed.
func FuzzParseReport(f *testing.F) {
	f.Add([]byte(`{"binaries":[{"path":"/a","unrecorded":"x"}],"packages":[{"name":"p","in":["/a"],"relink":true}]}`))
	f.Add([]byte(`{"judged":true,"refused":[{"name":"p","terms":["MIT"],"patterns":["*"]},{"name":"q","in":["/a"]}],"unknown":[{"path":"/a"}]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ParseReport(data)
		if err != nil {
			return
		}
		if (r.Err() == nil) == r.refuses() {
			t.Fatalf("%+v: %v", r, r.Err())
		}
		r.Warnings()
		dt, err := json.Marshal(r)
		must(t, err)
		_, err = ParseReport(dt)
		must(t, err)
	})
}

// FuzzModules: whatever a program or a lock of cargo says, a document can be made of it.
func FuzzModules(f *testing.F) {
	f.Add([]byte(cargoLock), []byte(`{"packages":[{"name":"a","version":"1"}]}`))
	f.Add([]byte("[[package]]\nname = \"\n[[package]]\nname = \"\"\nversion = \"\"x\""), []byte(`{"packages":[{"name":"\u0000"}]}`))
	f.Fuzz(func(t *testing.T, lock, list []byte) {
		b := sbom.Binary{Path: "/a", SHA256: strings.Repeat("ab", 32)}
		for _, c := range parseCargoLock(lock) {
			b.Modules = append(b.Modules, c.module())
		}
		modules, _ := parseAuditable(list)
		b.Modules = append(b.Modules, modules...)
		inv, err := sbom.New(sbom.Build{Name: "a", Tool: "b", Binaries: []sbom.Binary{b}})
		must(t, err)
		_, err = inv.SPDX()
		must(t, err)
		newReport(inv, nil)
		readModules(bytes.NewReader(lock))
	})
}

// TestManyPackagesAndLinks: the time grows with the packages of a root and the links of a
// build, both of which commands of the user can write, and not with their product.
func TestManyPackagesAndLinks(t *testing.T) {
	const many = 30_000
	var packages []apkdb.Package
	e := found{records: &evidence.Records{}}
	for i := range many {
		name := fmt.Sprint("ld", i)
		packages = append(packages, apkdb.Package{Name: name, Version: "1", Files: []string{"usr/bin/" + name}})
		e.records.Links = append(e.records.Links, &evidence.Link{Linker: evidence.Linker{Program: "/usr/bin/ld0"}})
	}
	start := time.Now()
	if tools := e.tools(packages); len(tools) != 1 || tools[0].Name != "ld0" {
		t.Errorf("%d tools", len(tools))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
