package toolchain

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestToolchains checks what other packages expect of each toolchain, alone and beside all
// others.
func TestToolchains(t *testing.T) {
	var names []string
	for _, tc := range All() {
		names = append(names, tc.Name)
	}
	for i, tc := range All() {
		if slices.Index(names, tc.Name) != i {
			t.Errorf("there are two toolchains %s", tc.Name)
		}
		if found, ok := Find(tc.Name); !ok || found.Name != tc.Name {
			t.Errorf("Find(%s) = %s, %v", tc.Name, found.Name, ok)
		}
		checkToolchain(t, tc)
		checkToolchain(t, tc.Beside(names))
	}
	if _, ok := Find("nothing"); ok {
		t.Error("Find finds a toolchain that there is not")
	}
}

func checkToolchain(t *testing.T, tc Toolchain) {
	t.Helper()
	if len(tc.Packages) == 0 || len(tc.Commands.Builders) == 0 {
		t.Errorf("%s has no packages, or no programs", tc.Name)
	}
	set := make(map[string]bool)
	for _, v := range tc.Env {
		if set[v.Name] {
			t.Errorf("%s sets %s twice", tc.Name, v.Name)
		}
		set[v.Name] = true
		if v.Value(map[string]string{"TARGETARCH": "amd64"}) == "" {
			t.Errorf("%s sets %s to nothing", tc.Name, v.Name)
		}
		if !v.Wrapped && !tc.Commands.Reads(v.Name) {
			t.Errorf("%s sets %s, which its programs don't read", tc.Name, v.Name)
		}
	}
	for _, c := range tc.Caches {
		if !set[c.Env] {
			t.Errorf("%s: cache %s hangs on %s, which nothing sets", tc.Name, c.Path, c.Env)
		}
		checkVendored(t, tc.Name, c)
	}
}

// checkVendored: File has no characters that a shell would need quotes for, and only a cache
// with ByTime has it.
func checkVendored(t *testing.T, name string, c Cache) {
	t.Helper()
	v := c.Vendored
	if v == (Vendored{}) {
		return
	}
	if !c.ByTime || !regexp.MustCompile(`^[A-Za-z0-9._-]+$`).MatchString(v.File) || strings.TrimSpace(v.Known) == "" {
		t.Errorf("%s: cache %s has vendored sources %+v, by time %v", name, c.Path, v, c.ByTime)
	}
}

// TestGoBesideC: C changes Go once, even if there are two C toolchains.
func TestGoBesideC(t *testing.T) {
	for _, tc := range []struct {
		others []string
		cgo    string
		ldflag int
	}{
		{[]string{"go"}, "0", 0},
		{[]string{"go", "rust"}, "0", 0},
		{[]string{"go", "c"}, "1", 1},
		{[]string{"c++", "go"}, "1", 1},
		{[]string{"c", "c++", "go"}, "1", 1},
	} {
		beside := golang().Beside(tc.others)
		cgo, flags := "", 0
		for _, v := range beside.Env {
			switch v.Name {
			case "CGO_ENABLED":
				cgo = v.Value(nil)
			case "CGO_LDFLAGS":
				flags++
			}
		}
		if cgo != tc.cgo || flags != tc.ldflag || len(beside.Setup) != tc.ldflag {
			t.Errorf("beside %v: CGO_ENABLED=%s, %d CGO_LDFLAGS, %d lines of setup", tc.others, cgo, flags, len(beside.Setup))
		}
	}
}

func TestLinker(t *testing.T) {
	l := c().Linker
	for program, want := range map[string]bool{"gcc": true, "aarch64-linux-musl-g++": true, "make": false, "": false, "gcc-ar": false} {
		if l.Is(program) != want {
			t.Errorf("Is(%q) = %v", program, !want)
		}
	}
	for arg, want := range map[string]bool{"-o": true, "a.c": true, "-c": false, "-Wl,-Bstatic": false, "@args": false} {
		if l.Keeps(arg) != want {
			t.Errorf("Keeps(%q) = %v", arg, !want)
		}
	}
	if !l.IsStatic("-static-pie") || l.IsStatic("-shared") || (Linker{}).IsStatic("-static") || (Linker{}).Is("gcc") {
		t.Error("IsStatic, or the empty linker, is wrong")
	}
}

func TestMissing(t *testing.T) {
	env := map[string]string{"CARGO_BUILD_TARGET": "triple"}
	for _, tc := range []struct {
		name string
		tool Toolchain
		m    Missing
		want []string
	}{
		{"c says nothing", c(), Missing{From: "/src/target/app"}, nil},
		{"cargo", rust(), Missing{From: "/src/target/release/app", Env: env}, []string{"target/triple/release", "cargo install"}},
		{"cargo, with an own target", rust(), Missing{From: "/src/target/release/app"}, []string{"target/$CARGO_BUILD_TARGET/", "cargo install"}},
		{"cargo, found", rust(), Missing{From: "/src/target/release/app", Found: true, Env: env}, []string{"cargo install"}},
		{"cargo, elsewhere", rust(), Missing{From: "/src/app", Env: env}, nil},
		{"go install", golang(), Missing{From: "/src/app", Run: []string{"go vet", "go install ."}}, []string{"/root/go/bin"}},
		{"go install for another platform", golang(), Missing{From: "/src/app", Run: []string{"go install ."}, Env: map[string]string{"GOARCH": "arm64"}}, []string{"/root/go/bin/linux_arm64"}},
		{"go install, found", golang(), Missing{From: "/src/app", Found: true, Run: []string{"go install ."}}, nil},
		{"go build", golang(), Missing{From: "/src/app", Run: []string{"go build"}}, nil},
	} {
		got := tc.tool.Missing(tc.m)
		if !slices.EqualFunc(got, tc.want, strings.Contains) {
			t.Errorf("%s: %q, want %q", tc.name, got, tc.want)
		}
	}
}
