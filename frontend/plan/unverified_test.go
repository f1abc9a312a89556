package plan

import (
	"path"
	"slices"
	"strconv"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// TestNothingUnverifiedReachesTheImage walks the steps backwards from the image, through
// changes of trees. The walk ends where the bytes of the image come from. The only ends
// allowed are a verify step, an include's own places in its package or in what the sbom step
// writes and, if the step that verifies the data is among the ends, the places of the
// files.
func TestNothingUnverifiedReachesTheImage(t *testing.T) {
	for _, name := range cases(t) {
		sf, opt := read(t, name)
		p := makePlan(t, sf, opt)
		ends := origins(p, p.Image)
		for _, r := range ends {
			if !allowed(p, r) && !isData(p, r, ends) {
				t.Errorf("%s: the image has bytes of %s, %s", name, r, p.Steps[r.Step-1].Name())
			}
		}
	}
}

// TestUnverifiedIsFound shows that the walk above can fail: one copy from elsewhere makes
// it fail.
func TestUnverifiedIsFound(t *testing.T) {
	sf, opt := read(t, "include")
	zones := spec.Include{Name: spec.IncludeTZData}
	for name, leak := range map[string]func(*planner) Ref{
		"the compile": func(p *planner) Ref {
			b := p.build(p.packages())
			return Ref{b.workdir.Step, b.workdir.Path + "/a.out"}
		},
		"the report of the verify step": func(p *planner) Ref { return p.out.Reports[0] },
		"another document": func(p *planner) Ref {
			p.opt.SBOM = true
			p.describe(p.verified())
			return Ref{p.out.Documents.Step, documentsDir + "/notice.txt"}
		},
		"a package itself": func(p *planner) Ref { return Ref{p.install([]string{"tzdata"}, nil).Step, spec.ZoneInfo} },
		"another path of an include": func(p *planner) Ref {
			return Ref{p.pick(p.install([]string{"tzdata"}, nil), zones).Step, includedDir + "/bin/busybox"}
		},
		"an include of another package": func(p *planner) Ref {
			return Ref{p.pick(p.install([]string{"busybox"}, nil), zones).Step, includedDir + "/usr/share"}
		},
		"an include of the compile": func(p *planner) Ref {
			return Ref{p.pick(p.build(p.packages()).root, zones).Step, includedDir + "/usr/share"}
		},
		"the frontend's own program":   func(p *planner) Ref { return p.program() },
		"a binary before it is packed": func(p *planner) Ref { return p.add(Step{Kind: KindStrip, Exec: &Exec{Root: p.base()}}) },
		"a binary as a tool gets it":   func(p *planner) Ref { return Ref{p.out.Reports[0].Step, beforeDir + "0/0/a.out"} },
		"a binary as a tool leaves it": func(p *planner) Ref { return Ref{p.out.Reports[0].Step, workDir + "/changed/0/a.out"} },
	} {
		p := newPlanner(sf, opt)
		p.plan()
		from := leak(p)
		for by, s := range map[string]Step{
			"copy":  {Kind: KindFinal, Files: &Files{On: p.out.Image, Ops: []FileOp{{From: &from, To: "/b"}}}},
			"layer": {Kind: KindFinal, Merge: []Ref{p.out.Image, from}},
		} {
			found := false
			ends := origins(&p.out, p.add(s))
			for _, r := range ends {
				found = found || !allowed(&p.out, r) && !isData(&p.out, r, ends)
			}
			if !found {
				t.Errorf("a %s of %s went unseen", by, name)
			}
		}
	}
}

// origins returns the ends of the walk.
func origins(p *Plan, r Ref) []Ref {
	s := p.Steps[r.Step-1]
	var out []Ref
	switch {
	case s.Pass != nil: // it waits for the other steps and copies nothing from them
		return origins(p, s.Pass.Ref)
	case s.Files != nil, s.Merge != nil:
		for _, from := range s.refs() {
			if !from.IsZero() {
				out = append(out, origins(p, from)...)
			}
		}
		return out
	}
	return []Ref{r}
}

func allowed(p *Plan, r Ref) bool {
	s := p.Steps[r.Step-1]
	switch s.Kind {
	case KindVerify:
		rest, ok := inFolder(r.Path, verifiedDir)
		return ok && rest != "" || r.Path == passed
	case KindInclude:
		rest, ok := inFolder(r.Path, includedDir)
		return ok && picks(p, s, "/"+rest)
	case KindSBOM: // the step writes the text of these files itself
		rest, ok := inFolder(r.Path, documentsDir+"/db")
		return r.Path == permittedDir || ok && slices.Contains(spec.Include{Name: spec.IncludePackageDB}.Paths(), "/"+rest)
	}
	return false
}

// isData reports whether an end is a place of the files, and the image depends on the step
// that verifies the data.
func isData(p *Plan, r Ref, ends []Ref) bool {
	if p.DataReport.IsZero() || !slices.Contains(ends, Ref{p.DataReport.Step, passed}) {
		return false
	}
	s := p.Steps[r.Step-1]
	for _, f := range p.File.Files {
		switch {
		case f.Context != nil && s.Source != nil && s.Source.Context != nil,
			f.Image != nil && s.Source != nil && s.Source.Image != "",
			f.Git != nil && s.Source != nil && s.Source.Git != nil,
			f.HTTP != nil && (s.Source != nil && s.Source.HTTP != nil || s.Kind == KindSource),
			f.Build != nil && s.Kind == KindBuild && path.Base(r.Path) == path.Base(f.Path.Value):
			return true
		}
	}
	return false
}

func inFolder(p, folder string) (string, bool) {
	if len(p) <= len(folder) || p[:len(folder)] != folder {
		return "", false
	}
	return p[len(folder)+1:], true
}

// picks reports whether a step takes a path of an include, and nothing else, from the
// base with the include's package.
func picks(p *Plan, s Step, path string) bool {
	pkg := map[string]string{
		spec.CABundle: "ca-certificates-bundle",
		spec.CALink:   "ca-certificates-bundle",
		"/usr/share":  "tzdata", // the parent of its only folder
	}[path]
	for _, m := range s.Exec.Mounts {
		if m.At != packageTree {
			continue
		}
		from := p.Steps[m.From.Step-1]
		return pkg != "" && from.Title == "apk add "+pkg && p.Steps[from.Exec.Root.Step-1].Source.Base != ""
	}
	return false
}

// TestBinariesAreTopmost: the top layer of the image has only verified binaries at their
// places, and folders without their contents.
func TestBinariesAreTopmost(t *testing.T) {
	for name, to := range map[string]string{"whole root": "/", "folder of the binary": "/bin", "elsewhere": "/srv"} {
		t.Run(name, func(t *testing.T) {
			sf := parse(t, "build: {run: make}\nbinary: [a.out, {from: b, to: /bin/b}]\ninclude: [tzdata, tmp]\nfiles: [{from: ., to: "+to+"}]\n")
			p := makePlan(t, sf, Options{Platform: amd64})
			merge := p.Steps[p.Image.Step-1].Merge
			top := p.Steps[merge[len(merge)-1].Step-1].Files
			if !top.On.IsZero() {
				t.Fatal("the upper layer starts from another one")
			}
			var places []string
			for _, op := range top.Ops {
				if from := p.Steps[op.From.Step-1]; from.Kind == KindVerify {
					if op.From.Path == passed {
						continue
					}
					if op.From.Path != path.Join(verifiedDir, strconv.Itoa(len(places)), op.To) {
						t.Errorf("%s is copied to %s", op.From, op.To)
					}
					places = append(places, op.To)
					continue
				}
				if !slices.Equal(op.Exclude, []string{"?*"}) || !op.Follow || len(places) > 0 {
					t.Errorf("the layer has more than the folder %s, or has it after a binary", op.To)
				}
			}
			if !slices.Equal(places, []string{"/a.out", "/bin/b"}) {
				t.Errorf("the layer above all has verified binaries at %q", places)
			}
		})
	}
}
