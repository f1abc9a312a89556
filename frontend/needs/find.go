package needs

import (
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/quote"
)

// Program is what is known of a program.
type Program struct {
	Linked *Linked
	// StackSize is what PT_GNU_STACK asks for, and Glibc says that glibc is linked.
	StackSize uint64
	Glibc     bool
}

// Image is what a program finds.
type Image struct {
	// Has reports whether something in the image is at a path, above it or below it.
	Has func(path string) bool
	// Env is the environment.
	Env map[string]string
}

// Finding is a need that the image does not serve.
type Finding struct {
	Code Code
	// Message says what is linked, who asks for it and what happens.
	Message string
	// Fix says what to write.
	Fix string
}

// Find returns the needs that an image does not serve. It returns none for a program that
// nothing is known of.
func Find(p Program, img Image) []Finding {
	if p.Linked == nil {
		return nil
	}
	var out []Finding
	for _, r := range rules {
		m, ok := p.Linked.first(r.signs)
		if !ok || m.Library || r.musl && p.Glibc || r.served != nil && r.served(p, img) {
			continue
		}
		if u, ok := p.Linked.first(r.unless); ok && !u.Library {
			continue
		}
		f := Finding{Code: r.code, Message: m.because() + ": " + r.found, Fix: r.fix}
		if r.code == Certificates {
			f.Message = m.because() + ": it reads certificates from " + quote.Line(strings.Join(p.Linked.Paths, " or ")) + ", where the image has none"
			f.Fix = certificatesFix(p.Linked.Paths)
		}
		out = append(out, f)
	}
	return out
}

// certificatesFix says what brings certificates to one of the paths.
func certificatesFix(paths []string) string {
	if slices.ContainsFunc(paths, func(p string) bool { return slices.Contains(included, p) }) {
		return "include: [ca-certificates]"
	}
	return "include: [ca-certificates], and image: {env: {SSL_CERT_FILE: " + included[0] + "}}"
}

// Decides reports whether the link tells of a need that texts in the program can only
// hint at.
func (l *Linked) Decides(c Code) bool {
	if l == nil {
		return false
	}
	_, shows := l.first(ruleOf(c).signs)
	return shows || c == TimeZone
}

// first returns a member that is one of the signs: one that the program asks for, if
// there is one.
func (l *Linked) first(signs []sign) (Member, bool) {
	var found []Member
	for _, m := range l.Members {
		if slices.ContainsFunc(signs, m.is) {
			found = append(found, m)
		}
	}
	if len(found) == 0 {
		return Member{}, false
	}
	i := slices.IndexFunc(found, func(m Member) bool { return !m.Library })
	return found[max(i, 0)], true
}

// Notes are what only libraries ask for.
func (l *Linked) Notes() []string {
	var out []string
	for _, r := range rules {
		if m, ok := l.first(r.signs); ok && m.Library {
			out = append(out, fmt.Sprintf("%s, which may not be used (%s: %s)", m.because(), r.code, r.doc))
		}
	}
	if l.sharesMalloc() {
		out = append(out, sharedMalloc)
	}
	return out
}

// sharedMalloc is a note and no finding: only who wrote the program knows whether its threads
// allocate much at the same time.
const sharedMalloc = "it has threads, and musl's malloc lets them allocate one after the other; if they allocate much, " +
	"link jemalloc: build.packages: [jemalloc-dev, jemalloc-static], and -ljemalloc before the libraries (docs/behaviour.md has figures)"

// sharesMalloc reports whether a program starts threads that allocate by musl's malloc.
func (l *Linked) sharesMalloc() bool {
	threads, ok := l.first(ruleOf(ThreadStack).signs)
	m, allocates := l.first(muslMalloc)
	return ok && !threads.Library && allocates && path.Ext(m.Name) == ".lo" // glibc's end in .o
}

// because says what is linked and who asks for it.
func (m Member) because() string {
	text := path.Base(m.Archive) + "(" + m.Name + ") is linked"
	if by := m.asks(); by != "" {
		text += ", by " + by
	}
	return quote.Line(text)
}

// asks names who asks for a member. An object that the compiler keeps for a while has no
// name that tells anything: the record has XXXXXX for what is new in each build. The symbol
// tells more.
func (m Member) asks() string {
	by := m.By
	if p, ok := split(by); ok {
		by = path.Base(p.archive) + "(" + p.name + ")"
	} else if by = path.Base(by); m.By == "" {
		return ""
	}
	if strings.Contains(m.By, "XXXXXX") || strings.Contains(by, ".ltrans") {
		by = "the program's own code"
	}
	if m.Symbol != "" {
		by += " (" + m.Symbol + ")"
	}
	return by
}
