//go:build e2e

package e2e

import (
	"debug/elf"
	"encoding/json"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// crossed are the platforms of the tests, with the machines of their programs and with apk's
// names of them. No test needs an emulator to build for one.
var crossed = map[string]struct {
	machine elf.Machine
	arch    string
}{
	"linux/amd64":  {elf.EM_X86_64, "x86_64"},
	"linux/arm/v7": {elf.EM_ARM, "armv7"},
	"linux/arm64":  {elf.EM_AARCH64, "aarch64"},
}

var allCrossed = slices.Sorted(maps.Keys(crossed))

// needNoEmulator ends a test on a machine whose kernel starts an emulator by itself: there,
// a build that needs one would pass too.
func needNoEmulator(t *testing.T) {
	t.Helper()
	if found, err := filepath.Glob("/proc/sys/fs/binfmt_misc/qemu-*"); err != nil || len(found) > 0 {
		cantRun(t, "this machine has emulators: %v %v", found, err)
	}
}

// crossDemo is the demo, with a toolchain.
const crossDemo = syntax + `build:
  toolchain: c
  packages: [glib-dev, glib-static, jansson-dev, jansson-static]
  sources: [src]
  run: ${CC:-gcc} $LDFLAGS -Os -Wall -Wextra -Werror src/*.c -o harbour $(pkg-config --cflags --libs glib-2.0 jansson)
binary: {from: harbour, strip: true}
files: [data]
image: {user: 65532:65532}
`

const crossHello = syntax + `build:
  toolchain: c
  run: make hello
binary: hello
test: [{run: [/hello], stdout: "^hello\\n$"}]
`

// buildFor builds for platforms in one build, and checks the index and the programs.
func (p *project) buildFor(platforms ...string) (outcome, *index) {
	p.t.Helper()
	needNoEmulator(p.t)
	o := p.buildx("--provenance", "mode=max,version=v1", "--sbom=true", "--platform", strings.Join(platforms, ","))
	x := o.index()
	if diff := cmp.Diff(platforms, x.platforms()); diff != "" {
		p.t.Error("platforms (-want +got):", diff)
	}
	for _, platform := range platforms {
		x.inspect(platform)
		if prov, _ := x.provenance(platform); prov.BuildDefinition.InternalParameters.TargetPlatform != platform {
			p.t.Errorf("the provenance for %s is for %q", platform, prov.BuildDefinition.InternalParameters.TargetPlatform)
		}
	}
	return o, x
}

// inspect has "scratch inspect" verify the image for a platform. It has a program, and each
// is for that platform.
func (x *index) inspect(platform string) {
	x.t.Helper()
	var out struct {
		Files []struct {
			Path         string
			Verification *verify.Report
		}
	}
	code, text := (&project{t: x.t}).scratchOnly("inspect", "--json", "--platform", platform, x.dir)
	if err := json.Unmarshal([]byte(text), &out); err != nil || code != 0 {
		x.t.Fatalf("scratch inspect: exit code %d, %v:\n%s", code, err, text)
	}
	programs := 0
	for _, f := range out.Files {
		if f.Verification == nil {
			continue
		}
		programs++
		if got, want := f.Verification.Machine, crossed[platform].machine.String(); got != want || !f.Verification.OK() {
			x.t.Errorf("%s for %s: %s for %s, want one for %s", f.Path, platform, f.Verification.Verdict, got, want)
		}
	}
	if programs == 0 {
		x.t.Errorf("the image for %s has no program, but %+v", platform, out.Files)
	}
}

// checkDemo runs the demo for each platform, and checks that its SBOM has the packages of that
// platform.
func (x *index) checkDemo() {
	x.t.Helper()
	for _, platform := range x.platforms() {
		out := x.image(platform).run("/data/ships.json", "127.0.0.1")
		for _, want := range []string{"Welcome", "127.0.0.1 is at 127.0.0.1", "3 ships", "Great Auk   5100 t"} {
			if !strings.Contains(out, want) {
				x.t.Errorf("%s: output %q lacks %q", platform, out, want)
			}
		}
		sbom := string(x.attestation(platform, "https://spdx.dev/Document").Predicate)
		for _, name := range []string{"jansson-static", "glib-static", "musl-dev"} {
			if !regexp.MustCompile(`pkg:apk/alpine/` + name + `@[^"]*arch=` + crossed[platform].arch).MatchString(sbom) {
				x.t.Errorf("%s: the SBOM has no %s for %s:\n%s", platform, name, crossed[platform].arch, sbom)
			}
		}
	}
}

// TestCrossDemo: GLib, jansson and getaddrinfo, for three platforms in one build. The base of
// all of them is that for the builder's platform.
func TestCrossDemo(t *testing.T) {
	p := demo(t).onServed()
	p.write("Scratchfile", crossDemo, 0o644)
	_, x := p.buildFor(allCrossed...)
	x.checkDemo()
	_, base, _ := strings.Cut(p.base, "@")
	for _, platform := range allCrossed {
		prov, _ := x.provenance(platform)
		prov.hasMaterial(t, "platform=linux%2Famd64", digest.Digest(base))
	}
}

// crossThree builds a program for three platforms, two of which the daemon can't run. Its
// test is run for one, and is said to be not run for the others: by a warning, in the output
// and in the provenance.
func crossThree(t *testing.T) {
	p := newProject(t, map[string]string{"Scratchfile": crossHello, "hello.c": hello}).onServed()
	o, x := p.buildFor(allCrossed...)
	for _, platform := range x.platforms() {
		if got := x.image(platform).run(); got != "hello\n" {
			t.Errorf("%s: output %q", platform, got)
		}
		notRun := platform != "linux/amd64"
		_, text := x.provenance(platform)
		for where, said := range map[string]bool{
			"warning":    strings.Contains(o.log, "was not run for "+platform+": "),
			"output":     strings.Contains(o.log, "not run: this builder can't run programs of "+platform+"\n"),
			"provenance": strings.Contains(text, "--not-run="+platform),
		} {
			if said != notRun {
				t.Errorf("%s: the %s says that it was not run: %v", platform, where, said)
			}
		}
	}
}

// crossRequired: a test that is required and can't run refuses the image, before
// anything is compiled.
func crossRequired(t *testing.T) {
	needNoEmulator(t)
	p := newProject(t, map[string]string{
		"Scratchfile": strings.Replace(crossHello, "{run: [/hello]", "{required: true, run: [/hello]", 1), "hello.c": hello,
	}).onServed()
	o := p.buildx("--platform", "linux/arm64")
	o.refused(underlined("test: [{required: true"), "can't run programs of linux/arm64")
	if strings.Contains(o.log, "] make hello") {
		t.Errorf("it was compiled:\n%s", o.log)
	}
}

// TestCrossEmulated: with emulate, the build is one in the base of the platform.
func TestCrossEmulated(t *testing.T) {
	needNoEmulator(t)
	p := newProject(t, map[string]string{
		"Scratchfile": strings.Replace(crossHello, "toolchain: c", "toolchain: c\n  emulate: true", 1), "hello.c": hello,
	})
	p.buildx("--platform", "linux/arm64").refused("linux/arm64")
}

// TestCrossNativeCompiler: what gcc makes is for the machine of the build. It is refused.
func TestCrossNativeCompiler(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": strings.Replace(crossHello, "make hello", "gcc $LDFLAGS hello.c -o hello", 1), "hello.c": hello,
	}).onServed()
	p.buildx("--platform", "linux/arm64").refused(underlined("binary: hello"), "amd64", "arm64", "$CC")
}

// TestCrossGenerator: a program that the build runs is compiled for the builder, and a
// library that the build makes itself goes to the sysroot.
func TestCrossGenerator(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  toolchain: c
  run:
    - gcc generate.c -o generate && ./generate >number.h
    - |
      sysroot=${PKG_CONFIG_SYSROOT_DIR:-}
      ${CC:-gcc} -c number.c && ${AR:-ar} rcs libnumber.a number.o
      mkdir -p $sysroot/usr/lib && cp libnumber.a $sysroot/usr/lib
    - ${CC:-gcc} $LDFLAGS main.c -o main -lnumber
binary: main
`,
		"generate.c": "#include <stdio.h>\nint main(void) { puts(\"#define NUMBER 42\"); return 0; }\n",
		"number.c":   "#include \"number.h\"\nint number(void) { return NUMBER; }\n",
		"main.c":     "#include <stdio.h>\nint number(void);\nint main(void) { printf(\"%d\\n\", number()); return 0; }\n",
	}).onServed()
	_, x := p.buildFor("linux/amd64", "linux/arm64")
	for _, platform := range x.platforms() {
		if got := x.image(platform).run(); got != "42\n" {
			t.Errorf("%s: output %q", platform, got)
		}
	}
}

// TestCrossPkgConfig: what a configure script asks for in vain is a warning, for the
// platform that lacks it.
func TestCrossPkgConfig(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": strings.Replace(crossHello, "make hello",
			`"if pkg-config --exists 'jansson >= 1'; then echo with TLS; fi 2>/dev/null; make hello"`, 1),
		"hello.c": hello,
	}).onServed()
	o, _ := p.buildFor("linux/amd64", "linux/arm64")
	if !strings.Contains(o.log, "for linux/arm64, pkg-config did not find jansson") {
		t.Errorf("no warning:\n%s", o.log)
	}
}

// TestCrossCache: the second edition finds the other object in ccache, for each platform.
func TestCrossCache(t *testing.T) {
	files := map[string]string{
		"Scratchfile": counted("c", "[]"),
		"Makefile":    "main: main.o other.o\n",
		"main.c":      "void other(void);\nint main(void) { other(); return 0; }\n",
		"other.c":     "#include <stdio.h>\nvoid other(void) { puts(\"edition 1\"); }\n",
	}
	p := newProject(t, files).onServed()
	for _, tc := range []struct {
		edition string
		found   bool
	}{{"edition 1", false}, {"edition 2", true}} {
		p.write("other.c", strings.Replace(files["other.c"], "edition 1", tc.edition, 1), 0o644)
		o, x := p.buildFor("linux/arm64")
		if got := x.image("linux/arm64").run(); got != tc.edition+"\n" {
			t.Errorf("output %q", got)
		}
		if got := cached.MatchString(o.log); got != tc.found {
			t.Errorf("%s: something was in the cache: %v, want %v\n%s", tc.edition, got, tc.found, o.log)
		}
	}
}

// TestCrossExamples: examples of C, C++, Rust and Go, each for three platforms in one build.
func TestCrossExamples(t *testing.T) {
	for name, tc := range map[string]struct {
		args []string
		want string
	}{
		"tides":     {[]string{"Portsmouth"}, "high water  04:15  4.88 m"},
		"ditty-bag": {[]string{"18.52"}, "10.0 knots\n"},
		"passage":   {[]string{"/bight.chart", "6", "Cuxhaven", "Helgoland", "Amrum"}, "in all 66.2 miles"},
		"soundings": {nil, "least water: 0.4 m below the keel at 54°03.1N 8°37.9E"},
		"lookout":   {[]string{"-self-test"}, "a stranger is refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, x := example(t, name).onServed().buildFor(allCrossed...)
			for _, platform := range x.platforms() {
				if out := x.image(platform).run(tc.args...); !strings.Contains(out, tc.want) {
					t.Errorf("%s: output %q lacks %q", platform, out, tc.want)
				}
			}
		})
	}
}

// TestCrossCgo: Go with C, for three platforms.
func TestCrossCgo(t *testing.T) {
	p := newProject(t, map[string]string{
		"Scratchfile": syntax + `build:
  toolchain: [go, c]
  run: go build -ldflags '-linkmode external -extldflags -static' -o app .
binary: app
`,
		"go.mod": "module app\n",
		"main.go": `package main

// #include <stdio.h>
// static int answer(void) { return BUFSIZ > 0 ? 42 : 0; }
import "C"
import "fmt"

func main() { fmt.Println(C.answer()) }
`,
	}).onServed()
	_, x := p.buildFor(allCrossed...)
	for _, platform := range x.platforms() {
		if got := x.image(platform).run(); got != "42\n" {
			t.Errorf("%s: output %q", platform, got)
		}
	}
}

// TestCrossLock: "scratch lock" has both sets of packages for each platform. No emulator fills
// it, the locked build takes its packages alone, and both sets are among its materials.
func TestCrossLock(t *testing.T) {
	needNoEmulator(t)
	mirror := newMirror(t)
	p := &lockProject{demo(t), mirror.base(t)}
	p.write("Scratchfile", crossDemo, 0o644)
	platforms := strings.Join(allCrossed, ",")
	if code, out := exitCode(t, p.scratch("lock", "--progress=plain", "--build-context", baseName+"="+p.base, "--platform", platforms)); code != 0 {
		t.Fatalf("scratch lock: exit code %d:\n%s", code, out)
	}
	const packages = "[gcc, glib-dev, glib-static, jansson-dev, jansson-static, musl-dev]"
	text := p.lockText()
	for _, want := range []string{
		"- platform: linux/amd64\n  base: ",
		"- platform: linux/arm/v7\n  build: linux/amd64\n", "  - packages: " + packages + "\n    arch: armv7\n",
		"- platform: linux/arm64\n  build: linux/amd64\n", "  - packages: " + packages + "\n    arch: aarch64\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("the lock lacks %q:\n%s", want, text)
		}
	}
	p.checkLock(0, "")
	mirror.requests()
	x := p.build("--platform", platforms, "--sbom=true", "--provenance=mode=max,version=v1").index()
	for _, name := range mirror.requests() {
		if strings.HasPrefix(name, "APKINDEX") {
			t.Errorf("a locked build asked for %s", name)
		}
	}
	x.checkDemo()
	for _, platform := range allCrossed {
		x.inspect(platform)
		prov, _ := x.provenance(platform)
		for _, part := range []string{"/" + crossed[platform].arch + "/jansson-static-", "/x86_64/pkgconf-"} {
			prov.hasMaterial(t, mirror.URL+part, "")
		}
		if platform != "linux/amd64" {
			prov.hasMaterial(t, mirror.URL+"/x86_64/clang", "")
		}
		sbom := string(x.attestation(platform, "https://spdx.dev/Document").Predicate)
		if want := mirror.URL + "/" + crossed[platform].arch + "/musl-dev-"; !strings.Contains(sbom, want) {
			t.Errorf("the SBOM for %s lacks %s:\n%s", platform, want, sbom)
		}
	}
}
