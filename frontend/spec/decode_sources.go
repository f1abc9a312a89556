package spec

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// defaultSourceMode is the mode of a file that is no copy of one with a mode.
const defaultSourceMode fs.FileMode = 0o644

// sourceSpec is an item of build.sources as it is written.
type sourceSpec struct {
	what   String // the value of the key that names the kind
	ref    String
	commit String
	path   String
	sha256 String
	unpack bool
	mode   *fs.FileMode
	to     String
}

// sourceKind is a kind of mapping in build.sources.
type sourceKind struct {
	key string // says what it is
	// fields are the keys that it may have.
	fields []field[sourceSpec]
	// source is what comes of the keys. Its To is the default, "" if there is none.
	source func(sourceSpec) Source
}

var sourceTo = field[sourceSpec]{key: "to", decode: setText(func(s *sourceSpec) *String { return &s.to }, workdirPath)}

func sourceWhat(key string, rules ...rule) field[sourceSpec] {
	return field[sourceSpec]{key: key, decode: setText(func(s *sourceSpec) *String { return &s.what }, rules...)}
}

func sourceMode() field[sourceSpec] {
	return field[sourceSpec]{key: "mode", decode: func(d *decoder, v *value, s *sourceSpec) { s.mode = d.mode(v, fileMode) }}
}

var sourceKinds = []sourceKind{
	{
		key: "git",
		fields: []field[sourceSpec]{
			sourceWhat("git", noSpace, gitURL),
			{key: "ref", decode: setLiteral(func(s *sourceSpec) *String { return &s.ref }, gitRef)},
			{key: "commit", decode: setLiteral(func(s *sourceSpec) *String { return &s.commit }, commitHash)},
			{key: "path", decode: setText(func(s *sourceSpec) *String { return &s.path }, pathIn("the repository"))},
			sourceTo,
		},
		source: func(s sourceSpec) Source {
			name := strings.TrimSuffix(baseName(s.what.Value), ".git")
			return Source{Git: &GitSource{URL: s.what, Ref: s.ref, Commit: s.commit, Path: s.path}, To: name}
		},
	}, {
		key: "http",
		fields: []field[sourceSpec]{
			sourceWhat("http", noSpace, httpURL),
			{key: "sha256", decode: setLiteral(func(s *sourceSpec) *String { return &s.sha256 }, sha256Hash),
				required: `write "sha256: …" with what sha256sum prints for the file`},
			{key: "unpack", decode: func(d *decoder, v *value, s *sourceSpec) { s.unpack = d.boolean(v) }},
			sourceMode(),
			sourceTo,
		},
		source: func(s sourceSpec) Source {
			src := Source{HTTP: &HTTPSource{URL: s.what, SHA256: s.sha256, Unpack: s.unpack, Mode: orDefaultMode(s.mode)}}
			if src.To = baseName(s.what.Value); s.unpack {
				src.To = "."
			}
			return src
		},
	}, {
		key: "context",
		fields: []field[sourceSpec]{
			sourceWhat("context", otherContext),
			{key: "path", decode: setText(func(s *sourceSpec) *String { return &s.path }, contextPath)},
			sourceTo,
		},
		source: func(s sourceSpec) Source {
			if s.path.Value == "" {
				s.path.Value = "."
			}
			return Source{Context: &ContextSource{Name: s.what, Path: s.path}, To: s.what.Value}
		},
	}, {
		key: "inline",
		fields: []field[sourceSpec]{
			{key: "inline", decode: setLiteral(func(s *sourceSpec) *String { return &s.what })},
			sourceMode(),
			{key: "to", decode: sourceTo.decode, required: `write "to: …" with the path of the file in build.workdir`},
		},
		source: func(s sourceSpec) Source {
			return Source{Inline: &InlineSource{Text: s.what, Mode: orDefaultMode(s.mode)}}
		},
	},
}

func orDefaultMode(m *fs.FileMode) fs.FileMode {
	if m == nil {
		return defaultSourceMode
	}
	return *m
}

func (d *decoder) sources(v *value) []Source {
	list := decodeList(d, v, d.buildSource)
	if v.Kind == yamlfile.KindList && len(v.Items) == 0 {
		d.Add(v.Range, "remove the key to send the whole context", "%s is empty", v.Path)
	}
	if !slices.ContainsFunc(v.Items, func(item *value) bool { return item.Kind == yamlfile.KindMapping }) {
		d.refuseWholeContext(list)
	}
	return d.uniqueSources(v.Path, list)
}

func (d *decoder) buildSource(v *value) (Source, bool) {
	switch v.Kind {
	case yamlfile.KindString:
		s, ok := d.text(v, contextPath)
		return Source{Path: s, To: s.Value, Range: v.Range}, ok
	case yamlfile.KindMapping:
		return d.remoteSource(v)
	case yamlfile.KindNothing, yamlfile.KindList:
		d.wrongKind(v, "a path or a mapping", "write a path, or a mapping with one of the keys "+sourceKeys())
	default:
		_, _ = d.text(v)
	}
	return Source{}, false
}

// remoteSource decodes a source that is not in the build context.
func (d *decoder) remoteSource(v *value) (Source, bool) {
	kind := kindOfSource(v)
	if kind == nil {
		d.Add(v.Range, "write one of the keys "+sourceKeys(), "%s does not say what it is", v.Path)
		return Source{}, false
	}
	var s sourceSpec
	before := d.Found()
	decodeMapping(d, v, &s, kind.fields)
	if d.Found() > before {
		return Source{}, false
	}
	d.checkUnpack(v, s)
	src := kind.source(s)
	src.Range = v.Range
	if bad := src.land(s.to.Value); bad != nil {
		d.Add(v.Range, bad.fix, "%s: %s", v.Path, bad.found)
	}
	return src, d.Found() == before
}

// checkUnpack refuses what unpacking would not do.
func (d *decoder) checkUnpack(v *value, s sourceSpec) {
	switch {
	case !s.unpack:
	case s.mode != nil:
		d.Add(v.Range, "remove mode: the archive has the modes of its files", "%s has both unpack and mode", v.Path)
	case strings.HasSuffix(strings.ToLower(baseName(s.what.Value)), ".zip"):
		d.Add(v.Range, "remove unpack and call unzip in build.run", "%s: a zip archive is not unpacked, only tar", v.Path)
	}
}

func kindOfSource(v *value) *sourceKind {
	for _, e := range v.Entries {
		for i := range sourceKinds {
			if sourceKinds[i].key == e.Key.Value {
				return &sourceKinds[i]
			}
		}
	}
	return nil
}

func sourceKeys() string {
	var keys []string
	for _, k := range sourceKinds {
		keys = append(keys, k.key)
	}
	return strings.Join(keys, ", ")
}

// land settles where a source goes. A file goes to a folder, which is written with
// a slash at its end, under the name that it has.
func (s *Source) land(to string) *complaint {
	isFile := s.Inline != nil || s.HTTP != nil && !s.HTTP.Unpack
	inFolder := to == "." || strings.HasSuffix(to, "/")
	switch {
	case inFolder && s.Inline != nil:
		return complain("write the path of the file, with its name", "%s is a directory", show(to))
	case to == "", inFolder && isFile:
		if _, bad := relativePath(s.To); bad != nil {
			return complain(`add "to: …" with a path in build.workdir`, "its address does not end in a name")
		}
		s.To = path.Join(to, s.To)
	default:
		s.To = path.Clean(to)
	}
	return nil
}

func (d *decoder) refuseWholeContext(list []Source) {
	for _, s := range list {
		if s.Path.Value == "." {
			d.Add(s.Range, "remove the key build.sources: the whole context is the default", `build.sources: "." is the whole context`)
		}
	}
}

// uniqueSources keeps the first of the sources that have one place. The workdir
// itself can take several.
func (d *decoder) uniqueSources(key string, list []Source) []Source {
	first := make(map[string]Range)
	kept := list[:0]
	for _, s := range list {
		if before, ok := first[s.To]; ok && (s.To != "." || s.Path.Value != "") {
			d.Add(s.Range, `remove one of them, or choose another place with "to"`, "%s has %s twice, first on line %d", key, show(s.To), before.Start.Line)
			continue
		}
		first[s.To] = s.Range
		kept = append(kept, s)
	}
	return kept
}

// pathIn is the rule for a path in something else than the build context.
func pathIn(place string) rule {
	return func(p string) (string, *complaint) {
		clean, bad := relativePath(p)
		if bad != nil {
			bad.fix = strings.ReplaceAll(bad.fix, "the build context", place)
		}
		return clean, bad
	}
}

// otherContext is the rule for the context of a source.
func otherContext(name string) (string, *complaint) {
	_, bad := contextName(name)
	if bad != nil {
		bad.fix = "write the name in lower case, as in --build-context name=…"
	}
	return name, bad
}

// workdirPath is the rule for a place in the workdir. A slash at its end is kept.
func workdirPath(p string) (string, *complaint) {
	clean, bad := pathIn("build.workdir")(p)
	if bad != nil {
		return "", bad
	}
	if strings.HasSuffix(p, "/") {
		clean += "/"
	}
	return clean, nil
}
