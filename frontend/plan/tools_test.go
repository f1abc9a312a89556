package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/step/verifystep"
)

// stripped is the step that strips and verifies.
func stripped(t *testing.T, p *Plan) Step {
	t.Helper()
	i := slices.IndexFunc(p.Steps, func(s Step) bool { return s.Kind == KindVerify && s.Exec.Own == ProgramDir })
	if i < 0 {
		t.Fatal("no step has tools")
	}
	return p.Steps[i]
}

// TestToolsAreOutOfReach: no command of the Scratchfile runs in the root that the tools are
// taken from, and what it reads of the build can't be changed.
func TestToolsAreOutOfReach(t *testing.T) {
	const binary = "binary: {from: a.out, strip: true, compress: upx}\n"
	for name, file := range map[string]string{
		"packages":    "build: {packages: [build-base], fetch: get, run: make}\n" + binary,
		"toolchain":   "build: {toolchain: c, run: make}\n" + binary,
		"no packages": "build: {run: [make, make install]}\n" + binary,
		"no build":    "binary: {context: bin, path: a.out, strip: true}\n",
	} {
		p := makePlan(t, parse(t, file), Options{Platform: amd64})
		s := stripped(t, p)
		for _, before := range p.StepsFor(s.Exec.Root) {
			if before.Kind != KindBase && before.Kind != KindPackages {
				t.Errorf("%s: the tools come after %s", name, before.Name())
			}
		}
		for _, m := range s.Exec.Mounts {
			if !m.From.IsZero() && !m.ReadOnly {
				t.Errorf("%s: %s can be written", name, m.At)
			}
		}
		if s.Exec.Online {
			t.Errorf("%s: the tools have a network", name)
		}
	}
}

// TestOneInstallation: apk runs once for the build and its tools, and keeps the versions that
// the Scratchfile asks for.
func TestOneInstallation(t *testing.T) {
	for build, want := range map[string]string{
		"{packages: [build-base], run: make}":                       "binutils build-base upx",
		"{packages: [gcc, binutils=2.44-r2, \"upx~4\"], run: make}": "binutils=2.44-r2 gcc upx~4",
		"{run: make}": "binutils upx",
	} {
		sf := parse(t, "build: "+build+"\nbinary: [{from: a, strip: true}, {from: b, strip: true, compress: upx}]\n")
		for _, name := range []string{"image", "binary", "debug", "sbom", "build"} {
			target, err := FindTarget(name)
			if err != nil {
				t.Fatal(err)
			}
			p, err := New(sf, target, Options{Platform: amd64})
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, in := range p.Installs {
				got = append(got, strings.Join(in.Packages, " "))
			}
			// Without packages, nothing but the tools needs an installation.
			if wants := name != "debug" || build != "{run: make}"; wants && !slices.Equal(got, []string{want}) || !wants && len(got) > 0 {
				t.Errorf("%s, target %s: apk adds %q, want %q", build, name, got, want)
			}
		}
	}
}

// TestFewSteps: whatever tools change the binaries, it takes one step.
func TestFewSteps(t *testing.T) {
	for _, keys := range []string{"", "strip: true", "compress: upx", "strip: true, compress: upx"} {
		p := makePlan(t, parse(t, fmt.Sprintf("build: {packages: [gcc], run: make}\nbinary: {from: a, %s}\n", keys)), Options{Platform: amd64})
		processes := 0
		for _, s := range p.Steps {
			if s.Exec != nil {
				processes++
			}
		}
		if processes != 3 || len(p.Reports) != 1 {
			t.Errorf("%s: %d processes with %d reports, want 3 with 1", keys, processes, len(p.Reports))
		}
	}
}

// TestBeforeOnlyIfAskedFor: binaries are kept as the tools get them only for the documents.
func TestBeforeOnlyIfAskedFor(t *testing.T) {
	for _, asked := range []bool{false, true} {
		p := makePlan(t, parse(t, "build: {run: make}\nbinary: [{from: a, strip: true}, {from: b, compress: upx}]\n"), Options{Platform: amd64, SBOM: asked})
		s := stripped(t, p)
		req, err := verifystep.ParseRequest(s.Exec.Args[1:])
		if err != nil {
			t.Fatal(err)
		}
		for i, tool := range req.Tools {
			kept := slices.ContainsFunc(s.Exec.Mounts, func(m Mount) bool { return m.At == fmt.Sprintf("/before%d", i) })
			if kept != asked || (tool.Before != "") != asked {
				t.Errorf("asked %v: %s, mount %v", asked, tool.Before, kept)
			}
		}
	}
}

// TestToolRange: a failure of a tool is at the key that asks for it.
func TestToolRange(t *testing.T) {
	sf := parse(t, "build: {run: make}\nbinary:\n  from: a\n  strip: true\n  compress: upx\n")
	b := sf.Binaries[0]
	for name, want := range map[string]int{"strip": 4, "upx": 5, "other": b.Range.Start.Line} {
		if got := ToolRange(name, b).Start.Line; got != want {
			t.Errorf("%s: line %d, want %d", name, got, want)
		}
	}
}
