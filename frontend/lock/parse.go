package lock

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// Limits of a lock, which docs/scratchfile.md lists. Every current platform of Alpine
// with several hundred packages is below them.
const (
	// MaxSize is the largest lock that [Parse] reads, in bytes.
	MaxSize = 1 << 20
	// maxParts is how many lines it has, each item of a list in brackets counted as
	// a line.
	maxParts = 40_000
	// maxPlatforms and maxFiles are how many of them it has in all.
	maxPlatforms = 16
	maxFiles     = 4000
	// maxDepth is the nesting of the format, with room for an error to be told
	// from a bomb.
	maxDepth = 12
)

// format is what a lock may be, as a file. Its keys and values are bounded by maxParts.
var format = yamlfile.Format{
	Noun:  "the lock",
	Size:  yamlfile.Limit{Most: MaxSize, Fix: fix},
	Depth: maxDepth,
}

const fix = "a lock is not made by hand: restore it, or make it anew"

// Parse reads a lock file. The name is used in messages only. The error, when
// there is one, is a [*yamlfile.Errors]: the first thing that is wrong. A lock is
// made by a program, so that one fault is enough to make it anew.
func Parse(name string, data []byte) (*Lock, error) {
	l := &Lock{}
	p := &parser{}
	if root := p.load(data); root != nil {
		p.lock(root, l)
	}
	if p.problem != nil {
		return nil, &yamlfile.Errors{Name: name, Problems: []yamlfile.Problem{*p.problem}}
	}
	return l.sorted(), nil
}

// parser decodes a tree of values up to its first problem.
type parser struct {
	problem *yamlfile.Problem
	files   int // so far
}

func (p *parser) add(at yamlfile.Range, message string) {
	if p.problem == nil {
		p.problem = &yamlfile.Problem{Range: at, Message: quote.Short(message), Fix: fix}
	}
}

// fail reports a value: all of a scalar on one line, and the start of another one.
func (p *parser) fail(v *yamlfile.Value, message string) {
	at := v.Range
	if at.End.Line > at.Start.Line || !v.IsScalar() {
		at.End = at.Start
	}
	p.add(at, message)
}

// load gives the root of the lock's tree, or nil after a problem.
func (p *parser) load(data []byte) *yamlfile.Value {
	problems := &yamlfile.Problems{}
	root := load(problems, data)
	var errs *yamlfile.Errors
	if errors.As(problems.Errors(""), &errs) {
		p.add(errs.Problems[0].Range, errs.Problems[0].Message)
		return nil
	}
	return root
}

func load(p *yamlfile.Problems, data []byte) *yamlfile.Value {
	src := yamlfile.NewSource(p, format, data)
	if src == nil {
		return nil
	}
	if line := manyParts(data); line > 0 {
		p.Add(lineStart(line), fix, "the lock has more than %d lines and items, which this line passes", maxParts)
		return nil
	}
	if line := conflict(data); line > 0 {
		p.Add(lineStart(line), fix, "found the conflict of a merge")
		return nil
	}
	root := yamlfile.Parse(p, format, src)
	if root != nil && root.Kind == yamlfile.KindNothing {
		p.Add(root.Range, fix, "the lock is empty")
	}
	return root
}

func lineStart(line int) yamlfile.Range {
	at := yamlfile.Position{Line: line, Column: 1}
	return yamlfile.Range{Start: at, End: at}
}

// manyParts gives the line that passes maxParts, or 0.
func manyParts(data []byte) int {
	parts, line := 0, 1
	for _, c := range data {
		if c != '\n' && c != ',' {
			continue
		}
		if parts++; parts > maxParts {
			return line
		}
		if c == '\n' {
			line++
		}
	}
	return 0
}

// conflict gives the line of the first mark that a merge has left, or 0.
func conflict(data []byte) int {
	line := 0
	for text := range bytes.Lines(data) {
		line++
		if bytes.HasPrefix(text, []byte("<<<<<<< ")) {
			return line
		}
	}
	return 0
}

// lock decodes the root.
func (p *parser) lock(root *yamlfile.Value, l *Lock) {
	p.mapping(root, "the lock", fields{
		"version": func(v *yamlfile.Value) {
			p.text(v, isVersion, "the only version of this format is "+formatVersion)
		},
		"platforms": func(v *yamlfile.Value) {
			if len(v.Items) > maxPlatforms {
				p.fail(v.Items[maxPlatforms], fmt.Sprintf("the lock has more than %d platforms", maxPlatforms))
				return
			}
			l.Platforms = list(p, v, p.platform, func(pl Platform) string { return pl.Name })
		},
	}, nil)
}

// fields has the keys of a mapping, and what decodes the value of each.
type fields map[string]func(*yamlfile.Value)

// mapping decodes a value that must have all of the required keys, and may have
// the optional ones.
func (p *parser) mapping(v *yamlfile.Value, what string, required, optional fields) {
	if v.Kind != yamlfile.KindMapping {
		p.fail(v, what+" is not a mapping")
		return
	}
	seen := map[string]bool{}
	for _, e := range v.Entries {
		key := e.Key.Value
		decode := required[key]
		if decode == nil {
			decode = optional[key]
		}
		if decode == nil {
			p.add(e.Key.Range, what+" has an unknown key")
			return
		}
		seen[key] = true
		decode(e.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(required)) {
		if !seen[key] {
			p.fail(v, what+" lacks the key "+key)
		}
	}
}

// list decodes each item of a value that must be a list, with at least one item and
// no two of the same identity.
func list[T any](p *parser, v *yamlfile.Value, each func(*yamlfile.Value) T, identity func(T) string) []T {
	if v.Kind != yamlfile.KindList || len(v.Items) == 0 {
		p.fail(v, "found something else where a list should be")
		return nil
	}
	var out []T
	seen := map[string]bool{}
	for _, item := range v.Items {
		if p.problem != nil {
			return nil
		}
		got := each(item)
		if seen[identity(got)] {
			p.fail(item, "found "+identity(got)+" twice")
		}
		seen[identity(got)] = true
		out = append(out, got)
	}
	return out
}

// text decodes a scalar as it is written, whatever YAML takes it for.
func (p *parser) text(v *yamlfile.Value, valid func(string) bool, message string) string {
	if !valid(v.Text) {
		p.fail(v, message)
		return ""
	}
	return v.Text
}

func (p *parser) platform(v *yamlfile.Value) Platform {
	var out Platform
	p.mapping(v, "a platform", fields{
		"platform": func(v *yamlfile.Value) { out.Name = p.text(v, isPlatform, "this is not a platform") },
	}, fields{
		"base":     func(v *yamlfile.Value) { out.Base = p.text(v, isBase, "this is not the name of a base") },
		"digest":   func(v *yamlfile.Value) { out.Digest = p.text(v, isDigest, "this is not a SHA-256 digest") },
		"images":   func(v *yamlfile.Value) { out.Images = list(p, v, p.image, func(i Image) string { return i.Ref }) },
		"installs": func(v *yamlfile.Value) { out.Installs = list(p, v, p.install, Install.key) },
	})
	return out
}

func (p *parser) image(v *yamlfile.Value) Image {
	var out Image
	p.mapping(v, "an image", fields{
		"image": func(v *yamlfile.Value) { out.Ref = p.text(v, isBase, "this is not the name of an image") },
	}, fields{
		"digest": func(v *yamlfile.Value) { out.Digest = p.text(v, isDigest, "this is not a SHA-256 digest") },
	})
	return out
}

func (p *parser) install(v *yamlfile.Value) Install {
	var out Install
	p.mapping(v, "an install", fields{
		"packages": func(v *yamlfile.Value) {
			one := func(v *yamlfile.Value) string { return p.text(v, isPackage, "this is not a package") }
			out.Packages = list(p, v, one, func(s string) string { return s })
		},
	}, fields{
		"files": func(v *yamlfile.Value) {
			out.Files = list(p, v, p.file, func(f File) string { return f.Name })
		},
	})
	return out
}

func (p *parser) file(v *yamlfile.Value) File {
	var out File
	if p.files++; p.files > maxFiles {
		p.fail(v, fmt.Sprintf("the lock has more than %d files", maxFiles))
		return out
	}
	p.mapping(v, "a file", fields{
		"name":    func(v *yamlfile.Value) { out.Name = p.text(v, isName, "this is not a package's name") },
		"version": func(v *yamlfile.Value) { out.Version = p.text(v, isName, "this is not a package's version") },
		"url": func(v *yamlfile.Value) {
			out.URL = p.text(v, isURL, "this is not the http or https address of an .apk file")
		},
		"sha256": func(v *yamlfile.Value) { out.SHA256 = p.text(v, isSHA256, "this is not a SHA-256 digest") },
	}, nil)
	return out
}
