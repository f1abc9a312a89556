package plan

import (
	"testing"
)

// TestNothingUnverifiedReachesTheImage walks the steps backwards from the image, through
// changes of trees only. What it meets at their ends is where the bytes of the image come
// from: what a verify step passed, a build context, or what an include's package has at
// the include's own places.
func TestNothingUnverifiedReachesTheImage(t *testing.T) {
	for _, name := range cases(t) {
		sf, opt := read(t, name)
		p := makePlan(t, sf, opt)
		for _, r := range origins(p, p.Image) {
			if !allowed(p, r) {
				t.Errorf("%s: the image has bytes of %s, %s", name, r, p.Steps[r.Step-1].Name())
			}
		}
	}
}

// TestUnverifiedIsFound shows that the walk above can fail: one copy from anywhere else
// is enough.
func TestUnverifiedIsFound(t *testing.T) {
	sf, opt := read(t, "include")
	for name, leak := range map[string]func(*planner) Ref{
		"compile": func(p *planner) Ref {
			b := p.build(p.packages())
			return Ref{b.workdir.Step, b.workdir.Path + "/a.out"}
		},
		"refused binary's report":      func(p *planner) Ref { return p.out.Reports[0] },
		"another path of a package":    func(p *planner) Ref { return Ref{p.install([]string{"tzdata"}, nil).Step, "/bin/busybox"} },
		"another package":              func(p *planner) Ref { return Ref{p.install([]string{"upx"}, nil).Step, "/usr/share/zoneinfo"} },
		"the frontend's own program":   func(p *planner) Ref { return p.program() },
		"a binary before it is packed": func(p *planner) Ref { return p.add(Step{Kind: KindStrip, Exec: &Exec{Root: p.base()}}) },
	} {
		p := newPlanner(sf, opt)
		p.plan()
		from := leak(p)
		image := p.add(Step{Kind: KindFinal, Files: &Files{On: p.out.Image, Ops: []FileOp{{From: &from, To: "/b"}}}})
		found := false
		for _, r := range origins(&p.out, image) {
			found = found || !allowed(&p.out, r)
		}
		if !found {
			t.Errorf("%s: a copy went unseen", name)
		}
	}
}

// origins gives the ends of the walk.
func origins(p *Plan, r Ref) []Ref {
	s := p.Steps[r.Step-1]
	var out []Ref
	switch {
	case s.Pass != nil: // what it waits for gives no bytes
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
	switch {
	case s.Source != nil:
		return s.Source.Context != nil
	case s.Kind == KindVerify:
		rest, ok := inFolder(r.Path, verifiedDir)
		return ok && rest != ""
	case s.Kind == KindPackages:
		return includes(s, r.Path)
	}
	return false
}

func inFolder(p, folder string) (string, bool) {
	if len(p) <= len(folder) || p[:len(folder)] != folder {
		return "", false
	}
	return p[len(folder)+1:], true
}

// includes reports whether a step adds an include's package to the base, and the path is
// one of the include's.
func includes(s Step, path string) bool {
	pkg := map[string]string{
		"/etc/ssl/certs/ca-certificates.crt": "ca-certificates-bundle",
		"/etc/ssl/cert.pem":                  "ca-certificates-bundle",
		"/usr/share/zoneinfo":                "tzdata",
	}[path]
	return pkg != "" && s.Title == "apk add "+pkg
}
