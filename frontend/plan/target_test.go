package plan

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

func TestFindTarget(t *testing.T) {
	for name, want := range map[string]string{"": "image", "image": "image", "Debug": "debug", "binary": "binary"} {
		got, err := FindTarget(name)
		if err != nil || got.Name != want {
			t.Errorf("FindTarget(%q) = %q, %v; want %q", name, got.Name, err, want)
		}
	}
	_, err := FindTarget("imge")
	if err == nil || !strings.Contains(err.Error(), `"imge"`) || !strings.Contains(err.Error(), "image, binary, build, debug, test") {
		t.Errorf("error %v names neither what was asked for nor what there is", err)
	}
}

func TestBinariesOnly(t *testing.T) {
	sf := parse(t, `
build: {run: make}
binary: {from: a.out, to: /usr/bin/tool}
files: [data]
image: {workdir: /tool, volumes: [/tool/data]}
test: [{run: [/usr/bin/tool]}]
`)
	out := keepBinaries(*sf)
	sf = &out
	if got := sf.Binaries[0].To.Value; got != "/tool" {
		t.Errorf("the binary lands at %s", got)
	}
	if got := sf.Image.Entrypoint[0].Value; got != "/tool" {
		t.Errorf("the entrypoint is %s", got)
	}
	if wd := sf.Image.Workdir.Value; wd != "/" || len(sf.Image.Volumes) > 0 {
		t.Errorf("the workdir is %s, where the binary may be, and there are volumes %v", wd, sf.Image.Volumes)
	}
	if len(sf.Files)+len(sf.Tests) > 0 {
		t.Errorf("%d files and %d tests are left", len(sf.Files), len(sf.Tests))
	}
}

// TestBinariesOnlyWithOneName: binaries with one base name stay where they are.
func TestBinariesOnlyWithOneName(t *testing.T) {
	sf := parse(t, "build: {run: make}\nbinary: [{from: a, to: /x/app}, {from: b, to: /y/app}]\n")
	out := keepBinaries(*sf)
	sf = &out
	if a, b := sf.Binaries[0].To.Value, sf.Binaries[1].To.Value; a != "/x/app" || b != "/y/app" {
		t.Errorf("the binaries land at %s and %s", a, b)
	}
}

func TestUntransformed(t *testing.T) {
	sf := parse(t, "build: {run: make}\nbinary: [{from: a.out, strip: true}, {from: b.out, compress: upx}]\n")
	out := dropTransforms(*sf)
	sf = &out
	for _, b := range sf.Binaries {
		if diff := cmp.Diff(spec.Binary{Place: b.Place, To: b.To, Mode: b.Mode}, b); diff != "" {
			t.Error(diff)
		}
	}
}
