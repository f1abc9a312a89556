package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sourceFile is the name that an inline source has in a tree of its own.
const sourceFile = "source"

// downloadFile is the name that a download has in a tree of its own. BuildKit finds the
// result of a download with a checksum by the file's name, its mode and the checksum, and
// not by the URL. The name stands for the URL, so that a URL that changed is asked for its
// bytes. Otherwise old bytes would pass for those of a new release whenever the checksum
// in the file is still the old one.
func downloadFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return "source-" + hex.EncodeToString(sum[:])
}

// source is where a source of the build comes from. Each is a step of its own: they are
// fetched side by side, cached by what they are, and recorded in provenance.
func (p *planner) source(s spec.Source) Ref {
	var from Ref
	var at string
	switch {
	case s.Git != nil:
		from, at = p.gitSource(s.Git, s.Range), s.Git.Path.Value
	case s.HTTP != nil:
		from, at = p.httpSource(s.HTTP, s.Range), downloadFile(s.HTTP.URL.Value)
	case s.Context != nil:
		from, at = p.context(s.Context.Name.Value), s.Context.Path.Value
	case s.Inline != nil:
		from, at = p.inlineSource(s), sourceFile
	default:
		from, at = p.context(""), s.Path.Value
	}
	return Ref{Step: from.Step, Path: path.Join("/", at)}
}

func (p *planner) gitSource(s *spec.GitSource, at spec.Range) Ref {
	g := &Git{URL: s.URL.Value, Ref: s.Ref.Value}
	if g.Ref == "" {
		g.Ref = s.Commit.Value
	}
	if c := s.Commit.Value; c != g.Ref {
		g.Commit = c
	}
	return p.add(Step{
		Kind: KindSource, Title: fmt.Sprintf("git %s %s", Address(g.URL), g.Ref), Ranges: []spec.Range{at},
		Source: &Source{Git: g},
	})
}

func (p *planner) httpSource(s *spec.HTTPSource, at spec.Range) Ref {
	return p.add(Step{
		Kind: KindSource, Title: Address(s.URL.Value), Ranges: []spec.Range{at},
		Source: &Source{HTTP: &HTTP{
			URL: s.URL.Value, Filename: downloadFile(s.URL.Value), SHA256: s.SHA256.Value, Perm: s.Mode,
		}},
	})
}

// Address is a URL for people, without its query: that is where tokens are put.
func Address(url string) string {
	url, _, _ = strings.Cut(url, "?")
	return url
}

func (p *planner) inlineSource(s spec.Source) Ref {
	return p.add(Step{
		Kind: KindSource, Title: "write " + s.To, Ranges: []spec.Range{s.Range},
		Files: &Files{Ops: []FileOp{{
			To: "/" + sourceFile, Text: &s.Inline.Text.Value, Perm: s.Inline.Mode, Time: p.opt.Epoch,
		}}},
	})
}
