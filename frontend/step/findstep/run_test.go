package findstep

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/missing"
	"github.com/rene2/scratch-frontend/frontend/step/internal/contract"
)

// archive is the content of a signed file of apk: a signature, and files.
func archive(t *testing.T, files ...string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, part := range [][]string{{".SIGN.RSA.x", "x"}, files} {
		zw := gzip.NewWriter(&out)
		tw := tar.NewWriter(zw)
		for i := 0; i < len(part); i += 2 {
			if err := tw.WriteHeader(&tar.Header{Name: part[i], Size: int64(len(part[i+1])), Mode: 0o644}); err != nil {
				t.Fatal(err)
			}
			if _, err := tw.Write([]byte(part[i+1])); err != nil {
				t.Fatal(err)
			}
		}
		if err := tw.Flush(); err != nil { // no end mark
			t.Fatal(err)
		}
		if err := zw.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

// newRequest returns a request in a base whose apk is a script.
func newRequest(t *testing.T, apk string) Request {
	t.Helper()
	root := t.TempDir()
	r := Request{Root: root, Cache: filepath.Join(root, "cache"), Fetched: filepath.Join(root, "fetched"), Report: filepath.Join(root, contract.ReportFile)}
	for _, dir := range []string{r.Cache, r.Fetched, filepath.Join(root, "bin"), filepath.Join(root, "etc/apk"), filepath.Join(root, "repo/x86_64")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(root, "bin/apk"), []byte("#!/bin/sh\ncd "+root+"\n"+apk))
	t.Setenv("PATH", filepath.Join(root, "bin")+":"+os.Getenv("PATH"))
	return r
}

func write(t *testing.T, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(name, data, 0o755); err != nil {
		t.Fatal(err)
	}
}

func run(t *testing.T, r Request) (Report, string) {
	t.Helper()
	var out bytes.Buffer
	if err := Run(t.Context(), r, &out, &out); err != nil {
		t.Fatal(err)
	}
	dt, err := os.ReadFile(r.Report)
	if err != nil {
		t.Fatal(err)
	}
	rep, err := ParseReport(dt)
	if err != nil {
		t.Fatal(err)
	}
	return rep, out.String()
}

const zlibIndex = "P:zlib\nV:1-r0\no:zlib\np:so:libz.so.1=1\n\nP:zlib-static\nV:1-r0\nS:1000\no:zlib\n\n"

var (
	libz = need(missing.Library, "z")
	sure = []Answer{{Need: libz, Add: []string{"zlib-static"}}}
)

// TestRepositories: the packages are those of apk's cache, and of repositories that are
// folders. What apk fetches shows that a package has the file.
func TestRepositories(t *testing.T) {
	const fetch = "case $1 in fetch) cp zlib.apk fetched/zlib-static-1-r0.apk;; esac\n"
	for name, place := range map[string]string{"cache": "cache/APKINDEX.1234abcd.tar.gz", "folder": "repo/x86_64/APKINDEX.tar.gz"} {
		r := newRequest(t, fetch)
		r.Needs = []missing.Need{libz, need(missing.Library, "nowhere")}
		write(t, filepath.Join(r.Root, "etc/apk/repositories"), []byte("# one\n/repo\nhttps://example.com/none\n"))
		write(t, filepath.Join(r.Root, place), archive(t, "DESCRIPTION", "", "APKINDEX", zlibIndex))
		write(t, filepath.Join(r.Root, "zlib.apk"), archive(t, ".PKGINFO", "", "lib/libz.a", "x"))
		rep, out := run(t, r)
		if diff := cmp.Diff(Report{Asked: true, Answers: sure}, rep); diff != "" {
			t.Errorf("%s (-want +got):\n%s%s", name, diff, out)
		}
		if left, err := os.ReadDir(r.Fetched); err != nil || len(left) > 0 {
			t.Errorf("%s: left %v, %v", name, left, err)
		}
	}
}

// TestOffline: without network, an index of the past serves, and nothing is looked into.
func TestOffline(t *testing.T) {
	r := newRequest(t, "echo ERROR: no network >&2; exit 1\n")
	r.Needs = []missing.Need{libz}
	if rep, _ := run(t, r); rep.Asked || rep.Answers != nil {
		t.Errorf("without an index: %+v", rep)
	}
	write(t, filepath.Join(r.Cache, "APKINDEX.1234abcd.tar.gz"), archive(t, "APKINDEX", zlibIndex))
	write(t, filepath.Join(r.Cache, "APKINDEX.damaged.tar.gz"), []byte("x"))
	rep, out := run(t, r)
	want := Report{Asked: true, Answers: []Answer{{Need: libz, Add: []string{"zlib-static"}, Guess: true}}}
	if diff := cmp.Diff(want, rep); diff != "" || !strings.Contains(out, "ERROR: no network") || !strings.Contains(out, "damaged") {
		t.Errorf("(-want +got):\n%s%s", diff, out)
	}
}

// TestLooksAreBounded: neither many packages nor a large one are fetched.
func TestLooksAreBounded(t *testing.T) {
	r := newRequest(t, "case $1 in fetch) echo fetch >>asked; exit 1;; esac\n")
	var index strings.Builder
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		index.WriteString("P:" + name + "-dev\nV:1-r0\n\nP:lib" + name + "-dev\nV:1-r0\n\nP:" + name + "-static\nV:1-r0\n\nP:lib" + name + "-static\nV:1-r0\n\n")
		r.Needs = append(r.Needs, need(missing.Library, name))
	}
	index.WriteString("P:large-dev\nV:1-r0\nS:" + "99999999999\n\n")
	write(t, filepath.Join(r.Cache, "APKINDEX.1.tar.gz"), archive(t, "APKINDEX", index.String()))
	r.Needs = append([]missing.Need{need(missing.Library, "large")}, r.Needs...)
	run(t, r)
	asked, err := os.ReadFile(filepath.Join(r.Root, "asked"))
	if n := bytes.Count(asked, []byte("\n")); err != nil || n != maxLooks {
		t.Errorf("apk fetched %d times, %v", n, err)
	}
}
