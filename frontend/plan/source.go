package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sourceFile is the name of an inline source in its own tree.
const sourceFile = "source"

// downloadFile returns the name of a download in its own tree. BuildKit caches a download
// with a checksum by the file's name, its mode and the checksum, and not by the URL. So
// the name depends on the URL: after a change of the URL, BuildKit downloads again.
// Otherwise the old file would pass for a new release if the user changed the URL and
// forgot the checksum.
func downloadFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return "source-" + hex.EncodeToString(sum[:])
}

// source returns the tree of a source of the build. Each source is a step of its own:
// they are fetched at the same time, each is cached by itself, and provenance records it.
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

// Address returns a URL without its query, which may have a token.
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
