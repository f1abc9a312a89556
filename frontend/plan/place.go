package plan

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path"
	"slices"
	"strings"

	digest "github.com/opencontainers/go-digest"

	"github.com/rene2/scratch-frontend/frontend/spec"
	"github.com/rene2/scratch-frontend/frontend/step/checksumstep"
)

// sourceFile is the name of an inline file in its own tree.
const sourceFile = "source"

// These are the paths of the mounts of the checksum step.
const (
	downloadDir = "/download"
	checkedDir  = "/checked"
)

// DownloadFile returns the name of a download in its own tree. BuildKit caches a download
// with a checksum by the file's name, its mode and the checksum, and not by the URL. So
// the name depends on the URL: after a change of the URL, BuildKit downloads again.
// Otherwise the old file would pass for a new release if the user changed the URL and
// forgot the checksum.
func DownloadFile(url string) string {
	sum := sha256.Sum256([]byte(url))
	return "source-" + hex.EncodeToString(sum[:])
}

// place returns the file or folder at a place. Each place outside of the build is a step
// of its own: they are fetched at the same time, each is cached by itself, and provenance
// records it.
func (p *planner) place(pl spec.Place) Ref {
	var tree Ref
	switch {
	case pl.Build != nil:
		return p.built.find(pl.Path.Value, p.sf.Build.Workdir.Value)
	case pl.Inline != nil:
		return p.inlineSource(pl)
	case pl.HTTP != nil && !pl.HTTP.Unpack:
		return p.httpSource(pl)
	case pl.HTTP != nil:
		tree = p.unpack(pl)
	case pl.Git != nil:
		tree = p.gitSource(pl)
	case pl.Image != nil:
		tree = p.imageSource(pl)
	default:
		tree = p.context(pl.Context.Name.Value)
	}
	return Ref{tree.Step, pl.Path.Value}
}

func (p *planner) imageSource(pl spec.Place) Ref {
	ref := pl.Image.Ref.Value
	if !slices.ContainsFunc(p.out.Images, func(i Image) bool { return i.Ref == ref }) {
		p.out.Images = append(p.out.Images, Image{Ref: ref, Range: pl.Range})
	}
	return p.once("image "+ref, Step{
		Kind: KindSource, Title: "image " + ref, Ranges: []spec.Range{pl.Range}, Source: &Source{Image: ref},
	})
}

func (p *planner) gitSource(pl spec.Place) Ref {
	g := &Git{URL: pl.Git.URL.Value, Ref: pl.Git.Ref.Value}
	if g.Ref == "" {
		g.Ref = pl.Git.Commit.Value
	}
	if c := pl.Git.Commit.Value; c != g.Ref {
		g.Commit = c
	}
	return p.add(Step{
		Kind: KindSource, Title: fmt.Sprintf("git %s %s", spec.WithoutQuery(g.URL), g.Ref), Ranges: []spec.Range{pl.Range},
		Source: &Source{Git: g},
	})
}

// httpSource downloads a file. BuildKit checks a SHA-256 checksum itself, and no other
// one: a step of our own checks SHA-512.
func (p *planner) httpSource(pl spec.Place) Ref {
	url, sum := pl.HTTP.URL.Value, pl.HTTP.Checksum
	h := &HTTP{URL: url, Filename: DownloadFile(url), Perm: pl.HTTP.Mode}
	if sum.Algorithm() == digest.SHA256 {
		h.SHA256 = sum.Encoded()
	}
	file := p.add(Step{
		Kind: KindSource, Title: spec.WithoutQuery(url), Ranges: []spec.Range{pl.Range}, Source: &Source{HTTP: h},
	})
	file.Path = path.Join("/", h.Filename)
	if h.SHA256 != "" {
		return file
	}
	return p.checksum(file, sum, pl)
}

// checksum adds the step that checks a download. It returns the file that passed.
func (p *planner) checksum(file Ref, sum digest.Digest, pl spec.Place) Ref {
	name := path.Base(file.Path)
	e := ownStep("/", p.program(), checksumstep.Args(checksumstep.Request{
		File: path.Join(downloadDir, name), Checksum: sum,
		Out: path.Join(checkedDir, name), Report: reportPath,
	}))
	e.Mounts = append(e.Mounts,
		Mount{At: downloadDir, From: Ref{file.Step, "/"}, ReadOnly: true}, Mount{At: checkedDir}, Mount{At: reportDir})
	step := p.add(Step{Kind: KindSource, Title: "check " + spec.WithoutQuery(pl.HTTP.URL.Value), Ranges: []spec.Range{pl.Range}, Exec: e})
	p.out.Refusals = append(p.out.Refusals, ReportRef{checksumstep.Command, Ref{step.Step, reportDir}, pl.Range})
	return Ref{step.Step, path.Join(checkedDir, name)}
}

// unpack returns the contents of an archive, less the leading folders that it loses.
func (p *planner) unpack(pl spec.Place) Ref {
	archive := p.httpSource(pl)
	title := "unpack " + spec.WithoutQuery(pl.HTTP.URL.Value)
	tree := p.add(Step{Kind: KindSource, Title: title, Ranges: []spec.Range{pl.Range},
		Files: &Files{Ops: unpackTo("/", archive)}})
	if pl.HTTP.Strip == 0 {
		return tree
	}
	inner := Ref{tree.Step, StripPattern(pl.HTTP.Strip)}
	return p.add(Step{Kind: KindSource, Title: fmt.Sprintf("%s, strip %d", title, pl.HTTP.Strip), Ranges: []spec.Range{pl.Range},
		Files: &Files{Ops: []FileOp{{From: &inner, To: "/", Wildcard: true, Exact: true}}}})
}

// StripPattern matches what is left of an archive without its leading folders.
func StripPattern(folders int) string { return strings.Repeat("/*", folders+1) }

// unpackTo unpacks an archive into a folder. BuildKit copies a file that is no archive as it
// is; here that fails, since a folder has the file's name meanwhile.
func unpackTo(to string, archive Ref) []FileOp {
	instead := path.Join(to, path.Base(archive.Path))
	return []FileOp{
		{To: instead, Folder: true, Perm: 0o755},
		{From: &archive, To: to, Follow: true, Unpack: true},
		{To: instead, Remove: true},
	}
}

func (p *planner) inlineSource(pl spec.Place) Ref {
	step := p.add(Step{
		Kind: KindSource, Title: "write " + pl.String(), Ranges: []spec.Range{pl.Range},
		Files: &Files{Ops: []FileOp{{
			To: "/" + sourceFile, Text: &pl.Inline.Text.Value, Perm: pl.Inline.Mode, Time: p.opt.Epoch,
		}}},
	})
	return Ref{step.Step, "/" + sourceFile}
}

// copyOf returns the operation that copies a place to a path. A folder gives its contents,
// and a file goes below the path if into is true, as with COPY in a Dockerfile.
func (p *planner) copyOf(pl spec.Place, to string, into bool) FileOp {
	from := p.place(pl)
	if into && to != "/" {
		to += "/"
	}
	return FileOp{From: &from, To: to, Follow: true, Wildcard: pl.Pattern}
}
