package lockstep

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/lock"
)

// fakeApk does what the step needs of apk: "update" keeps the index of the one
// repository it is given, "add" keeps files and records them. What it installs is
// in the folder $FAKE: "index-N.tar.gz" for the repository that ends in "/N", the
// new part of the database as "added", and files as "kept".
const fakeApk = `#!/bin/sh -eu
case $1 in
update)
	n=$(sed 's|.*/||' "$4")
	cp "$FAKE/index-$n.tar.gz" "$CACHE/APKINDEX.0000000$n.tar.gz" ;;
add)
	echo "adding $*"
	cat "$FAKE/added" >>"$ROOT/lib/apk/db/installed"
	cp "$FAKE/kept/"* "$CACHE" ;;
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
		write(fmt.Sprintf("fake/index-%d.tar.gz", i+1), index(t, text))
	}
	t.Setenv("PATH", filepath.Join(dir, "bin")+":"+os.Getenv("PATH"))
	t.Setenv("FAKE", filepath.Join(dir, "fake"))
	t.Setenv("CACHE", filepath.Join(dir, "cache"))
	t.Setenv("ROOT", filepath.Join(dir, "root"))
	return Request{
		Packages: []string{"jansson"},
		Root:     filepath.Join(dir, "root"),
		Cache:    filepath.Join(dir, "cache"),
		Report:   filepath.Join(dir, "report.json"),
	}
}

// index is a signature's archive, without an end mark, and the list's.
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
		jansson+newMusl, strings.Replace(jansson, "Q1jansson", "Q1other", 1)+newMusl, jansson)
	var out strings.Builder
	if err := Run(t.Context(), req, &out); err != nil {
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

func TestRunNothingToAdd(t *testing.T) {
	req := fixture(t, "http://mirror.example/1\n", "", jansson)
	if err := Run(t.Context(), req, &strings.Builder{}); err != nil {
		t.Fatal(err)
	}
	report, err := os.ReadFile(req.Report)
	if err != nil {
		t.Fatal(err)
	}
	if r, err := ParseReport(report); err != nil || len(r.Files) > 0 || r.Refused != "" {
		t.Errorf("report %+v, error %v", r, err)
	}
}

// TestRefused: the reason reaches the frontend, and no lock does.
func TestRefused(t *testing.T) {
	for name, tc := range map[string]struct{ repositories, want string }{
		"none":       {"# http://mirror.example/1\n", "the base has no repository"},
		"also local": {"/var/lib/apk/repo\nhttp://mirror.example/2\n", "cannot lock packages of the local repository /var/lib/apk/repo"},
		"local":      {"/var/lib/apk/repo\n", "cannot lock packages of the local repository /var/lib/apk/repo"},
		"password":   {"http://user:secret@mirror.example/1\n", "a password in its address"},
	} {
		t.Run(name, func(t *testing.T) {
			req := fixture(t, tc.repositories, jansson, jansson, newMusl)
			if err := Run(t.Context(), req, &strings.Builder{}); err != nil {
				t.Fatal(err)
			}
			report, err := os.ReadFile(req.Report)
			if err != nil {
				t.Fatal(err)
			}
			r, err := ParseReport(report)
			if err != nil || !strings.Contains(r.Refused, tc.want) || strings.Contains(r.Refused, "secret") {
				t.Errorf("report %+v, error %v, want %q", r, err, tc.want)
			}
		})
	}
}

func TestRunErrors(t *testing.T) {
	for name, tc := range map[string]struct{ repositories, added, index, want string }{
		"not listed":  {"http://mirror.example/1\n", "P:other\nV:1-r0\nC:Q1\n\n", jansson, "other-1-r0, which no repository of the base lists"},
		"not kept":    {"http://mirror.example/1\n", "P:other\nV:1-r0\nC:Q1\n\n", "P:other\nV:1-r0\nC:Q1\n\n", "not kept the file of other-1-r0"},
		"no index":    {"http://mirror.example/2\n", jansson, jansson, "apk update"},
		"odd line":    {"http://mirror.example/$arch\n", jansson, jansson, "more than the address"},
		"no database": {"http://mirror.example/1\n", "", "", "no database"},
	} {
		t.Run(name, func(t *testing.T) {
			req := fixture(t, tc.repositories, tc.added, tc.index)
			if name == "no database" {
				if err := os.Remove(filepath.Join(req.Root, databases[0])); err != nil {
					t.Fatal(err)
				}
			}
			err := Run(t.Context(), req, &strings.Builder{})
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
		})
	}
}

func TestRequestRoundTrip(t *testing.T) {
	want := Request{Packages: []string{"a", "b>=1"}, Root: "/", Cache: "/c", Report: "/r"}
	args, err := Args("/scratch-frontend", want)
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseRequest(args[2:])
	if diff := cmp.Diff(want, got); diff != "" || err != nil || args[1] != Command {
		t.Errorf("%v %q\n%s", err, args, diff)
	}
	for _, bad := range [][]string{nil, {"{}", "{}"}, {"{"}} {
		if _, err := ParseRequest(bad); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
