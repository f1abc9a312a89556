package needs

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/evidence"
)

// Linked is what the record of a program's link says of its needs.
type Linked struct {
	// Members are those that show a need, in the order of the record.
	Members []Member `json:"members,omitempty"`
	// Paths are where a library in the program looks for certificates. They are in its
	// read-only data.
	Paths []string `json:"paths,omitempty"`
}

// Member is a member of an archive that shows a need.
type Member struct {
	// Archive is the archive's path, and Name that of the member.
	Archive string `json:"archive"`
	Name    string `json:"name"`
	// By is what asked for it outside of the C library, and Symbol what it asked for.
	// They are empty where the linker does not say.
	By     string `json:"by,omitempty"`
	Symbol string `json:"symbol,omitempty"`
	// Library is set if a library asked for it, which need not mean that the program does.
	Library bool `json:"library,omitempty"`
}

// maxMembers bounds what is kept of a link. All rules have fewer signs.
const maxMembers = 200

// Look returns what the records say of a program. It returns nil if no record says what
// the program was linked of.
func Look(records *evidence.Records, program io.ReaderAt) (*Linked, error) {
	identity, err := evidence.Identity(program)
	if errors.Is(err, evidence.ErrNoProgram) {
		return nil, nil // no link makes it
	}
	if err != nil {
		return nil, err
	}
	links := records.Find(identity)
	i := slices.IndexFunc(links, func(l *evidence.Link) bool { return l.Failure == "" })
	if i < 0 {
		return nil, nil
	}
	link := links[i]
	through, named := records.Through(link)
	t := taken{by: map[string]evidence.Member{}, read: named}
	for _, l := range append([]*evidence.Link{link}, through...) {
		t.read = t.read || l.Read
		for _, in := range l.Inputs {
			for _, m := range in.Members {
				key := in.Path + "(" + m.Name + ")"
				if _, ok := t.by[key]; !ok {
					t.by[key] = m
					t.order = append(t.order, place{in.Path, m.Name})
				}
			}
		}
	}
	out := t.look()
	if _, ok := out.first(ruleOf(Certificates).signs); ok {
		out.Paths, err = certificatePaths(program)
	}
	return out, err
}

// place is where a member is.
type place struct{ archive, name string }

func (p place) String() string { return p.archive + "(" + p.name + ")" }

// taken are the members that a link took.
type taken struct {
	order []place
	by    map[string]evidence.Member // by the text of a place
	read  bool                       // they may be more than went in
}

// look picks the members that show something.
func (t taken) look() *Linked {
	out := &Linked{}
	for _, p := range t.order {
		if signIn(muslMalloc, p) != nil && len(out.Members) < maxMembers {
			out.Members = append(out.Members, t.member(p, nil))
		}
		for _, r := range rules {
			s, unless := signIn(r.signs, p), signIn(r.unless, p)
			if (s != nil || unless != nil) && len(out.Members) < maxMembers {
				out.Members = append(out.Members, t.member(p, s))
			}
		}
	}
	return out
}

// member follows who asked for a member to what is not the C library. A sign that shows a
// need also leads through what a language puts before the C library. Without a sign, the
// member shows what the program sees to.
func (t taken) member(p place, s *sign) Member {
	m := t.by[p.String()]
	out := Member{Archive: p.archive, Name: p.name, By: m.By, Symbol: m.Symbol}
	for range 20 { // the C library's own calls are no longer
		next, ok := t.by[out.By]
		if !ok || !isBetween(out.By, s != nil) {
			break
		}
		out.By, out.Symbol = next.By, next.Symbol
	}
	out.Library = t.read || (s == nil || !s.use) && isLibrary(out.By)
	return out
}

// isBetween reports whether a member stands between a program and what it asks for: it is
// the C library's own, or that of a language's threads. A pattern of file names can ask
// for a user's home, and hardly ever does.
func isBetween(by string, languages bool) bool {
	p, ok := split(by)
	if !ok {
		return false
	}
	if isLibc(p.archive) {
		return stem(p.name) != "glob" && stem(p.name) != "wordexp"
	}
	switch path.Base(p.archive) {
	case "libstdc++.a", "libc++.a", "libgomp.a", "libomp.a":
		return languages
	}
	return false
}

// isLibrary reports whether a file or member is of a package, and not of what is built.
func isLibrary(by string) bool {
	for _, dir := range []string{"/usr/", "/lib/", "/lib64/", "/opt/"} {
		if strings.HasPrefix(by, dir) {
			return true
		}
	}
	return false
}

// split splits the text of a place.
func split(text string) (place, bool) {
	i := strings.LastIndexByte(text, '(')
	if i <= 0 || !strings.HasSuffix(text, ")") {
		return place{}, false
	}
	return place{text[:i], text[i+1 : len(text)-1]}, true
}

// signIn returns the sign that a member is.
func signIn(signs []sign, p place) *sign {
	m := Member{Archive: p.archive, Name: p.name}
	i := slices.IndexFunc(signs, m.is)
	if i < 0 {
		return nil
	}
	return &signs[i]
}

// is reports whether a member is one of a sign.
func (m Member) is(s sign) bool {
	if !slices.Contains(s.members, stem(m.Name)) {
		return false
	}
	if s.archive == libc {
		return isLibc(m.Archive)
	}
	name, ok := strings.CutSuffix(s.archive, "*")
	base := path.Base(m.Archive)
	return base == s.archive || ok && strings.HasPrefix(base, name)
}

// isLibc reports whether an archive is the C library, or Rust's copy of it.
func isLibc(archive string) bool {
	base := path.Base(archive)
	return base == libc || strings.HasPrefix(base, "liblibc-") && strings.HasSuffix(base, ".rlib")
}

// stem returns a member's name without what is behind its dot.
func stem(name string) string {
	name, _, _ = strings.Cut(name, ".")
	return name
}
