package sbom

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/apkdb"
	"github.com/rene2/scratch-frontend/frontend/lock"
)

var update = flag.Bool("update", false, "rewrite the documents under testdata")

// demo is the project examples/from-scratch, linked on the test fixture. In its folder
// are the base's database and os-release, and what the linker has named.
func demo(t testing.TB) Build {
	t.Helper()
	dir := filepath.Join("testdata", "demo")
	read := func(name string) *bytes.Reader {
		dt, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(dt)
	}
	installed, err := apkdb.Read(read("base"))
	if err != nil {
		t.Fatal(err)
	}
	release, err := ParseOSRelease(read("os-release"))
	if err != nil {
		t.Fatal(err)
	}
	var link bytes.Buffer
	if _, err := link.ReadFrom(read("link")); err != nil {
		t.Fatal(err)
	}
	return Build{
		Name: "harbour", Platform: "linux/amd64", Tool: "scratch-frontend-1.0",
		Created: time.Unix(1748563200, 0), OS: release, Installed: installed,
		Tools: named(installed, "binutils", "gcc"),
		Locked: []lock.Install{{Files: []lock.File{{
			Name: "jansson-static", Version: "2.14-r0", URL: "https://mirror.example/v3.24/main/x86_64/jansson-static-2.14-r0.apk",
			SHA256: strings.Repeat("5a", 32),
		}}}},
		Project:  Source{Name: "harbour", Repository: "https://git.example/harbour.git", Commit: strings.Repeat("c0ffee12", 5), Dir: "/src"},
		Binaries: []Binary{linked("/harbour", link.String())},
	}
}

// linked is a binary by the lines of a linker: an object, or an archive with members.
func linked(name, lines string) Binary {
	b := Binary{
		Path:   name,
		SHA256: "54fb26b1c2e0383ebc5e4a0bd26a1b2006e981a43a358b1a62132371f42574e4",
		SHA1:   "f35494e036aef2a4ac16d40d98df6ebb56cc4aac",
	}
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if strings.HasSuffix(words[0], ".a") {
			b.Archives = append(b.Archives, File{Path: words[0], Members: words[1:]})
		} else {
			b.Objects = append(b.Objects, words[0])
		}
	}
	return b
}

func inventory(t testing.TB, b Build) *Inventory {
	t.Helper()
	inv, err := New(b)
	if err != nil {
		t.Fatal(err)
	}
	return inv
}

// documents are all that is made of an inventory, by the names of files.
func documents(t testing.TB, inv *Inventory) map[string]string {
	t.Helper()
	spdx, err := inv.SPDX()
	if err != nil {
		t.Fatal(err)
	}
	cyclone, err := inv.CycloneDX()
	if err != nil {
		t.Fatal(err)
	}
	var table bytes.Buffer
	if err := inv.Table(&table); err != nil {
		t.Fatal(err)
	}
	out := map[string]string{
		"spdx.json": string(spdx), "cyclonedx.json": string(cyclone), "table": table.String(),
		"notice": inv.Notice(map[string]string{"jansson": "Copyright (c) the authors of Jansson\n"}),
	}
	db, err := inv.PackageDB()
	if err != nil {
		t.Fatal(err)
	}
	for name, dt := range db {
		out["image/"+name] = string(dt)
	}
	return out
}

// TestDemo compares the documents of two projects with those under testdata.
func TestDemo(t *testing.T) {
	for name, b := range map[string]Build{"demo": demo(t), "many": many()} {
		for file, got := range documents(t, inventory(t, b)) {
			file := filepath.Join("testdata", name, file)
			if *update {
				if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), got); diff != "" {
				t.Errorf("%s differs; if it should, run the test with -update (-want +got):\n%s", file, diff)
			}
		}
	}
}

// many has one of each kind: programs of three languages, sources from elsewhere, a
// program without a record, packages of Alpine 3.22 with the licences that they state.
func many() Build {
	const alpine = "Natanael Copa <ncopa@alpinelinux.org>"
	installed := []apkdb.Package{
		{
			Name: "musl-dev", Version: "1.2.5-r10", Architecture: "aarch64", Origin: "musl", License: "MIT", URL: "https://musl.libc.org/",
			Maintainer: alpine, Files: []string{"usr/lib/crt1.o", "usr/lib/libc.a"},
		}, {
			Name: "gcc", Version: "14.2.0-r6", Architecture: "aarch64", Origin: "gcc", License: "GPL-2.0-or-later AND LGPL-2.1-or-later",
			URL: "https://gcc.gnu.org/", Maintainer: alpine, Files: []string{"usr/bin/gcc", "usr/lib/gcc/aarch64-alpine-linux-musl/14.2.0/libgcc.a"},
		}, {
			Name: "libstdc++-dev", Version: "14.2.0-r6", Architecture: "aarch64", Origin: "gcc", License: "GPL-2.0-or-later AND LGPL-2.1-or-later",
			URL: "https://gcc.gnu.org/", Maintainer: alpine, Files: []string{"usr/lib/libstdc++.a"},
		}, {
			Name: "readline-static", Version: "8.2.13-r1", Architecture: "aarch64", Origin: "readline", License: "GPL-3.0-or-later",
			URL: "https://tiswww.cwru.edu/php/chet/readline/rltop.html", Maintainer: alpine, Files: []string{"usr/lib/libreadline.a"},
		}, {
			Name: "sqlite-static", Version: "3.49.2-r1", Architecture: "aarch64", Origin: "sqlite", License: "blessing AND Public-Domain",
			URL: "https://www.sqlite.org/", Maintainer: "Celeste <cielesti@protonmail.com>", Files: []string{"usr/lib/libsqlite3.a"},
		}, {
			Name: "rust", Version: "1.87.0-r0", Architecture: "aarch64", Origin: "rust", License: "Apache-2.0 AND MIT",
			URL: "https://www.rust-lang.org/", Maintainer: "team/rust <rust@example.org>",
			Files: []string{"usr/bin/rustc", "usr/lib/rustlib/aarch64-alpine-linux-musl/lib/libstd-0123456789abcdef.rlib"},
		}, {
			Name: "unused-static", Version: "1-r0", Origin: "unused", License: "MIT", Files: []string{"usr/lib/libunused.a"},
		},
	}
	const at = "/usr/lib/gcc/aarch64-alpine-linux-musl/14.2.0/"
	app := linked("/usr/bin/app", at+"../../../crt1.o\n/tmp/ccXyZ.o\n/src/third/zstd/lib/zstd.o\n"+
		at+"libgcc.a _chk.o\n"+at+"../../../libstdc++.a new_op.o new_op.o\n/usr/lib/libreadline.a readline.o\n/usr/lib/libsqlite3.a sqlite3.o\n"+
		"/usr/lib/libunused.a\n/lib/libc.a printf.lo puts.lo\n")
	app.Changes = []Change{{By: "strip", SHA256: strings.Repeat("1b", 32)}, {By: "upx", SHA256: strings.Repeat("2c", 32)}}
	tool := linked("/usr/bin/tool", "")
	tool.Modules = []Module{{Type: "golang", Name: "github.com/spf13/pflag", Version: "v1.0.10", Licence: "BSD-3-Clause"}, {Type: "golang", Name: "stdlib", Version: "v1.26.8"}}
	crab := linked("/usr/bin/crab", at+"../../../libc.a puts.lo\n/tmp/rustcQz3/symbols.o\n/opt/vendor/libhal.a hal.o bus.o\n")
	crab.Archives = append(crab.Archives, File{
		Path:    "/usr/lib/rustlib/aarch64-alpine-linux-musl/lib/libstd-0123456789abcdef.rlib",
		Members: []string{"std-0123456789abcdef.std.0.rcgu.o"},
	})
	crab.Modules = []Module{{Type: "cargo", Name: "memchr", Version: "2.7.4", SHA256: strings.Repeat("3d", 32)}}
	crab.Inexact = true
	got := linked("/usr/bin/got", "")
	got.Unrecorded, got.SHA1 = "it was not built here, but comes from the image busybox", ""
	return Build{
		Name: "many tools", Platform: "linux/arm64", Tool: "scratch-frontend-1.0",
		Created:   time.Unix(1748563200, 0),
		OS:        OSRelease{ID: "alpine", VersionID: "3.22.1", Name: "Alpine Linux", PrettyName: "Alpine Linux v3.22"},
		Installed: installed, Tools: named(installed, "gcc"),
		Project: Source{Dir: "/src"},
		Sources: []Source{
			{Repository: "https://token:secret@github.com/facebook/zstd.git", Commit: strings.Repeat("f8745da6", 5), Dir: "/src/third/zstd", Licence: "BSD-3-Clause OR GPL-2.0-only"},
			{Repository: "git@git.example:group/unused.git", Commit: strings.Repeat("ab", 20), Dir: "/src/third/unused"},
			{Download: "https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz", SHA256: strings.Repeat("9a", 32), Dir: "/src/third/zlib"},
		},
		Copied: []Copied{
			{Source{Image: "busybox:1.37-musl", Digest: "sha256:" + strings.Repeat("4e", 32)}, []string{"/usr/bin/got"}},
			{Source{Image: "busybox:1.37-musl", Digest: "sha256:" + strings.Repeat("4e", 32)}, []string{"/etc/services"}},
			{Source{Image: "a context", Digest: ""}, []string{"/srv"}},
			{Source{Repository: "https://git.example/site.git", Ref: "v2"}, []string{"/www"}},
			{Source{Download: "https://files.example/list.txt", SHA256: strings.Repeat("6f", 32)}, []string{"/list.txt"}},
			{Source{Download: "https://github.com/madler/zlib/releases/download/v1.3.1/zlib-1.3.1.tar.gz", SHA256: strings.Repeat("9a", 32)}, []string{"/usr/share/zlib"}},
		},
		Binaries: []Binary{tool, got, crab, app},
	}
}

// named returns the packages with the names.
func named(packages []apkdb.Package, names ...string) []apkdb.Package {
	return slices.DeleteFunc(slices.Clone(packages), func(p apkdb.Package) bool { return !slices.Contains(names, p.Name) })
}
