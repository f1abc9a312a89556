package llb

import (
	"fmt"
	"strings"

	bk "github.com/moby/buildkit/client/llb"
	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

// sourceFile is the name that a source of one file has in a root of its own.
const sourceFile = "source"

// source is where a source of the build comes from, and its path there. Each is a
// vertex of its own: they are fetched side by side, cached by what they are, and
// recorded in provenance.
func (g *grapher) source(s spec.Source, in Inputs) (bk.State, string) {
	switch {
	case s.Git != nil:
		return g.gitSource(s.Git, s.Range), s.Git.Path.Value
	case s.HTTP != nil:
		return g.httpSource(s.HTTP, s.Range), sourceFile
	case s.Context != nil:
		return in.Named[s.Context.Name.Value], s.Context.Path.Value
	case s.Inline != nil:
		return g.inlineSource(s), sourceFile
	}
	return in.Context, s.Path.Value
}

func (g *grapher) gitSource(s *spec.GitSource, at spec.Range) bk.State {
	ref := s.Ref.Value
	if ref == "" {
		ref = s.Commit.Value
	}
	opts := []bk.GitOption{bk.GitRef(ref)}
	if c := s.Commit.Value; c != "" && c != ref {
		opts = append(opts, bk.GitChecksum(c))
	}
	for _, c := range g.constraints(StepSource, fmt.Sprintf("git %s %s", Address(s.URL.Value), ref), at) {
		opts = append(opts, c)
	}
	return bk.Git(s.URL.Value, "", opts...)
}

func (g *grapher) httpSource(s *spec.HTTPSource, at spec.Range) bk.State {
	opts := []bk.HTTPOption{
		bk.Filename(sourceFile),
		bk.Checksum(digest.NewDigestFromEncoded(digest.SHA256, s.SHA256.Value)),
		bk.Chmod(s.Mode),
	}
	for _, c := range g.constraints(StepSource, Address(s.URL.Value), at) {
		opts = append(opts, c)
	}
	return bk.HTTP(s.URL.Value, opts...)
}

// Address is a URL for people, without its query: that is where tokens are put.
func Address(url string) string {
	url, _, _ = strings.Cut(url, "?")
	return url
}

func (g *grapher) inlineSource(s spec.Source) bk.State {
	var opts []bk.MkfileOption
	if g.opt.Epoch != nil {
		opts = append(opts, bk.WithCreatedTime(*g.opt.Epoch))
	}
	return bk.Scratch().File(
		bk.Mkfile("/"+sourceFile, s.Inline.Mode, []byte(s.Inline.Text.Value), opts...),
		g.constraints(StepSource, "write "+s.To, s.Range)...)
}
