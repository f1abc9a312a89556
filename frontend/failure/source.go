package failure

import (
	"fmt"
	"net/url"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/plan"
	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/llb"
)

// NoBuildFile explains that there is none of the files that a request may mean.
func NoBuildFile(err error, names []string) error {
	return Wrapf(err, "found no build file: looked for %s; fix: name it with -f (buildctl: --opt filename=NAME), or write one, as scratch init does",
		quote.Line(strings.Join(names, " and ")))
}

// explainChecksum explains a download whose checksum differs from the Scratchfile's. It
// names the checksum that the file has. BuildKit compares the checksum before it looks at
// the HTTP status, so a server's error page has a wrong checksum too.
func (b *Build) explainChecksum(err error) error {
	sums := checksumsIn(err)
	for _, s := range b.File.Places() {
		if s.HTTP == nil {
			continue
		}
		i := slices.Index(sums, s.HTTP.Checksum.Encoded())
		if i < 0 {
			continue
		}
		return b.at(fmt.Errorf("what %s answers has the checksum %s, not %s; fix: if it is the file that you want, and no page about an error, write sha256: %[2]s",
			s.HTTP.URL.Value, sums[1-i], s.HTTP.Checksum.Encoded()), s.Range)
	}
	return err
}

// explainCommit explains a ref that does not lead to the commit beside it, and a ref that
// the repository does not have.
func (b *Build) explainCommit(err error) error {
	places := placesOf(err)
	wanted, found := commitsIn(err)
	missing := missingRefIn(err)
	for _, s := range b.File.Places() {
		if s.Git == nil || !slices.Contains(places, s.Range) {
			continue
		}
		address, ref := spec.WithoutQuery(s.Git.URL.Value), s.Git.Ref.Value
		switch {
		case wanted != "" && s.Git.Commit.Value == wanted:
			return b.at(fmt.Errorf("%s of %s leads to %s, not to the commit %s; fix: if it is what you want, write commit: %[3]s, or else a ref that leads to the commit",
				quote.String(ref), address, found, wanted), s.Range)
		case missing != "" && ref == missing:
			return b.at(fmt.Errorf("%s has no branch and no tag %s; fix: correct ref, or push it", address, quote.String(ref)), s.Range)
		}
	}
	return err
}

// explainLogin explains which secret a git server asks for. It finds the source by the
// address in BuildKit's error.
func (b *Build) explainLogin(err error) error {
	if !wantsLogin(err) {
		return err
	}
	for _, s := range b.File.Places() {
		if s.Git == nil {
			continue
		}
		u, parseErr := url.Parse(s.Git.URL.Value)
		if parseErr != nil || !mentionsHost(err, u.Host) {
			continue
		}
		fix := "write its address with https: no token is sent in the clear"
		if token := llb.GitToken(s.Git.URL.Value); token != "" {
			fix = "if it is a private repository, pass its token with --secret id=" + token + ",env=VARIABLE; the secret's name ends in the host"
		}
		return b.at(fmt.Errorf("the server of %s asks who you are, or has no such repository\n  fix: %s", s.Git.URL.Value, fix), s.Range)
	}
	return err
}

// explainFetch names the remedy of a source that its server does not give, whatever the
// server or the network says.
func (b *Build) explainFetch(err error) error {
	if b.Step == nil || b.Step.Kind != plan.KindSource || b.Step.Source == nil || strings.Contains(err.Error(), "fix:") {
		return err
	}
	return Wrapf(err, "%s can't be fetched\n  fix: correct it, or see that the builder reaches its server\n  the builder says", quote.Line(b.Step.Title))
}

// explainArchive explains a download that is no archive, and one with fewer leading folders
// than it is to lose.
func (b *Build) explainArchive(err error) error {
	met, pattern := path.Base(conflictIn(err)), noMatchIn(err)
	for _, p := range b.File.Places() {
		h := p.HTTP
		switch {
		case h == nil || !h.Unpack:
		case plan.DownloadFile(h.URL.Value) == met:
			return b.at(fmt.Errorf("%s is no tar archive\n  fix: remove unpack, or correct the address", quote.Line(spec.WithoutQuery(h.URL.Value))), p.Range)
		case h.Strip > 0 && pattern == plan.StripPattern(h.Strip) && slices.Contains(placesOf(err), p.Range):
			return b.at(fmt.Errorf("%s has nothing below %d leading folders\n  fix: write a smaller number", quote.Line(spec.WithoutQuery(h.URL.Value)), h.Strip), p.Range)
		}
	}
	return err
}

// explainConflict names the lines whose folders have a folder and another thing at one
// path. Only the daemon knows which line has which.
func (b *Build) explainConflict(err error) error {
	met := conflictIn(err)
	if met == "" {
		return err
	}
	var at []spec.Range
	var lines []string
	add := func(r spec.Range, name string) {
		at = append(at, r)
		lines = append(lines, fmt.Sprintf("line %d (%s)", r.Start.Line, name))
	}
	for _, f := range b.File.Files {
		if spec.IsUnder(met, f.To.Value) {
			add(f.Range, quote.Short(f.String()))
		}
	}
	for _, i := range b.File.Includes {
		if i.IsFolder() && slices.ContainsFunc(i.Paths(), func(at string) bool { return spec.IsUnder(met, at) }) {
			add(i.Range, string(i.Name))
		}
	}
	switch len(lines) {
	case 0:
		return err
	case 1:
		return b.at(fmt.Errorf("%s is a folder and something else in what %s copies\n  fix: leave one of them out", quote.Line(met), lines[0]), at...)
	}
	return b.at(fmt.Errorf("%s is a folder of one and something else of another: %s\n  fix: leave it out of one of them",
		quote.Line(met), strings.Join(lines, ", ")), at...)
}
