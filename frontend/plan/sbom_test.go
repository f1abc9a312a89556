package plan

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// kinds are those of the steps that a tree needs.
func kinds(p *Plan, r Ref) []Kind {
	var out []Kind
	for _, s := range p.StepsFor(r) {
		out = append(out, s.Kind)
	}
	return out
}

// TestSBOMOnlyIfAskedFor: the step runs for what needs it, and the image waits for it only
// if something of the image depends on it.
func TestSBOMOnlyIfAskedFor(t *testing.T) {
	const minimal = "build: {run: make}\nbinary: a.out\n"
	for name, tc := range map[string]struct {
		file, target   string
		asked          bool
		planned, waits bool
	}{
		"nobody":         {file: minimal},
		"attestation":    {file: minimal, asked: true, planned: true},
		"target":         {file: minimal, target: "sbom", planned: true},
		"notice":         {file: minimal, target: "notice", planned: true},
		"licences":       {file: minimal + "licenses: {deny: [GPL-*]}\n", planned: true, waits: true},
		"package-db":     {file: minimal + "include: [package-db]\n", planned: true, waits: true},
		"other includes": {file: minimal + "include: [tmp]\n"},
	} {
		t.Run(name, func(t *testing.T) {
			target, err := FindTarget(tc.target)
			if err != nil {
				t.Fatal(err)
			}
			p, err := New(parse(t, tc.file), target, Options{Platform: amd64, SBOM: tc.asked})
			if err != nil {
				t.Fatal(err)
			}
			if planned := !p.Documents.IsZero(); planned != tc.planned {
				t.Errorf("planned: %v", planned)
			}
			if waits := slices.Contains(kinds(p, p.Image), KindSBOM); waits != tc.waits {
				t.Errorf("the image waits: %v", waits)
			}
			if chosen := !p.Chosen.IsZero(); chosen != (target.Result == DocumentsResult) {
				t.Errorf("documents of the target: %v", chosen)
			}
		})
	}
}

// TestLongCommandLines: what there may be much of reaches the step as files, since Linux
// takes no argument of 128 KiB.
func TestLongCommandLines(t *testing.T) {
	sf, opt := read(t, "locked")
	opt.SBOM = true
	p := makePlan(t, sf, opt)
	step := p.Steps[p.Documents.Step-1]
	var sources strings.Builder
	for i := range 900 {
		fmt.Fprintf(&sources, "\n  - {git: https://git.example/%s-%d.git, to: x%d}", strings.Repeat("long", 30), i, i)
	}
	many := makePlan(t, parse(t, "binary: a\nbuild:\n  run: make\n  sources:"+sources.String()+"\n"), Options{Platform: amd64, SBOM: true})
	if n := len(strings.Join(many.Steps[many.Documents.Step-1].Exec.Args, " ")); n > 2000 {
		t.Errorf("%d bytes of command line", n)
	}
	if strings.Contains(strings.Join(step.Exec.Args, " "), "jansson-dev-2.14") {
		t.Error("the lock is part of the command line")
	}
	i := slices.IndexFunc(step.Exec.Mounts, func(m Mount) bool { return m.At == inputsDir })
	if i < 0 {
		t.Fatal("the step has no inputs")
	}
	ops := p.Steps[step.Exec.Mounts[i].From.Step-1].Files.Ops
	if len(ops) != 2 || !strings.Contains(*ops[1].Text, "https://mirror.example/main/x86_64/jansson-dev-2.14-r4.apk") {
		t.Errorf("the lock of the step is %+v", ops)
	}
}

// TestImageNames: a document is of something that has a name.
func TestImageNames(t *testing.T) {
	for file, want := range map[string]string{
		"binary: {from: a, to: /bin/b}\n":                                         "b",
		"binary: {from: out/, to: /}\n":                                           "image",
		"binary: a\nimage: {labels: {org.opencontainers.image.title: A title}}\n": "A title",
		"binary: a\nimage: {labels: {org.opencontainers.image.title: \"\"}}\n":    "a",
	} {
		if got := imageName(parse(t, "build: {run: make}\n"+file)); got != want {
			t.Errorf("%s: %q, want %q", file, got, want)
		}
	}
}

// TestProjectOfSBOM: the commit of the context is named only if the build takes any of it,
// and no address keeps its query.
func TestProjectOfSBOM(t *testing.T) {
	for sources, want := range map[string]string{
		"":                                     "abc",
		"sources: [src]":                       "abc",
		"sources: [{context: other, path: a}]": "",
		"sources: [{git: https://git.example/a}]": "",
	} {
		p := newPlanner(parse(t, "build: {run: make, "+sources+"}\nbinary: a\n"), Options{Platform: amd64, Repository: "r", Commit: "abc"})
		if got := p.project().Commit; got != want {
			t.Errorf("%s: commit %q, want %q", sources, got, want)
		}
	}
}
