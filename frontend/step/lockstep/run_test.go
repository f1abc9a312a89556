package lockstep

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/apktools"
	"github.com/rene2/scratch-frontend/frontend/lock"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// fakeApk does what the step needs of apk: "update" keeps the index of the one
// repository it is given, "add" keeps files and records them, "query" answers as apk 3
// does. What it installs is in the folder $FAKE: "index-N.tar.gz" for the repository
// that ends in "/N", the new part of the database as "added", and files as "kept".
const fakeApk = `#!/bin/sh -eu
if [ "$1" = --root ]; then
	echo "$*" >>"$FAKE/rooted"
	shift 4
fi
case $1 in
--version)
	cat "$FAKE/version" ;;
--print-arch)
	echo riscv64 ;;
update)
	n=$(sed 's|/$||; s|.*/||' "$4")
	cp "$FAKE/index-$n.tar.gz" "$CACHE/APKINDEX.0000000$n.tar.gz" ;;
add)
	echo "adding $*"
	if [ -e "$FAKE/failure" ]; then
		cat "$FAKE/failure" >&2
		exit 3
	fi
	# apk 3 looks for them in the cache.
	if ls "$ROOT/var/cache/apk/"*.apk; then
		echo "ERROR: package mentioned in index not found (try 'apk update')" >&2
		exit 1
	fi
	echo >"$CACHE/APKINDEX.0000000a.tar.gz"
	cat "$FAKE/added" >>"$ROOT/lib/apk/db/installed"
	cp "$FAKE/kept/"* "$CACHE" ;;
query)
	# apk 3 exits with 1 if it shows a build that is not installed and so has no status. For a
	# package in a cache it shows the name of the file there.
	! ls "$CACHE/"*.apk "$ROOT/var/cache/apk/"*.apk || exit 1
	[ -e "$CACHE/APKINDEX.0000000a.tar.gz" ]
	case $* in
	*' --installed --from system '*) cat "$FAKE/answer" ;;
	*) exit 1 ;;
	esac ;;
esac
`

const base = "C:Q1base\nP:musl\nV:1.2.5-r0\nF:lib\nR:ld.so\n\n"

// fixture is a root, with the step's mounts beside it.
func fixture(t *testing.T, repositories, added string, indexes ...string) Request {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write("bin/apk", fakeApk)
	write("fake/version", "apk-tools 2.14.4, compiled for x86_64.\n")
	write("root/etc/apk/repositories", repositories)
	write("root/etc/apk/arch", "x86_64\n")
	write("root/lib/apk/db/installed", base)
	write("fake/added", added)
	write("fake/kept/jansson-2.14-r0.0123abcd.apk", "jansson")
	write("fake/kept/jansson-2.14-r0.txt", "other")
	write("fake/kept/musl-1.2.5-r1.0123abcd.apk", "musl")
	if err := os.Mkdir(filepath.Join(dir, "cache"), 0o755); err != nil {
		t.Fatal(err)
	}
	for i, text := range indexes {
		write(fmt.Sprintf("fake/index-%d.tar.gz", i+1), text)
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("FAKE", filepath.Join(dir, "fake"))
	t.Setenv("CACHE", filepath.Join(dir, "cache"))
	t.Setenv("ROOT", filepath.Join(dir, "root"))
	return Request{
		Packages: []string{"jansson"},
		Root:     filepath.Join(dir, "root"),
		Cache:    filepath.Join(dir, "cache"),
		Report:   filepath.Join(dir, contract.ReportFile),
	}
}

// index returns the archive of a signature, without an end mark, and the archive of the list.
func index(t *testing.T, list string) string {
	t.Helper()
	var out bytes.Buffer
	for _, f := range []struct{ name, text string }{{".SIGN.RSA.key", "signature"}, {"APKINDEX", list}} {
		zw := gzip.NewWriter(&out)
		tw := tar.NewWriter(zw)
		if err := tw.WriteHeader(&tar.Header{Name: f.name, Mode: 0o644, Size: int64(len(f.text))}); err != nil {
			t.Fatal(err)
		}
		if _, err := tw.Write([]byte(f.text)); err != nil {
			t.Fatal(err)
		}
		end := tw.Close
		if f.name != "APKINDEX" {
			end = tw.Flush
		}
		if err := end(); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.String()
}

const (
	jansson = "C:Q1jansson\nP:jansson\nV:2.14-r0\nA:x86_64\n\n"
	newMusl = "C:Q1musl\nP:musl\nV:1.2.5-r1\n\n"
)

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

// TestRun has a new package and one that is newer than the base's, each from a
// repository of its own. The first repository has another build of jansson.
func TestRun(t *testing.T) {
	req := fixture(t, "# mirrors\nhttp://mirror.example/1\n@edge http://mirror.example/3\nhttps://mirror.example/2\nhttp://mirror.example/1\n",
		jansson+newMusl, index(t, strings.Replace(jansson, "Q1jansson", "Q1other", 1)+newMusl), index(t, jansson), index(t, ""))
	var out strings.Builder
	if err := Run(t.Context(), req, &out, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	if !strings.Contains(out.String(), "adding add --no-progress jansson") {
		t.Errorf("the user does not see what apk says: %q", &out)
	}
	report, err := os.ReadFile(req.Report)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseReport(report)
	if err != nil {
		t.Fatal(err)
	}
	want := []lock.File{
		{Name: "jansson", Version: "2.14-r0", URL: "https://mirror.example/2/x86_64/jansson-2.14-r0.apk", SHA256: digest("jansson")},
		{Name: "musl", Version: "1.2.5-r1", URL: "http://mirror.example/1/x86_64/musl-1.2.5-r1.apk", SHA256: digest("musl")},
	}
	if diff := cmp.Diff(Report{Files: want}, got); diff != "" {
		t.Error(diff)
	}
}

// ran runs the step, and returns its report.
func ran(t *testing.T, req Request) Report {
	t.Helper()
	var out strings.Builder
	if err := Run(t.Context(), req, &out, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	dt, err := os.ReadFile(req.Report)
	if err != nil {
		t.Fatal(err)
	}
	r, err := ParseReport(dt)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestOtherRoot: for a root of another architecture, every question to apk is about that
// root, and no script of a package runs.
func TestOtherRoot(t *testing.T) {
	req := fixture(t, "http://mirror.example/1\n", jansson, index(t, jansson))
	req.Arch = "x86_64"
	if r := ran(t, req); len(r.Files) != 1 || r.Refused != "" {
		t.Errorf("report %+v", r)
	}
	calls, err := os.ReadFile(filepath.Join(os.Getenv("FAKE"), "rooted"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(calls)) {
		if !strings.HasPrefix(line, "--root "+req.Root+" --arch x86_64 ") {
			t.Errorf("apk was called as %s", line)
		}
	}
	if !strings.Contains(string(calls), " add --no-progress --no-scripts jansson\n") || !strings.Contains(string(calls), " update ") {
		t.Errorf("apk was called as\n%s", calls)
	}
}

func TestRunNothingToAdd(t *testing.T) {
	if r := ran(t, fixture(t, "http://mirror.example/1\n", "", index(t, jansson))); len(r.Files) > 0 || r.Refused != "" {
		t.Errorf("report %+v", r)
	}
}

// TestArchitectureOfPackage: a file is in the folder of its package's architecture, which may
// be another than the root's.
func TestArchitectureOfPackage(t *testing.T) {
	of := func(arch string) string { return strings.Replace(jansson, "A:x86_64\n", arch, 1) }
	for name, tc := range map[string]struct{ repository, index, want string }{
		"noarch":        {"http://mirror.example/1", of("A:noarch\n"), "http://mirror.example/1/noarch/"},
		"not said":      {"http://mirror.example/1", of(""), "http://mirror.example/1/x86_64/"},
		"slash":         {"http://mirror.example/1/", jansson, "http://mirror.example/1/x86_64/"},
		"slash or none": {"http://mirror.example/1/\nhttp://mirror.example/1", jansson, "http://mirror.example/1/x86_64/"},
		"tag":           {"@edge  http://mirror.example/1", of("A:noarch\n"), "http://mirror.example/1/noarch/"},
		"plain first":   {"@edge http://mirror.example/2\nhttp://mirror.example/1", jansson, "http://mirror.example/1/x86_64/"},
	} {
		t.Run(name, func(t *testing.T) {
			r := ran(t, fixture(t, tc.repository+"\n", jansson, index(t, tc.index), index(t, jansson)))
			if len(r.Files) != 1 || r.Files[0].URL != tc.want+"jansson-2.14-r0.apk" {
				t.Errorf("report %+v, want %s", r, tc.want)
			}
		})
	}
	t.Run("no file says it", func(t *testing.T) {
		req := fixture(t, "http://mirror.example/1\n", jansson, index(t, of("")))
		if err := os.Remove(filepath.Join(req.Root, "etc/apk/arch")); err != nil {
			t.Fatal(err)
		}
		if r := ran(t, req); len(r.Files) != 1 || r.Files[0].URL != "http://mirror.example/1/riscv64/jansson-2.14-r0.apk" {
			t.Errorf("report %+v", r)
		}
	})
}

// TestNotKept: apk does not keep the file of a package without files. The step downloads it,
// and refuses any other file.
func TestNotKept(t *testing.T) {
	var file bytes.Buffer
	for _, part := range []string{"signature", "control", "data"} {
		zw := gzip.NewWriter(&file)
		if _, err := zw.Write([]byte(part)); err != nil {
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	control, err := secondStream(file.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	sum := sha1.Sum(control)
	entry := "C:Q1" + base64.StdEncoding.EncodeToString(sum[:]) + "\nP:build-base\nV:0.5-r3\nA:noarch\nI:0\n\n"
	for name, tc := range map[string]struct{ served, refused string }{
		"as listed":   {file.String(), ""},
		"format 3":    {"ADB.package", ""},
		"another":     {strings.Repeat(file.String(), 2)[20:], "it is not a package"},
		"rebuilt":     {string(control) + file.String(), "it is another build-base-0.5-r3 than the one in the repository's index"},
		"no package":  {"<html>", "it is not a package"},
		"not there":   {"", "404 Not Found"},
		"without end": {strings.Repeat("x", maxFile+1), "too large"},
		"cut short":   {file.String()[:30], "it is not a package"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path != "/1/noarch/build-base-0.5-r3.apk" || tc.served == "" {
					http.NotFound(w, r)
					return
				}
				_, _ = w.Write([]byte(tc.served)) // an error means that the client is gone
			}))
			defer server.Close()
			r := ran(t, fixture(t, server.URL+"/1\n", entry, index(t, entry)))
			if tc.refused != "" {
				if !strings.Contains(r.Refused, tc.refused) || len(r.Files) > 0 {
					t.Errorf("report %+v, want %q", r, tc.refused)
				}
				return
			}
			want := []lock.File{{
				Name: "build-base", Version: "0.5-r3", SHA256: digest(tc.served),
				URL: server.URL + "/1/noarch/build-base-0.5-r3.apk",
			}}
			if diff := cmp.Diff(Report{Files: want}, r); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestVersion3: apk 3 says where its packages come from. The step need not know the form of its
// repositories, and these may have several builds of a package.
func TestVersion3(t *testing.T) {
	const answer = `[
		{"name": "jansson", "version": "2.14-r0", "download-url": "https://mirror.example/v3/pool/jansson-2.14-r0.apk"},
		{"name": "musl", "version": "1.2.5-r1", "download-url": %q}
	]`
	three := func(t *testing.T, musl string) Request {
		req := fixture(t, "set -default V=v3\nv3 https://mirror.example/${V} main community\n", jansson+newMusl)
		for name, text := range map[string]string{"version": "apk-tools 3.0.6, compiled for x86_64.\n", "answer": fmt.Sprintf(answer, musl)} {
			if err := os.WriteFile(filepath.Join(os.Getenv("FAKE"), name), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return req
	}
	req := three(t, "http://mirror.example/noarch/musl-1.2.5-r1.apk")
	usual := filepath.Join(req.Root, apktools.UsualCache) // of a base that kept what it has installed
	if err := os.MkdirAll(usual, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(usual, "jansson-2.14-r0.0123abcd.apk"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	want := []lock.File{
		{Name: "jansson", Version: "2.14-r0", URL: "https://mirror.example/v3/pool/jansson-2.14-r0.apk", SHA256: digest("jansson")},
		{Name: "musl", Version: "1.2.5-r1", URL: "http://mirror.example/noarch/musl-1.2.5-r1.apk", SHA256: digest("musl")},
	}
	if diff := cmp.Diff(Report{Files: want}, ran(t, req)); diff != "" {
		t.Error(diff)
	}
	if r := ran(t, three(t, "/var/lib/apk/musl-1.2.5-r1.apk")); !strings.Contains(r.Refused, "cannot lock packages of the local repository /var/lib/apk") {
		t.Errorf("report %+v", r)
	}
}

// TestRefused: the report has the reason, and no files.
func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		repositories, added, index string
		change                     func(t *testing.T, req Request)
		want                       string
	}{
		"none":       {repositories: "# http://mirror.example/1\n", want: "the base has no repository"},
		"also local": {repositories: "/var/lib/apk/repo\nhttp://mirror.example/2\n", want: "cannot lock packages of the local repository /var/lib/apk/repo"},
		"local":      {repositories: "/var/lib/apk/repo\n", want: "cannot lock packages of the local repository /var/lib/apk/repo"},
		"by scheme":  {repositories: "file:///repo\n", want: "cannot lock packages of the local repository file:///repo"},
		"password":   {repositories: "http://user:secret@mirror.example/1\n", want: "a password in its address"},
		"no origin":  {repositories: "http://mirror.example/1\n", added: jansson, index: newMusl, want: "no repository of the base lists"},
		"no index":   {repositories: "http://mirror.example/3\n", want: "apk update"},
		"odd line":   {repositories: "\nhttp://user:secret@mirror.example/$arch\n", want: "repositories:2: this line has more than a tag and the address"},
		"odd tag":    {repositories: "@edge\n", want: "repositories:1: this line has more than a tag and the address"},
		"no database": {
			repositories: "http://mirror.example/1\n", want: "no database",
			change: func(t *testing.T, req Request) {
				if err := os.Remove(filepath.Join(req.Root, apkdb.Places[0])); err != nil {
					t.Fatal(err)
				}
			},
		},
		"apk's own words": {
			repositories: "http://mirror.example/1\n",
			change: func(t *testing.T, _ Request) {
				words := "fetch it\nERROR: unable to select packages:\n  x\x1b[31m (no such package):\n    required by: world[x]\n"
				if err := os.WriteFile(filepath.Join(os.Getenv("FAKE"), "failure"), []byte(words), 0o644); err != nil {
					t.Fatal(err)
				}
			},
			want: "exit status 3\nERROR: unable to select packages:\n  x\\u001b[31m (no such package):\n    required by: world[x]",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if tc.added == "" {
				tc.added, tc.index = jansson, jansson
			}
			req := fixture(t, tc.repositories, tc.added, index(t, tc.index), index(t, newMusl))
			if tc.change != nil {
				tc.change(t, req)
			}
			r := ran(t, req)
			if !strings.Contains(r.Refused, tc.want) || strings.Contains(r.Refused, "secret") || len(r.Files) > 0 {
				t.Errorf("report %+v, want %q", r, tc.want)
			}
		})
	}
}

// TestUnfitBase: a fault of the base is not reported as one of the packages.
func TestUnfitBase(t *testing.T) {
	for version, want := range map[string]apktools.Fault{
		"apk-tools 2.7.6, compiled for x86_64.\n": apktools.Old,
		"apk-tools 2.10.0, compiled for x86.\n":   apktools.None,
		"Android Package Kit\n":                   apktools.Missing,
	} {
		req := fixture(t, "http://mirror.example/1\n", jansson, index(t, jansson))
		if err := os.WriteFile(filepath.Join(os.Getenv("FAKE"), "version"), []byte(version), 0o644); err != nil {
			t.Fatal(err)
		}
		if r := ran(t, req); r.Base != want {
			t.Errorf("%q: report %+v, want %d", version, r, want)
		}
	}
	req := fixture(t, "http://mirror.example/1\n", jansson)
	t.Setenv("PATH", t.TempDir())
	if r := ran(t, req); r.Base != apktools.Missing {
		t.Errorf("no apk: report %+v", r)
	}
}

func TestRequestRoundTrip(t *testing.T) {
	want := Request{Packages: []string{"a", "b>=1"}, Root: "/", Cache: "/c", Report: "/r"}
	args := Args(want)
	got, err := ParseRequest(args[1:])
	if diff := cmp.Diff(want, got); diff != "" || err != nil || args[0] != Command {
		t.Errorf("%v %q\n%s", err, args, diff)
	}
	for _, bad := range [][]string{nil, {"{}", "{}"}, {"{"}} {
		if _, err := ParseRequest(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
