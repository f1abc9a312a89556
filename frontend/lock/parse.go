package lock

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/spec"
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

// Parse reads a lock file. The name is used in messages only. The error, when
// there is one, is a [*spec.Errors]: the first thing that is wrong. A lock is
// made by a program, so that one fault is enough to make it anew.
func Parse(name string, data []byte) (*Lock, error) {
	l := &Lock{}
	p := &parser{}
	if root := p.load(data); root != nil {
		p.mapping(root, "the lock", map[string]func(*yaml.Node){
			"version": func(n *yaml.Node) { p.text(n, isVersion, "the only version of this format is "+formatVersion) },
			"platforms": func(n *yaml.Node) {
				if len(n.Content) > maxPlatforms {
					p.fail(n.Content[maxPlatforms], fmt.Sprintf("the lock has more than %d platforms", maxPlatforms))
					return
				}
				l.Platforms = list(p, n, p.platform, func(pl Platform) string { return pl.Name })
			},
		}, nil)
	}
	if p.problem != nil {
		return nil, &spec.Errors{Name: name, Problems: []spec.Problem{*p.problem}}
	}
	return l.sorted(), nil
}

// parser decodes a tree of nodes up to its first problem.
type parser struct {
	problem *spec.Problem
	files   int // so far
}

const fix = "a lock is not made by hand: restore it, or make it anew"

func (p *parser) add(at spec.Range, message string) {
	if p.problem == nil {
		p.problem = &spec.Problem{Range: at, Message: quote.Short(message), Fix: fix}
	}
}

func (p *parser) fail(n *yaml.Node, message string) {
	start := spec.Position{Line: max(n.Line, 1), Column: max(n.Column, 1)}
	end := start
	if n.Kind == yaml.ScalarNode && !strings.Contains(n.Value, "\n") {
		end.Column += len([]rune(n.Value))
	}
	p.add(spec.Range{Start: start, End: end}, message)
}

// load gives the root of the only document, or nil.
func (p *parser) load(data []byte) *yaml.Node {
	top := spec.Range{Start: spec.Position{Line: 1, Column: 1}, End: spec.Position{Line: 1, Column: 1}}
	if line, message := tooLarge(data); line > 0 {
		at := spec.Position{Line: line, Column: 1}
		p.add(spec.Range{Start: at, End: at}, message)
		return nil
	}
	if line := conflict(data); line > 0 {
		at := spec.Position{Line: line, Column: 1}
		p.add(spec.Range{Start: at, End: at}, "found the conflict of a merge")
		return nil
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		p.add(top, "the lock can't be read: "+err.Error())
		return nil
	}
	var doc, next yaml.Node
	if err := loader.Load(&doc); err != nil || len(doc.Content) == 0 {
		p.syntax(top, err)
		return nil
	}
	if err := loader.Load(&next); !errors.Is(err, io.EOF) {
		p.fail(&next, "found a second YAML document")
		return nil
	}
	return doc.Content[0]
}

// tooLarge gives the line that passes a limit, or 0, and which limit it is.
func tooLarge(data []byte) (line int, message string) {
	if len(data) > MaxSize {
		return 1 + bytes.Count(data[:MaxSize], []byte("\n")), fmt.Sprintf("the lock has more than %d bytes, which this line passes", MaxSize)
	}
	parts := 0
	line = 1
	for _, c := range data {
		if c != '\n' && c != ',' {
			continue
		}
		if parts++; parts > maxParts {
			return line, fmt.Sprintf("the lock has more than %d lines and items, which this line passes", maxParts)
		}
		if c == '\n' {
			line++
		}
	}
	return 0, ""
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

// syntax reports what the YAML library has refused.
func (p *parser) syntax(top spec.Range, err error) {
	var le *yaml.LoadError
	switch {
	case errors.As(err, &le):
		at := spec.Position{Line: max(le.Mark.Line, 1), Column: max(le.Mark.Column, 1)}
		p.add(spec.Range{Start: at, End: at}, "not valid YAML: "+le.Message)
	case err == nil || errors.Is(err, io.EOF):
		p.add(top, "the lock is empty")
	default:
		p.add(top, "not YAML: "+err.Error())
	}
}

// plain refuses the parts of YAML by which a lock could mean something other than
// it shows.
func (p *parser) plain(n *yaml.Node) bool {
	switch {
	case n.Kind == yaml.AliasNode || n.Anchor != "":
		p.fail(n, "found a YAML anchor or alias")
	case n.Style&yaml.TaggedStyle != 0:
		p.fail(n, "found a YAML tag")
	default:
		return true
	}
	return false
}

// mapping decodes a node that must have all of the required keys, and may have
// the optional ones.
func (p *parser) mapping(n *yaml.Node, what string, required, optional map[string]func(*yaml.Node)) {
	if !p.plain(n) {
		return
	}
	if n.Kind != yaml.MappingNode {
		p.fail(n, what+" is not a mapping")
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		key := n.Content[i]
		decode := required[key.Value]
		if decode == nil {
			decode = optional[key.Value]
		}
		switch {
		case !p.plain(key):
			return
		case key.Kind != yaml.ScalarNode || decode == nil:
			p.fail(key, what+" has an unknown key")
			return
		case seen[key.Value]:
			p.fail(key, what+" has the key "+key.Value+" twice")
			return
		}
		seen[key.Value] = true
		decode(n.Content[i+1])
	}
	for _, key := range slices.Sorted(maps.Keys(required)) {
		if !seen[key] {
			p.fail(n, what+" lacks the key "+key)
		}
	}
}

// list decodes each item of a node that must be a list, with at least one item and
// no two of the same identity.
func list[T any](p *parser, n *yaml.Node, each func(*yaml.Node) T, identity func(T) string) []T {
	if !p.plain(n) {
		return nil
	}
	if n.Kind != yaml.SequenceNode || len(n.Content) == 0 {
		p.fail(n, "found something else where a list should be")
		return nil
	}
	var out []T
	seen := map[string]bool{}
	for _, item := range n.Content {
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
func (p *parser) text(n *yaml.Node, valid func(string) bool, message string) string {
	if !p.plain(n) {
		return ""
	}
	if n.Kind != yaml.ScalarNode || !valid(n.Value) {
		p.fail(n, message)
		return ""
	}
	return n.Value
}

func (p *parser) platform(n *yaml.Node) Platform {
	var out Platform
	p.mapping(n, "a platform", map[string]func(*yaml.Node){
		"platform": func(n *yaml.Node) { out.Name = p.text(n, isPlatform, "this is not a platform") },
		"base":     func(n *yaml.Node) { out.Base = p.text(n, isBase, "this is not the name of a base") },
	}, map[string]func(*yaml.Node){
		"digest":   func(n *yaml.Node) { out.Digest = p.text(n, isDigest, "this is not a SHA-256 digest") },
		"installs": func(n *yaml.Node) { out.Installs = list(p, n, p.install, Install.key) },
	})
	return out
}

func (p *parser) install(n *yaml.Node) Install {
	var out Install
	p.mapping(n, "an install", map[string]func(*yaml.Node){
		"packages": func(n *yaml.Node) {
			one := func(n *yaml.Node) string { return p.text(n, isPackage, "this is not a package") }
			out.Packages = list(p, n, one, func(s string) string { return s })
		},
	}, map[string]func(*yaml.Node){
		"files": func(n *yaml.Node) {
			out.Files = list(p, n, p.file, func(f File) string { return f.Name })
		},
	})
	return out
}

func (p *parser) file(n *yaml.Node) File {
	var out File
	if p.files++; p.files > maxFiles {
		p.fail(n, fmt.Sprintf("the lock has more than %d files", maxFiles))
		return out
	}
	p.mapping(n, "a file", map[string]func(*yaml.Node){
		"name":    func(n *yaml.Node) { out.Name = p.text(n, isName, "this is not a package's name") },
		"version": func(n *yaml.Node) { out.Version = p.text(n, isName, "this is not a package's version") },
		"url": func(n *yaml.Node) {
			out.URL = p.text(n, isURL, "this is not the http or https address of an .apk file")
		},
		"sha256": func(n *yaml.Node) { out.SHA256 = p.text(n, isSHA256, "this is not a SHA-256 digest") },
	}, nil)
	return out
}
