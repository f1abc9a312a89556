package sbom

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	cdx "github.com/CycloneDX/cyclonedx-go"
	"github.com/github/go-spdx/v2/spdxexp"
	"github.com/google/go-cmp/cmp"
	packageurl "github.com/package-url/packageurl-go"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdx/v2/common"
	"github.com/spdx/tools-golang/spdxlib"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/licence"
)

// checkSPDX holds a document against the official library, and against what that leaves
// out: identifiers are unique and well formed, licences and package URLs are valid.
func checkSPDX(t *testing.T, data []byte) {
	t.Helper()
	doc, err := spdxjson.Read(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("the library does not read it: %v", err)
	}
	if err := spdxlib.ValidateDocument(doc); err != nil {
		t.Errorf("the library refuses it: %v", err)
	}
	ids := map[common.ElementID]bool{}
	unique := func(id common.ElementID) {
		if ids[id] || strings.Trim(string(id), "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") != "" {
			t.Errorf("identifier %q", id)
		}
		ids[id] = true
	}
	defined := map[string]bool{}
	for _, l := range doc.OtherLicenses {
		defined[l.LicenseIdentifier] = true
	}
	licence := func(text string) {
		if text == "NOASSERTION" {
			return
		}
		if ok, bad := spdxexp.ValidateLicenses([]string{text}); !ok {
			t.Errorf("licence %q", bad)
		}
		for _, word := range strings.FieldsFunc(text, func(r rune) bool { return strings.ContainsRune(" ()", r) }) {
			if strings.HasPrefix(word, "LicenseRef-") && !defined[word] {
				t.Errorf("%s is not defined", word)
			}
		}
	}
	for _, p := range doc.Packages {
		unique(p.PackageSPDXIdentifier)
		licence(p.PackageLicenseDeclared)
		licence(p.PackageLicenseConcluded)
		for _, r := range p.PackageExternalReferences {
			if _, err := packageurl.FromString(r.Locator); err != nil {
				t.Errorf("%s: %v", r.Locator, err)
			}
		}
	}
	for _, f := range doc.Files {
		unique(f.FileSPDXIdentifier)
	}
}

func checkCycloneDX(t *testing.T, data []byte) {
	t.Helper()
	var bom cdx.BOM
	if err := cdx.NewBOMDecoder(bytes.NewReader(data), cdx.BOMFileFormatJSON).Decode(&bom); err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`(?m): null,?$`).Match(data) {
		t.Error("a field is null")
	}
	refs := map[string]bool{"image": true}
	for _, c := range all(bom.Components) {
		if refs[c.BOMRef] {
			t.Errorf("two components are %q", c.BOMRef)
		}
		refs[c.BOMRef] = true
	}
	for _, d := range all(bom.Dependencies) {
		for _, ref := range append(all(d.Dependencies), d.Ref) {
			if !refs[ref] {
				t.Errorf("no component is %q", ref)
			}
		}
	}
}

func all[T any](s *[]T) []T {
	if s == nil {
		return nil
	}
	return *s
}

func checkAll(t *testing.T, inv *Inventory) map[string]string {
	t.Helper()
	docs := documents(t, inv)
	checkSPDX(t, []byte(docs["spdx.json"]))
	checkCycloneDX(t, []byte(docs["cyclonedx.json"]))
	return docs
}

func TestDocumentsAreValid(t *testing.T) {
	checkAll(t, inventory(t, demo(t)))
	checkAll(t, inventory(t, many()))
	checkAll(t, inventory(t, Build{Name: "a", Tool: "b"}))
}

// TestSameBytes: documents do not depend on the order in which things were found, nor on
// the names that a compiler gives to its temporary files.
func TestSameBytes(t *testing.T) {
	want := documents(t, inventory(t, many()))
	for seed := range uint64(20) {
		b := many()
		r := rand.New(rand.NewPCG(seed, 0))
		shuffle(r, b.Installed)
		shuffle(r, b.Sources)
		shuffle(r, b.Binaries)
		for i := range b.Binaries {
			bin := &b.Binaries[i]
			for j, o := range bin.Objects {
				bin.Objects[j] = strings.NewReplacer("ccXyZ", fmt.Sprint("cc", seed), "rustcQz3", fmt.Sprint("rustc", seed)).Replace(o)
			}
			bin.Archives = append(bin.Archives, bin.Archives...)
			shuffle(r, bin.Archives)
			shuffle(r, bin.Objects)
			shuffle(r, bin.Modules)
		}
		if diff := cmp.Diff(want, documents(t, inventory(t, b))); diff != "" {
			t.Fatalf("seed %d:\n%s", seed, diff)
		}
	}
}

func shuffle[T any](r *rand.Rand, s []T) {
	r.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] })
}

// TestOtherDocument: a document of something else has another namespace and number.
func TestOtherDocument(t *testing.T) {
	b := many()
	one := documents(t, inventory(t, b))
	b.Binaries[0].SHA256 = strings.Repeat("00", 32)
	two := documents(t, inventory(t, b))
	name := func(doc, key string) string {
		var fields map[string]any
		if err := json.Unmarshal([]byte(doc), &fields); err != nil {
			t.Fatal(err)
		}
		return fields[key].(string)
	}
	if a, b := name(one["spdx.json"], "documentNamespace"), name(two["spdx.json"], "documentNamespace"); a == b {
		t.Errorf("both are %s", a)
	}
	if a, b := name(one["cyclonedx.json"], "serialNumber"), name(two["cyclonedx.json"], "serialNumber"); a == b {
		t.Errorf("both are %s", a)
	}
}

// kinds are the packages of a build, with what they are.
func kinds(t *testing.T, b Build) map[string]Kind {
	t.Helper()
	out := map[string]Kind{}
	for _, p := range inventory(t, b).Packages {
		out[p.Title()] = p.Kind
	}
	return out
}

// TestOnlyWhatIsLinked: an installed package that gave nothing is in no document, and
// the compiler is not what its runtime is.
func TestOnlyWhatIsLinked(t *testing.T) {
	got := kinds(t, demo(t))
	want := map[string]Kind{
		"glib-static": Library, "jansson-static": Library, "musl-dev": Library, "gcc runtime": Runtime, "harbour": Project,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, b := range []Build{demo(t), many()} {
		docs := documents(t, inventory(t, b))
		db := docs["image/lib/apk/db/installed"]
		for _, name := range []string{"gcc", "pcre2-static", "zlib-static", "unused-static"} {
			if strings.Contains(db, "P:"+name+"\n") {
				t.Errorf("the database has %s", name)
			}
		}
		if strings.Contains(docs["cyclonedx.json"]+docs["spdx.json"], "pkg:apk/alpine/gcc@") {
			t.Error("scanners would take the compiler to be in the image")
		}
	}
}

// TestRuntime: the compiler's parts are told from its libraries, over all programs.
func TestRuntime(t *testing.T) {
	b := many()
	gcc := "/usr/lib/gcc/aarch64-alpine-linux-musl/14.2.0/libgcc.a"
	for i := range b.Installed {
		if b.Installed[i].Name == "gcc" {
			b.Installed[i].Files = append(b.Installed[i].Files, "usr/lib/libgomp.a", "usr/lib/libasan.a")
		}
	}
	for name, tc := range map[string]struct {
		links []string // of one program each
		want  map[string]Kind
		terms string
	}{
		"crt alone":           {[]string{"/usr/lib/crt1.o\n"}, map[string]Kind{"musl-dev runtime": Runtime}, "MIT"},
		"crt, and libc later": {[]string{"/usr/lib/crt1.o\n", "/usr/lib/libc.a puts.lo\n"}, map[string]Kind{"musl-dev": Library}, "MIT"},
		"libgcc":              {[]string{gcc + " _chk.o\n"}, map[string]Kind{"gcc runtime": Runtime}, "GPL-3.0-or-later WITH GCC-exception-3.1"},
		"an excepted library": {[]string{"/usr/lib/libgomp.a x.o\n"}, map[string]Kind{"gcc": Library}, "GPL-3.0-or-later WITH GCC-exception-3.1"},
		"no excepted library": {[]string{"/usr/lib/libasan.a x.o\n", gcc + " _chk.o\n"}, map[string]Kind{"gcc": Library}, "GPL-2.0-or-later AND LGPL-2.1-or-later"},
		"nothing taken":       {[]string{gcc + "\n"}, map[string]Kind{}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			b := Build{Name: "a", Tool: "b", Installed: b.Installed}
			for i, lines := range tc.links {
				b.Binaries = append(b.Binaries, linked(fmt.Sprint("/", i), lines))
			}
			if diff := cmp.Diff(tc.want, kinds(t, b)); diff != "" {
				t.Error(diff)
			}
			for _, p := range inventory(t, b).Packages {
				if got := p.Licence().String(); got != tc.terms {
					t.Errorf("licence %q, want %q", got, tc.terms)
				}
			}
		})
	}
}

// TestSources: what is built here is of the innermost source that it lies in.
func TestSources(t *testing.T) {
	commit := strings.Repeat("ab", 20)
	sum := strings.Repeat("cd", 32)
	b := Build{
		Name: "a", Tool: "b",
		Project: Source{Name: "own", Dir: "/src"},
		Sources: []Source{
			{Repository: "git@github.com:owner/inner", Commit: commit, Dir: "src/lib/inner"},
			{Repository: "https://gitlab.example/group/sub/lib.git", Commit: commit, Dir: "/src/lib/"},
			{Repository: "https://gitlab.example/group/sub/lib.git", Commit: commit, Dir: "/elsewhere"},
			{Download: "https://user:secret@host.example/get/thing-1.2.tar.xz?x=1#y", SHA256: sum, Dir: "/src/thing"},
			{Download: "https://github.com/madler/zlib/archive/refs/tags/v1.3.1.tar.gz", Dir: "/src/zlib"},
			{Name: "beside", Dir: "/src/beside"},
			{Repository: "https://gitlab.example/group/changed.git", Commit: commit + "-dirty", Dir: "/src/changed"},
		},
	}
	b.Sources = append(b.Sources, Source{Name: "nowhere"})
	type pkg struct{ Name, Version, Purl, Download string }
	at := func(object string) pkg {
		b.Binaries = []Binary{linked("/a", object)}
		inv := inventory(t, b)
		links := inv.Binaries[0].Links
		if len(links) != 1 {
			t.Fatalf("%s: links %v", object, links)
		}
		p := inv.Packages[links[0].Package]
		checkAll(t, inv)
		return pkg{p.Name, p.Version, p.Purl, p.Download}
	}
	lib := pkg{
		"lib", commit, "pkg:generic/lib@" + commit + "?vcs_url=git%2Bhttps:%2F%2Fgitlab.example%2Fgroup%2Fsub%2Flib.git%40" + commit,
		"git+https://gitlab.example/group/sub/lib.git@" + commit,
	}
	for object, want := range map[string]pkg{
		"/src/main.o":             {Name: "own"},
		"/tmp/ccA.o":              {Name: "own"},
		"/root/cc/ccA.o":          {Name: "own"},
		"/tmp/rustcA/libx.a m.o":  {Name: "own"},
		"/src/libx.a m.o":         {Name: "own"},
		"/usr/local/lib/x.a m.o":  {Name: unowned},
		"/opt/self/crt1.o":        {Name: unowned},
		"/src/library/x.o":        {Name: "own"},
		"/src/lib/x.o":            lib,
		"/src/lib/../lib/x.a m.o": lib,
		"/elsewhere/x.o":          lib,
		"/src/lib/inner/x.o":      {"inner", commit, "pkg:github/owner/inner@" + commit, "git+ssh://github.com/owner/inner@" + commit},
		"/src/beside/x.o":         {Name: "beside"},
		"/src/changed/x.o":        {Name: "changed", Version: commit + "-dirty", Download: "git+https://gitlab.example/group/changed.git"},
		"/src/zlib/x.o": {
			"zlib", "v1.3.1", "pkg:generic/zlib@v1.3.1?download_url=https:%2F%2Fgithub.com%2Fmadler%2Fzlib%2Farchive%2Frefs%2Ftags%2Fv1.3.1.tar.gz",
			"https://github.com/madler/zlib/archive/refs/tags/v1.3.1.tar.gz",
		},
		"/src/thing/x.o": {
			"thing-1.2", "", "pkg:generic/thing-1.2?checksum=sha256:" + sum + "&download_url=https:%2F%2Fhost.example%2Fget%2Fthing-1.2.tar.xz%3Fx%3D1",
			"https://host.example/get/thing-1.2.tar.xz?x=1",
		},
	} {
		if diff := cmp.Diff(want, at(object)); diff != "" {
			t.Errorf("%s\n%s", object, diff)
		}
	}
}

// TestNoPasswords: who fetches a source is in no document.
func TestNoPasswords(t *testing.T) {
	b := many()
	b.Sources = append(b.Sources,
		Source{Repository: "ssh://git:secret@host.example/a.git", Commit: "c1"},
		Source{Repository: "https://secret@host.example/b%zz.git", Commit: "c2"},
		Source{Download: "https://u:secret@host.example/c.tgz"},
	)
	b.Project = Source{Repository: "https://secret@host.example/d.git", Commit: "c3"}
	for name, doc := range documents(t, inventory(t, b)) {
		if strings.Contains(doc, "secret") {
			t.Errorf("%s has a password:\n%s", name, doc)
		}
	}
}

// TestNothingSteersTerminals: the base's database is not ours.
func TestNothingSteersTerminals(t *testing.T) {
	const evil = "x\x1b[31m\u009b\u202e\xff\ty"
	b := many()
	for i := range b.Installed {
		p := &b.Installed[i]
		p.Version, p.License, p.Origin, p.URL, p.Maintainer = evil, evil, evil, evil, evil
	}
	b.Name, b.Tool, b.OS = evil, evil, OSRelease{ID: "a", PrettyName: evil}
	for i := range b.Binaries {
		b.Binaries[i].Path += evil + "\nnext line"
	}
	b.Binaries[1].Unrecorded = evil
	inv := inventory(t, b)
	docs := checkAll(t, inv)
	docs["notice"] = inv.Notice(map[string]string{"musl-dev": evil})
	for _, name := range []string{"spdx.json", "cyclonedx.json", "table", "notice"} {
		for i, r := range docs[name] {
			if !unicode.IsPrint(r) && !strings.ContainsRune("\n\t", r) || r == '\u202e' {
				t.Errorf("%s has %q: %q", name, r, docs[name][max(0, i-20):i])
			}
		}
	}
	for _, name := range []string{"table", "notice"} {
		if strings.Contains(docs[name], "\nnext line") {
			t.Errorf("a path has ended a line of the %s:\n%s", name, docs[name])
		}
	}
}

func TestNew(t *testing.T) {
	for _, b := range []Build{{Name: "a"}, {Tool: "b"}} {
		if _, err := New(b); err == nil {
			t.Errorf("%+v was accepted", b)
		}
	}
	good := linked("/a", "")
	for name, tc := range map[string]struct {
		binaries []Binary
		want     string
	}{
		"no checksum":    {[]Binary{{Path: "/a"}}, `/a: "" is no SHA-256`},
		"short checksum": {[]Binary{{Path: "/a", SHA256: "abcd"}}, "is no SHA-256"},
		"same place":     {[]Binary{good, linked("/b", ""), good}, "/a: two programs"},
	} {
		if _, err := New(Build{Name: "a", Tool: "b", Binaries: tc.binaries}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzDocuments: whatever a base's database says and a linker names, the documents are
// valid.
func FuzzDocuments(f *testing.F) {
	f.Add("P:a\nV:1\nL:MIT AND x\no:gcc\nF:lib\nR:libgcc.a\nR:a.o\n", "/lib/libgcc.a a.o\n/lib/a.o\nb.o\n", "https://u:p@github.com/a/b.git")
	f.Add("P:\xff\nV:\x1b\nL:((\nm:a <b\nF:\nR:..\n", "../..\n.a \n", "git@h:a/b")
	f.Fuzz(func(t *testing.T, database, link, address string) {
		installed, err := apkdb.Read(strings.NewReader(database))
		if err != nil {
			return
		}
		lines := slices.DeleteFunc(strings.Split(link, "\n"), func(l string) bool { return strings.TrimSpace(l) == "" })
		inv, err := New(Build{
			Name: database + "x", Tool: link + "x", Installed: installed, Tools: named(installed, "a"),
			Sources:  []Source{{Repository: address, Commit: "1", Dir: "/b"}, {Download: address, Dir: "/c"}},
			Binaries: []Binary{linked("/a", strings.Join(lines, "\n"))},
		})
		if err != nil {
			t.Fatal(err)
		}
		checkAll(t, inv)
		CheckLicences(licence.Policy{Allow: []string{"MIT", database}, Deny: []string{link}}, inv.Packages)
	})
}

// TestNoticeOfManyPackages: the time grows with the packages. A lock of cargo may name any
// number of them.
func TestNoticeOfManyPackages(t *testing.T) {
	b := Build{Name: "app", Tool: "test", Binaries: []Binary{{Path: "/app", SHA256: strings.Repeat("ab", 32)}}}
	for i := range 60_000 {
		b.Binaries[0].Modules = append(b.Binaries[0].Modules, Module{Type: "cargo", Name: fmt.Sprint("crate", i), Version: "1"})
	}
	inv, err := New(b)
	if err != nil {
		t.Fatal(err)
	}
	start := time.Now()
	if text := inv.Notice(nil); strings.Count(text, "  in: /app\n") != 60_000 {
		t.Errorf("%d packages", strings.Count(text, "  in: /app\n"))
	}
	if took := time.Since(start); took > 10*time.Second {
		t.Errorf("it took %v", took)
	}
}
