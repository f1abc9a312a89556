package lock

import (
	"errors"
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

var update = flag.Bool("update", false, "write the expected files under testdata")

// digits returns a checksum with this first digit.
func digits(first string) string { return first + strings.Repeat("0", 63) }

func file(name, version, host string) File {
	return File{Name: name, Version: version, URL: "https://" + host + "/main/x86_64/" + name + "-" + version + ".apk", SHA256: digits("a")}
}

// sample is not sorted.
func sample() *Lock {
	return &Lock{Platforms: []Platform{
		{Name: "linux/arm64/v9", Base: "toolchain"},
		{
			Name: "linux/amd64", Base: "registry.example/alpine:3.24", Digest: "sha256:" + digits("b"),
			Installs: []Install{
				{Packages: []string{"tzdata"}, Files: []File{file("tzdata", "2025b-r0", "mirror.example")}},
				{Packages: []string{"pc:glib-2.0", "jansson-dev~2.14", "g++>=14"}, Files: []File{
					file("libstdc++", "14.2.0-r6", "mirror.example:8080"), file("jansson", "2.14.1-r0", "mirror.example"), file("1", "1.10", "mirror.example"),
				}},
				{Packages: []string{"busybox"}},
			},
		},
	}}
}

func TestFormat(t *testing.T) {
	got := sample().Format("Scratchfile")
	if *update {
		if err := os.WriteFile("testdata/sample.lock", got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/sample.lock")
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("run with -update after checking the difference (-want +got):\n%s", diff)
	}
}

func TestRoundTrip(t *testing.T) {
	want := sample()
	got, err := Parse("Scratchfile.lock", want.Format("Scratchfile"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.sorted(), got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(sample(), want); diff != "" {
		t.Errorf("formatting changed the lock:\n%s", diff)
	}
}

// TestParseErrors changes one thing in a good lock at a time.
func TestParseErrors(t *testing.T) {
	for _, tc := range []struct {
		name, old, new string
		want           string // position and message
	}{
		{"empty", "*", "", "1:1: the lock is empty"},
		{"comments alone", "*", "# nothing\n", "1:1: the lock is empty"},
		{"no mapping", "*", "- a\n", "1:1: the lock is not a mapping"},
		{"conflict", "platforms:\n", "<<<<<<< ours\nplatforms:\n", "4:1: found the conflict of a merge"},
		{"half a conflict", "platforms:\n", "=======\nplatforms:\n", "5:1: not valid YAML"},
		{"newer", "version: 1\n", "version: 2\n", "3:10: the only version of this format is 1"},
		{"no version", "version: 1\n", "", "3:1: the lock lacks the key version"},
		{"no platforms", "*", "version: 1\n", "1:1: the lock lacks the key platforms"},
		{"unknown key", "  base: toolchain\n", "  base: toolchain\n  bases: x\n", "a platform has an unknown key"},
		{"key twice", "  base: toolchain\n", "  base: toolchain\n  base: x\n", "the key platforms[1].base is written twice, first on line 31"},
		{"platform twice", "platform: linux/arm64/v9", "platform: linux/amd64", "found linux/amd64 twice"},
		{"platform", "platform: linux/amd64", "platform: linux", "5:13: this is not a platform"},
		{"base", "base: toolchain", "base: tool chain", "this is not the name of a base"},
		{"digest", "sha256:b", "sha256:B", "this is not a SHA-256 digest"},
		{"checksum", "sha256: a", "sha256: g", "this is not a SHA-256 digest"},
		{"package twice", "[busybox]", "[busybox, busybox]", "found busybox twice"},
		{"install twice", "[busybox]", "[tzdata]", "found tzdata twice"},
		{"option", "[busybox]", "[--root]", "this is not a package"},
		{"no packages", "[busybox]", "[]", "found something else where a list should be"},
		{"local path", "https://mirror.example/main/x86_64/tzdata", "/var/lib/apk/tzdata", "this is not the http or https address"},
		{"password", "https://mirror.example/main/x86_64/tzdata", "https://u:p@mirror.example/tzdata", "this is not the http or https address"},
		{"query", "tzdata-2025b-r0.apk", "tzdata?x=.apk", "this is not the http or https address"},
		{"path in name", "name: tzdata", "name: ../tzdata", "this is not a package's name"},
		{"anchor", "base: toolchain", "base: &a toolchain", "found a YAML anchor"},
		{"alias", "name: tzdata", "name: *a", "unknown anchor"},
		{"tag", "base: toolchain", "base: !!str toolchain", "found a YAML tag"},
		{"second document", "version: 1\n", "version: 1\n---\n", "document"},
		{"deep", "*", strings.Repeat("[", 100), "depth"},
		{"list", "    files:\n    - name: tzdata", "    files: x\n    - name: tzdata", "not valid YAML"},
		{"mapping as text", "base: toolchain", "base: {a: b}", "this is not the name of a base"},
		{"invisible", "base: toolchain", "base: toolchain # \u202e", "31:21: found the invisible character U+202E"},
		{"not UTF-8", "base: toolchain", "base: toolchain # \xff", "31:21: the byte 0xff is not UTF-8"},
		{"merge key", "base: toolchain", "<<: {base: toolchain}", "found a YAML merge key"},
		{"too large", "*", strings.Repeat("#", MaxSize+1), "1:1: the lock has more than 1048576 bytes"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			text := strings.Replace(string(sample().Format("Scratchfile")), tc.old, tc.new, 1)
			if tc.old == "*" {
				text = tc.new
			}
			_, err := Parse("Scratchfile.lock", []byte(text))
			var errs *yamlfile.Errors
			if !errors.As(err, &errs) {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), fix) {
				t.Errorf("error %q, want %q", err, tc.want)
			}
		})
	}
}

func TestWith(t *testing.T) {
	l := (*Lock)(nil).With(Platform{Name: "linux/amd64", Base: "a"})
	l = l.With(Platform{Name: "linux/arm64", Base: "b"}).With(Platform{Name: "linux/amd64", Base: "c"})
	if len(l.Platforms) != 2 || l.Find("linux/amd64", "").Base != "c" || l.Find("linux/arm64", "").Base != "b" {
		t.Errorf("lock %+v", l)
	}
	if l.Find("linux/386", "") != nil {
		t.Error("found a platform that is not there")
	}
	// The same platform from two machines has two entries.
	l = l.With(Platform{Name: "linux/arm64", Build: "linux/amd64", Base: "d"})
	if len(l.Platforms) != 3 || l.Find("linux/arm64", "").Base != "b" || l.Find("linux/arm64", "linux/amd64").Base != "d" {
		t.Errorf("lock %+v", l)
	}
}

func TestStale(t *testing.T) {
	l := sample().sorted()
	base := l.Find("linux/amd64", "").Base
	all := []Install{{Packages: []string{"busybox"}}, {Packages: []string{"g++>=14", "jansson-dev~2.14", "pc:glib-2.0"}}, {Packages: []string{"tzdata"}}}
	with := func(more ...Install) []Install { return append(slices.Clone(all), more...) }
	for _, tc := range []struct {
		name string
		want Want
		diff []string
	}{
		{"fresh", Want{"linux/amd64", "", base, nil, all}, nil},
		{"other platform", Want{"linux/386", "", base, nil, nil}, []string{"+ platform linux/386"}},
		{"base", Want{"linux/amd64", "", "alpine:4", nil, all}, []string{"- base " + base, "+ base alpine:4"}},
		{"one more", Want{"linux/amd64", "", base, nil, with(Install{Packages: []string{"a", "b"}})}, []string{"+ packages a b"}},
		{"one less", Want{"linux/amd64", "", base, nil, all[1:]}, []string{"- packages busybox"}},
		{"version", Want{"linux/amd64", "", base, nil, []Install{all[0], all[1], {Packages: []string{"tzdata=1"}}}}, []string{"- packages tzdata", "+ packages tzdata=1"}},
		{"image", Want{"linux/amd64", "", base, []string{"tool:1"}, all}, []string{"+ image tool:1"}},
		{"for another architecture", Want{"linux/amd64", "", base, nil, with(Install{Packages: []string{"tzdata"}, Arch: "aarch64"})}, []string{"+ packages aarch64: tzdata"}},
		{"from another platform", Want{"linux/amd64", "linux/arm64", base, nil, all}, []string{"+ platform linux/amd64 from linux/arm64"}},
		{"no base", Want{"linux/amd64", "", "", nil, all}, []string{"- base " + base}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.diff, l.Stale(tc.want)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRefresh(t *testing.T) {
	for _, tc := range []struct {
		file      string
		platforms []string
		want      string
	}{
		{"Scratchfile", []string{"linux/amd64"}, "docker buildx build -f Scratchfile --target lock --output . ."},
		{"Dockerfile", nil, "docker buildx build --target lock --output . ."},
		{"a.yaml", []string{"linux/amd64", "linux/arm64"}, "docker buildx build -f a.yaml --platform linux/amd64,linux/arm64 --target lock --output . ."},
	} {
		if got := Refresh(tc.file, tc.platforms...); got != tc.want {
			t.Errorf("%s: %s", tc.file, got)
		}
	}
}

// A lock accepts the packages of every Scratchfile, and no text that YAML or apk could
// take for something else.
func TestPackages(t *testing.T) {
	for _, s := range []string{"a", "g++", "pc:glib-2.0", "so:libz.so.1", "a=1.2.3-r0", "a>=1", "a~2.14", "a=~1", "A.b_c+d-", "a.", "py3.12:x"} {
		if !isPackage(s) {
			t.Errorf("%q is refused", s)
		}
	}
	for _, s := range []string{"", "-a", "--root", "!a", "a:", "a ", "a b", "a,b", "a]", "#a", "a\n", "~a", "a=", "é"} {
		if isPackage(s) {
			t.Errorf("%q is accepted", s)
		}
	}
}
