//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	spdxjson "github.com/spdx/tools-golang/json"
	"github.com/spdx/tools-golang/spdxlib"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// documents builds a target of documents and returns its files, by their names.
func (p *project) documents(target string, args ...string) map[string]string {
	p.t.Helper()
	dest := p.t.TempDir()
	p.buildxOnly(append([]string{
		"-f", filepath.Join(p.dir, "Scratchfile"), "--build-context", baseName + "=" + cmp.Or(p.base, env.base),
		"--target", target, "--output", "type=local,dest=" + dest,
	}, args...)...).passed()
	entries, err := os.ReadDir(dest)
	if err != nil {
		p.t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		data, err := os.ReadFile(filepath.Join(dest, e.Name()))
		if err != nil {
			p.t.Fatal(err)
		}
		out[e.Name()] = string(data)
	}
	return out
}

// inTable gives the lines "binary package" of a table of what is linked, without versions.
func inTable(table string) []string {
	var out []string
	for line := range strings.Lines(table) {
		if words := strings.Fields(line); words[0] != "BINARY" {
			out = append(out, words[0]+" "+words[1])
		}
	}
	return out
}

// checkSPDXDocument holds a document against the official library.
func checkSPDXDocument(t *testing.T, data []byte) {
	t.Helper()
	doc, err := spdxjson.Read(bytes.NewReader(data))
	if err == nil {
		err = spdxlib.ValidateDocument(doc)
	}
	if err != nil {
		t.Errorf("%v in\n%s", err, data)
	}
}

// TestInside: the documents of the demo name what the linker took, and not what is
// installed beside it.
func TestInside(t *testing.T) {
	p := demo(t)
	docs := p.documents("sbom")
	if got := len(docs); got != 3 {
		t.Errorf("%d documents", got)
	}
	checkSPDXDocument(t, []byte(docs["spdx.json"]))
	want := []string{"/harbour glib-static", "/harbour jansson-static", "/harbour musl-dev", "/harbour gcc", "/harbour harbour"}
	if diff := gocmp.Diff(want, inTable(docs["table.txt"])); diff != "" {
		t.Errorf("%s\n%s", diff, docs["table.txt"])
	}
	for _, w := range []string{"pkg:apk/alpine/jansson-static@", "STATIC_LINK", "OperatingSystem", "BUILD_TOOL_OF"} {
		if !strings.Contains(docs["spdx.json"], w) {
			t.Errorf("the document lacks %s", w)
		}
	}
	if !strings.Contains(docs["cyclonedx.json"], "pkg:apk/alpine/glib-static@") {
		t.Error("CycloneDX lacks GLib")
	}
	notice := p.documents("notice")["notice.txt"]
	if !strings.Contains(notice, "jansson-static ") || !strings.Contains(notice, "license: MIT") {
		t.Errorf("notice:\n%s", notice)
	}
	if os.Getenv("SCRATCH_TEST_ALPINE") == "" {
		page, err := os.ReadFile("../../docs/inside.md")
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(page), "```text\n"+docs["table.txt"]+"```\n") {
			t.Errorf("docs/inside.md does not have the table\n%s", docs["table.txt"])
		}
	}
	t.Run("again", func(t *testing.T) {
		if diff := gocmp.Diff(docs, p.documents("sbom", "--no-cache-filter", "sbom")); diff != "" {
			t.Error(diff)
		}
		if diff := gocmp.Diff(docs, p.documents("sbom", "--no-cache-filter", "build")); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("scratch sbom", func(t *testing.T) {
		for format, name := range map[string]string{"table": "table.txt", "cyclonedx": "cyclonedx.json"} {
			cmd := p.scratch("sbom", "--progress=quiet", "--format", format, "--build-context", baseName+"="+env.base, p.dir)
			var stderr bytes.Buffer
			cmd.Stderr = &stderr
			out, err := cmd.Output()
			if err != nil {
				t.Fatalf("%v\n%s", err, &stderr)
			}
			if diff := gocmp.Diff(docs[name], string(out)); diff != "" {
				t.Error(diff)
			}
		}
	})
}

// inTree makes two programs of one tree, with a library of another folder between them.
const inTree = `build:
  packages: [build-base, zlib-dev, zlib-static]
  run: |
    gcc -c lib.c -o lib.o
    ar rcs liblib.a lib.o
    gcc -static -g one.c liblib.a -o one
    gcc -static two.c liblib.a -lz -o two
`

func treeProject(t *testing.T, rest string) *project {
	t.Helper()
	return newProject(t, map[string]string{
		"Scratchfile": syntax + inTree + rest,
		"lib.c":       "int answer(void) { return 42; }\n",
		"one.c":       "#include <stdio.h>\nint answer(void);\nint main(void) { printf(\"%d\\n\", answer()); return 0; }\n",
		"two.c":       "#include <zlib.h>\n#include <stdio.h>\nint answer(void);\nint main(void) { printf(\"%d %s\\n\", answer(), zlibVersion()); return 0; }\n",
	})
}

const twoBinaries = "binary: [{from: one, strip: true}, {from: two, to: /bin/two}]\n"

// TestInsideOfATree: each of several programs has what its own link took, also after strip.
func TestInsideOfATree(t *testing.T) {
	docs := treeProject(t, twoBinaries).documents("sbom")
	want := []string{
		"/bin/two musl-dev", "/bin/two zlib-static", "/bin/two gcc", "/bin/two one",
		"/one musl-dev", "/one gcc", "/one one",
	}
	if diff := gocmp.Diff(want, inTable(docs["table.txt"])); diff != "" {
		t.Errorf("%s\n%s", diff, docs["table.txt"])
	}
	if !strings.Contains(docs["spdx.json"], "changed by strip, before that sha256:") {
		t.Error("strip is not told")
	}
}

// TestInsideAfterStrip: a program is joined to its link through what strips it: strip, install
// and objcopy in the build, and strip of the Scratchfile, which the document tells with the
// checksum of the program before. That one is what the build has linked.
func TestInsideAfterStrip(t *testing.T) {
	build := func(strip string) *project {
		return treeProject(t, "    strip two -o stripped\n    install -s two installed\n    objcopy -S two copied\n    cp one over; cp two over\n"+
			"binary: [{from: two, strip: "+strip+"}, stripped, installed, copied, over]\n")
	}
	p := build("true")
	docs := p.documents("sbom")
	want := []string{}
	for _, at := range []string{"/copied", "/installed", "/over", "/stripped", "/two"} {
		want = append(want, at+" musl-dev", at+" zlib-static", at+" gcc", at+" two")
	}
	if diff := gocmp.Diff(want, inTable(docs["table.txt"])); diff != "" {
		t.Errorf("%s\n%s", diff, docs["table.txt"])
	}
	linked, shipped := build("false").buildx().image().entries["/two"].data, p.buildx().image().entries["/two"].data
	if bytes.Equal(linked, shipped) {
		t.Error("strip has changed nothing")
	}
	for _, w := range []string{"changed by strip, before that sha256:" + sum(linked), `"` + sum(shipped) + `"`} {
		if !strings.Contains(docs["spdx.json"], w) {
			t.Errorf("no %s in\n%s", w, docs["spdx.json"])
		}
	}
}

// TestInsideOfLanguages: programs of Go and Rust name their modules, and what they were
// linked of beside these.
func TestInsideOfLanguages(t *testing.T) {
	for name, tc := range map[string]struct {
		project *project
		want    []string
	}{
		"Go with C": {goWithC(t), []string{"/knot jansson-static", "/knot musl-dev", "/knot example.com/knot", "/knot stdlib", "/knot knot"}},
		"Rust":      {ofItsOwn(rustProject(t)), []string{"/brine musl-dev", "/brine salt", "/brine brine"}},
		"C++":       {example(t, "passage").onServed(), []string{"libstdc++", "musl-dev"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := tc.project.documents("sbom")["table.txt"]
			for _, want := range tc.want {
				if !strings.Contains(strings.Join(inTable(table), "\n")+"\n", want) {
					t.Errorf("no %s in\n%s", want, table)
				}
			}
			if strings.Contains(table, "not known") {
				t.Errorf("something is not known in\n%s", table)
			}
		})
	}
}

// TestInsideWithoutEvidence: a program that no recorded link has made is said to be so, and
// the build warns.
func TestInsideWithoutEvidence(t *testing.T) {
	p := newProject(t, map[string]string{
		"hello.c":     hello,
		"Scratchfile": syntax + "build:\n  packages: [build-base]\n  run: |\n    gcc -static hello.c -o other\n    mkdir ld; ln -s /usr/bin/ld ld/ld\n    gcc -B ld -static hello.c -DGREETING='\"hi\"' -o hello\nbinary: hello\n",
	})
	o := p.buildx("--attest", "type=sbom")
	o.passed()
	if !strings.Contains(o.log, "what /hello was linked of is not known: no recorded link has made it") {
		t.Errorf("no warning in\n%s", o.log)
	}
}

// TestInsideIsAttested: the document is attached to the image of a platform, and BuildKit
// runs no scanner that nobody has named.
func TestInsideIsAttested(t *testing.T) {
	o := treeProject(t, twoBinaries).buildx("--attest", "type=sbom")
	x := o.index()
	statement := x.attestation("linux/amd64", "https://spdx.dev/Document")
	checkSPDXDocument(t, statement.Predicate)
	var document struct {
		Files []struct{ FileName string }
	}
	if err := json.Unmarshal(statement.Predicate, &document); err != nil {
		t.Fatal(err)
	}
	if len(document.Files) != 2 || document.Files[0].FileName != "./bin/two" {
		t.Errorf("files %v", document.Files)
	}
	if strings.Contains(o.log, "generating sbom using") {
		t.Errorf("a scanner has run\n%s", o.log)
	}
	if got := x.image("linux/amd64").files(); !slices.Equal(got, []string{"/bin/two", "/one"}) {
		t.Errorf("the image has %q", got)
	}
}

// TestInsideFromCache: a machine that has all of a build from a cache has its document too,
// without a compile. A license is refused there as well.
func TestInsideFromCache(t *testing.T) {
	cache := t.TempDir()
	p := treeProject(t, twoBinaries+"args: {LICENSE: AGPL-*}\nlicenses: {deny: [\"$LICENSE\"]}\n")
	first := p.buildx("--sbom=true", "--cache-to", "type=local,mode=max,dest="+cache).index().attestation("linux/amd64", "https://spdx.dev/Document")
	p.vars = emptyMachine(t).vars
	o := p.buildx("--sbom=true", "--cache-from", "type=local,src="+cache)
	second := o.index().attestation("linux/amd64", "https://spdx.dev/Document")
	if diff := gocmp.Diff(string(first.Predicate), string(second.Predicate)); diff != "" {
		t.Error(diff)
	}
	if !regexp.MustCompile(`(?m)^#\d+ \[build\] .*\n#\d+ CACHED`).MatchString(o.log) {
		t.Errorf("the compile is not cached\n%s", o.log)
	}
	p.buildx("--cache-from", "type=local,src="+cache, "--build-arg", "LICENSE=Zlib").
		refused(underlined("licenses:"), "zlib-static ", "is under Zlib")
}

// TestInsideOfPlaces: what an image has of another image, a repository and a download is said
// to be of it, by digest, commit and checksum. A tag's digest is the one that was copied.
func TestInsideOfPlaces(t *testing.T) {
	p, image, materials := take(t)
	o := p.withoutBase("--attest", "type=sbom")
	document := o.index().attestation("linux/amd64", "https://spdx.dev/Document").Predicate
	checkSPDXDocument(t, document)
	doc, err := spdxjson.Read(bytes.NewReader(document))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{} // of packages, by checksum or commit
	for _, pkg := range doc.Packages {
		for _, sum := range materials {
			if pkg.PackageVersion == sum || len(pkg.PackageChecksums) > 0 && pkg.PackageChecksums[0].Value == sum {
				ids[sum] = string(pkg.PackageSPDXIdentifier)
			}
		}
		if strings.HasSuffix(image, pkg.PackageName+":latest") {
			if got := pkg.PackageExternalReferences[0].Locator; !strings.HasPrefix(got, "pkg:oci/") || !strings.Contains(got, "@sha256:") {
				t.Errorf("the image is %s", got)
			}
		}
	}
	var said []string
	for _, r := range doc.Relationships {
		for _, id := range ids {
			if string(r.RefB.ElementRefID) == id || string(r.RefA.ElementRefID) == id {
				said = append(said, strings.TrimSpace(r.Relationship+" "+r.RelationshipComment))
			}
		}
	}
	slices.Sort(said)
	want := []string{"CONTAINS", "GENERATED_FROM has copies of its files: /bin/hello, /data", "GENERATED_FROM has copies of its files: /file", "GENERATED_FROM has copies of its files: /repo"}
	if diff := gocmp.Diff(want, said); diff != "" {
		t.Errorf("%s\n%s", diff, document)
	}
}

// TestInsideLicences: what licenses denies makes no image, and the error names the line,
// the package, its license and the archive.
func TestInsideLicences(t *testing.T) {
	p := treeProject(t, twoBinaries+"licenses:\n  deny:\n    - AGPL-*\n    - Zlib\n")
	p.buildx().refused(underlined("    - Zlib"), "zlib-static ", "libz.a) in /bin/two is under Zlib, which licenses.deny has", "fix: ")
	if table := p.documents("sbom")["table.txt"]; !strings.Contains(table, "Zlib") {
		t.Errorf("what is refused is not shown\n%s", table)
	}
	p = treeProject(t, twoBinaries+"licenses:\n  deny: [Zlib]\n  exceptions: [zlib]\n")
	if got := p.buildx().image().files(); !slices.Equal(got, []string{"/bin/two", "/one"}) {
		t.Errorf("the image has %q", got)
	}
	demo := demo(t)
	text, err := os.ReadFile(filepath.Join(demo.dir, "Scratchfile"))
	if err != nil {
		t.Fatal(err)
	}
	demo.write("Scratchfile", string(text)+"licenses: {deny: [AGPL-*]}\n", 0o644)
	if o := demo.buildx(); o.err != nil || !strings.Contains(o.log, "glib-static ") || !strings.Contains(o.log, "link it anew") {
		t.Errorf("%v: no word on the LGPL in\n%s", o.err, o.log)
	}
}

// TestInsidePackageDB: the image names the linked packages to scanners, and no others.
func TestInsidePackageDB(t *testing.T) {
	p := treeProject(t, twoBinaries+"include: [package-db]\n")
	img := p.buildx("--build-arg", "SOURCE_DATE_EPOCH=1700000000").image()
	if diff := gocmp.Diff([]string{"/bin/two", spec.OSRelease, spec.PackageDB, "/one"}, img.files()); diff != "" {
		t.Error(diff)
	}
	var names []string
	for line := range strings.Lines(string(img.entries[spec.PackageDB].data)) {
		if name, ok := strings.CutPrefix(line, "P:"); ok {
			names = append(names, strings.TrimSpace(name))
		}
	}
	if diff := gocmp.Diff([]string{"musl-dev", "zlib-static"}, names); diff != "" {
		t.Error(diff)
	}
}

// ofItsOwn makes a project another one than those of the other tests with its files, so
// that it has caches of its own.
func ofItsOwn(p *project) *project {
	p.t.Helper()
	p.write("Scratchfile", string(readFile(p.t, filepath.Join(p.dir, "Scratchfile")))+"# inside\n", 0o644)
	return p
}
