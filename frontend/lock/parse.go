package lock

import (
	"bytes"
	"errors"
	"maps"
	"slices"

	"github.com/rene2/scratch-frontend/frontend/quote"
	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// Limits of a lock, which docs/scratchfile.md lists. A lock for every platform of
// Alpine with several hundred packages is below them.
const (
	// MaxSize is the largest lock that [Parse] reads, in bytes.
	MaxSize = 1 << 20
	// maxParts is how many lines and commas a lock may have.
	maxParts = 40_000
	// maxPlatforms and maxFiles are how many platforms and files it may have in all.
	maxPlatforms = 16
	maxFiles     = 4000
	// maxDepth is a little more than the nesting of the format, so that a lock with
	// one key too deep gets the message about that key.
	maxDepth = 12
)

// format has no limits for keys and values, since maxParts bounds them.
var format = yamlfile.Format{
	Noun:  "the lock",
	Size:  yamlfile.Limit{Most: MaxSize, Fix: fix},
	Depth: maxDepth,
}

const fix = "a lock is not made by hand: restore it, or make it anew"

// Parse reads a lock file. The name is for messages. The error is a [*yamlfile.Errors]
// with the first problem only: a program makes the lock, so one problem is enough to
// make it again.
func Parse(name string, data []byte) (*Lock, error) {
	p := &parser{}
	l := p.parse(data)
	var errs *yamlfile.Errors
	if errors.As(p.Errors(name), &errs) {
		first := errs.Problems[0]
		first.Message, first.Fix = quote.Short(first.Message), fix
		return nil, &yamlfile.Errors{Name: name, Problems: []yamlfile.Problem{first}}
	}
	return l.sorted(), nil
}

// parser decodes a tree of values up to its first problem.
type parser struct {
	yamlfile.Problems
	files int // so far
}

// fail reports a scalar on one line as a whole, and any other value at its start.
func (p *parser) fail(v *yamlfile.Value, format string, args ...any) {
	at := v.Range
	if at.End.Line > at.Start.Line || !v.IsScalar() {
		at.End = at.Start
	}
	p.Stop(at, fix, format, args...)
}

// parse returns the lock; it is of no use after a problem.
func (p *parser) parse(data []byte) *Lock {
	l := &Lock{}
	src := yamlfile.NewSource(&p.Problems, format, data)
	if src == nil {
		return l
	}
	if line := findExcess(data); line > 0 {
		p.Stop(lineStart(line), fix, "the lock has more than %d lines and items, which this line passes", maxParts)
	}
	if line := findConflict(data); line > 0 {
		p.Stop(lineStart(line), fix, "found the conflict of a merge")
	}
	if p.Stopped() {
		return l
	}
	root := yamlfile.Parse(&p.Problems, format, src)
	switch {
	case root == nil || p.Found() > 0:
	case root.Kind == yamlfile.KindNothing:
		p.Stop(root.Range, fix, "the lock is empty")
	default:
		p.lock(root, l)
	}
	return l
}

func lineStart(line int) yamlfile.Range {
	at := yamlfile.Position{Line: line, Column: 1}
	return yamlfile.Range{Start: at, End: at}
}

// findExcess returns the line that passes maxParts, or 0.
func findExcess(data []byte) int {
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

// findConflict returns the line of the first mark of a merge conflict, or 0.
func findConflict(data []byte) int {
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
	var version string
	p.mapping(root, "the lock", fields{
		"version": p.text(&version, isVersion, "the only version of this format is "+formatVersion),
		"platforms": func(v *yamlfile.Value) {
			if len(v.Items) > maxPlatforms {
				p.fail(v.Items[maxPlatforms], "the lock has more than %d platforms", maxPlatforms)
			}
			l.Platforms = list(p, v, p.platform, Platform.String)
		},
	}, nil)
}

// decoder decodes a value into a place that it knows.
type decoder func(*yamlfile.Value)

// fields has the keys of a mapping, each with the decoder of its value.
type fields map[string]decoder

// mapping decodes a mapping, which must have all required keys and may have the
// optional ones.
func (p *parser) mapping(v *yamlfile.Value, what string, required, optional fields) {
	if v.Kind != yamlfile.KindMapping {
		p.fail(v, "%s is not a mapping", what)
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
			p.Stop(e.Key.Range, fix, "%s has an unknown key", what)
			return
		}
		seen[key] = true
		decode(e.Value)
	}
	for _, key := range slices.Sorted(maps.Keys(required)) {
		if !seen[key] {
			p.fail(v, "%s lacks the key %s", what, key)
		}
	}
}

// list decodes a list, which must have at least one item and no two items of the same
// identity.
func list[T any](p *parser, v *yamlfile.Value, decode func(*yamlfile.Value) T, identity func(T) string) []T {
	if v.Kind != yamlfile.KindList || len(v.Items) == 0 {
		p.fail(v, "found something else where a list should be")
		return nil
	}
	var out []T
	seen := map[string]bool{}
	for _, item := range v.Items {
		if p.Stopped() {
			return nil
		}
		got := decode(item)
		if seen[identity(got)] {
			p.fail(item, "found %s twice", identity(got))
		}
		seen[identity(got)] = true
		out = append(out, got)
	}
	return out
}

// text returns the decoder of a scalar. It takes the text as it is written, whatever
// type YAML gives it.
func (p *parser) text(into *string, valid func(string) bool, message string) decoder {
	return func(v *yamlfile.Value) {
		if *into = v.Text; !valid(v.Text) {
			p.fail(v, "%s", message)
		}
	}
}

func (p *parser) platform(v *yamlfile.Value) (out Platform) {
	p.mapping(v, "a platform", fields{
		"platform": p.text(&out.Name, isPlatform, "this is not a platform"),
	}, fields{
		"build":    p.text(&out.Build, isPlatform, "this is not a platform"),
		"base":     p.text(&out.Base, isBase, "this is not the name of a base"),
		"digest":   p.text(&out.Digest, isDigest, "this is not a SHA-256 digest"),
		"images":   func(v *yamlfile.Value) { out.Images = list(p, v, p.image, func(i Image) string { return i.Ref }) },
		"installs": func(v *yamlfile.Value) { out.Installs = list(p, v, p.install, Install.key) },
	})
	return out
}

func (p *parser) image(v *yamlfile.Value) (out Image) {
	p.mapping(v, "an image", fields{
		"image": p.text(&out.Ref, isBase, "this is not the name of an image"),
	}, fields{
		"digest": p.text(&out.Digest, isDigest, "this is not a SHA-256 digest"),
	})
	return out
}

func (p *parser) install(v *yamlfile.Value) (out Install) {
	p.mapping(v, "an install", fields{
		"packages": func(v *yamlfile.Value) {
			out.Packages = list(p, v, p.packageText, func(s string) string { return s })
		},
	}, fields{
		"arch": p.text(&out.Arch, isArch, "this is not an architecture"),
		"files": func(v *yamlfile.Value) {
			out.Files = list(p, v, p.file, func(f File) string { return f.Name })
		},
	})
	return out
}

func (p *parser) packageText(v *yamlfile.Value) (out string) {
	p.text(&out, isPackage, "this is not a package")(v)
	return out
}

func (p *parser) file(v *yamlfile.Value) (out File) {
	if p.files++; p.files > maxFiles {
		p.fail(v, "the lock has more than %d files", maxFiles)
		return out
	}
	p.mapping(v, "a file", fields{
		"name":    p.text(&out.Name, isName, "this is not a package's name"),
		"version": p.text(&out.Version, isName, "this is not a package's version"),
		"url":     p.text(&out.URL, isURL, "this is not the http or https address of an .apk file"),
		"sha256":  p.text(&out.SHA256, isSHA256, "this is not a SHA-256 digest"),
	}, nil)
	return out
}
