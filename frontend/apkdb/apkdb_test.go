package apkdb

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const list = `C:Q1CI5Eg5Qkey66ygrq0zPD3x/SBlw=
P:glib-static
V:2.84.1-r0
A:x86_64
S:1234567
T:what has a : in it
U:https://gitlab.gnome.org/GNOME/glib
L:LGPL-2.1-or-later
o:glib
m:Natanael Copa <ncopa@alpinelinux.org>
t:1748563200
c:83fe40eba6ab47aa3d99a8a8f0ad2d26cdb38cbf
D:gettext-static libffi-dev
p:pc:glib-2.0=2.84.1
q:1000
F:
R:top
F:usr/lib
M:0:0:755
R:libglib-2.0.a
a:0:0:644
Z:Q1TALiCEz5ZOvQD8dHeOTE9OTkrR4=

V:1-r0
L:of nobody

P:short
R:top-too
`

var packages = []Package{{
	Name: "glib-static", Version: "2.84.1-r0", Architecture: "x86_64", Origin: "glib", License: "LGPL-2.1-or-later",
	URL: "https://gitlab.gnome.org/GNOME/glib", Maintainer: "Natanael Copa <ncopa@alpinelinux.org>",
	Commit: "83fe40eba6ab47aa3d99a8a8f0ad2d26cdb38cbf", Checksum: "Q1CI5Eg5Qkey66ygrq0zPD3x/SBlw=",
	Size: 1234567, Provides: []string{"pc:glib-2.0=2.84.1"},
	Files: []string{"top", "usr/lib/libglib-2.0.a"},
	Sums:  map[string]string{"usr/lib/libglib-2.0.a": "Q1TALiCEz5ZOvQD8dHeOTE9OTkrR4="},
}, {
	Name: "short", Files: []string{"top-too"},
}}

func TestRead(t *testing.T) {
	for name, text := range map[string]string{
		"as apk writes it":   list,
		"ends of lines":      strings.ReplaceAll(list, "\n", "\r\n"),
		"no end":             strings.TrimSuffix(list, "\n"),
		"more empty lines":   "\n\n" + strings.ReplaceAll(list, "\n\n", "\n\n\n") + "\n\n",
		"lines of no letter": strings.ReplaceAll(list, "\n\n", "\nnonsense\n"),
	} {
		got, err := Read(strings.NewReader(text))
		if diff := cmp.Diff(packages, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", name, err, diff)
		}
	}
}

// endless is a list that does not end.
type endless struct{ line string }

func (e endless) Read(p []byte) (int, error) {
	n := 0
	for n < len(p) {
		n += copy(p[n:], e.line)
	}
	return n, nil
}

// TestListIsBounded: neither a line nor a list is read for as long as there is more.
func TestListIsBounded(t *testing.T) {
	for name, tc := range map[string]struct{ line, want string }{
		"line": {"x", "token too long"},
		"list": {"T:" + strings.Repeat("x", 1<<16) + "\n", "more than 64 MiB"},
	} {
		if _, err := Read(endless{tc.line}); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(io.MultiReader(strings.NewReader(list), errReader{})); !errors.Is(err, os.ErrClosed) {
		t.Errorf("what fails to read: %v", err)
	}
}

type errReader struct{}

func (errReader) Read([]byte) (int, error) { return 0, os.ErrClosed }

func TestInstalled(t *testing.T) {
	for _, place := range Places {
		root := t.TempDir()
		if _, err := Installed(root); !errors.Is(err, errNone) {
			t.Errorf("no database: %v", err)
		}
		name := filepath.Join(root, place)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(list), 0o644); err != nil {
			t.Fatal(err)
		}
		got, err := Installed(root)
		if diff := cmp.Diff(packages, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", place, err, diff)
		}
	}
}

func TestWrite(t *testing.T) {
	const want = `C:Q1CI5Eg5Qkey66ygrq0zPD3x/SBlw=
P:glib-static
V:2.84.1-r0
A:x86_64
U:https://gitlab.gnome.org/GNOME/glib
L:LGPL-2.1-or-later
o:glib
m:Natanael Copa <ncopa@alpinelinux.org>
c:83fe40eba6ab47aa3d99a8a8f0ad2d26cdb38cbf

P:short

`
	var out bytes.Buffer
	if err := Write(&out, packages); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, cmp.Diff(want, out.String()))
	}
}

func TestOwners(t *testing.T) {
	owners := NewOwners([]Package{
		{Name: "zlib-static", Files: []string{"lib/libz.a"}},
		{Name: "glib-static", Files: []string{"usr/lib/libglib-2.0.a"}},
		{Name: "gcc", Files: []string{"usr/lib/gcc/x/14/libgcc.a", "top"}},
	})
	for file, want := range map[string]string{
		"/usr/lib/libglib-2.0.a":                      "glib-static",
		"usr/lib/libglib-2.0.a":                       "glib-static",
		"/usr/lib/gcc/x/14/../../../libglib-2.0.a":    "glib-static",
		"/usr/lib/gcc/x/14/libgcc.a":                  "gcc",
		"/lib/libz.a":                                 "zlib-static",
		"/usr/lib/libz.a":                             "zlib-static", // the root has /lib as a link
		"/lib/libglib-2.0.a":                          "glib-static",
		"/top":                                        "gcc",
		"/src/libz.a":                                 "",
		"/usr/local/lib/libz.a":                       "",
		"/src/usr/lib/libglib-2.0.a":                  "",
		"":                                            "",
		"/../../usr/lib/gcc/x/14/./libgcc.a":          "gcc",
		"/usr/lib/libglib-2.0.a/":                     "glib-static",
		"/usr/lib/libglib-2.0.a\n/usr/lib/libz.a":     "",
		"/usr/lib/gcc/x/14/../../../../../lib/libz.a": "zlib-static",
	} {
		if p, ok := owners.Of(file); p.Name != want || ok != (want != "") {
			t.Errorf("%q: %q, want %q", file, p.Name, want)
		}
	}
}

// FuzzRead: whatever a list is, what is read of it is written so that it reads the same.
func FuzzRead(f *testing.F) {
	f.Add([]byte(list))
	f.Add([]byte("P:a\r\r\n\nP:b\nF:x\nR:y\nP:c"))
	f.Fuzz(func(t *testing.T, data []byte) {
		read, err := Read(bytes.NewReader(data))
		if err != nil {
			return
		}
		NewOwners(read).Of(string(data))
		var out bytes.Buffer
		if err := Write(&out, read); err != nil {
			t.Fatal(err)
		}
		for i := range read {
			read[i].Files, read[i].Sums, read[i].Provides, read[i].Size = nil, nil, nil, 0
		}
		again, err := Read(&out)
		if diff := cmp.Diff(read, again); diff != "" || err != nil {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
