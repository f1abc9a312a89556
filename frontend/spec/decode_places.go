package spec

import (
	"cmp"
	_ "crypto/sha256" // makes digests of both kinds valid
	_ "crypto/sha512"
	"fmt"
	"io/fs"
	"strings"

	digest "github.com/opencontainers/go-digest"
)

// defaultFileMode is the mode of a download and of an inline file.
const defaultFileMode fs.FileMode = 0o644

// These are the places that items come from.
var (
	contextFrom = &placeKind{
		fields: []field[item]{{key: "from", doc: fromDoc, form: as(aString, func(d *decoder, v *value, it *item) {
			if name, p, ok := strings.Cut(v.Text, ":"); ok && isContextName(name) {
				d.Add(v.Range, fmt.Sprintf("write {context: %s, path: %s}, or ./%s for a file of that name", name, cmp.Or(p, "."), v.Text),
					"%s: %s is not a path of the build context", v.Path, show(v.Text))
				return
			}
			it.path = d.taken(v, contextTree)
		})}},
		place: func(_ *decoder, it item) Place { return Place{Context: &ContextPlace{}} },
	}
	outputFrom = &placeKind{
		fields: []field[item]{{key: "from", doc: fromDoc, form: takes((*decoder).outputTree)}},
		place: func(d *decoder, it item) Place {
			if d.workdir == "" {
				return Place{Context: &ContextPlace{}}
			}
			if it.path.Value == "/" {
				d.Add(it.path.Range, "write the path of the program itself", `%s: "/" is the whole file system`, it.at.Path)
			}
			return Place{Build: &BuildPlace{}}
		},
	}
	contextItem = &placeKind{
		fields: []field[item]{
			what("context", "a build context, as in `--build-context NAME=…`; `.` is the build context itself", itemContext),
			{key: "path", doc: pathDoc, form: takes(func(*decoder) tree { return contextTree })},
		},
		place: func(_ *decoder, it item) Place {
			if it.what.Value == "." {
				it.what.Value = ""
			}
			return Place{Context: &ContextPlace{Name: it.what}}
		},
	}
	imageItem = &placeKind{
		fields: []field[item]{
			what("image", "an image, for the target platform; a build context of that name takes its place", noSpace, notTooLong, notEmptyImage),
			{key: "path", doc: pathDoc, form: takes(func(*decoder) tree { return imageTree })},
		},
		place: func(_ *decoder, it item) Place { return Place{Image: &ImagePlace{Ref: it.what}} },
	}
	gitItem = &placeKind{
		fields: []field[item]{
			what("git", "the files of a commit, without `.git`", noSpace, gitURL),
			{key: "ref", doc: "a branch, a tag, or a full commit", form: setLiteral(func(it *item) *String { return &it.ref }, gitRef)},
			{key: "commit", doc: "the full hash that `ref` must lead to, or that is taken if there is no `ref`",
				form: setLiteral(func(it *item) *String { return &it.commit }, commitHash)},
			{key: "path", doc: pathDoc, form: takes(func(*decoder) tree { return gitTree })},
		},
		place: func(_ *decoder, it item) Place {
			return Place{Git: &GitPlace{URL: it.what, Ref: it.ref, Commit: it.commit}}
		},
	}
	httpItem = &placeKind{
		fields: []field[item]{
			what("http", "a download, or what is in it", noSpace, httpURL),
			{key: "sha256", doc: checksumDoc, form: setLiteral(func(it *item) *String { return &it.sha256 }, sha256Hash)},
			{key: "sha512", doc: checksumDoc, form: setLiteral(func(it *item) *String { return &it.sha512 }, sha512Hash)},
			{key: "unpack", doc: "unpack a tar archive: plain, gzip, bzip2, xz or zstd", form: setBoolean(func(it *item) *bool { return &it.unpack })},
			{key: "strip", doc: "how many leading folders the archive loses, at most 100", form: setCount(func(it *item) *int { return &it.folders }, leadingFolders)},
			{key: "path", doc: pathDoc, form: takes(func(*decoder) tree { return archiveTree })},
			itemMode,
		},
		oneOf: []string{"sha256", "sha512"},
		place: (*decoder).httpPlace,
	}
	inlineItem = &placeKind{
		fields: []field[item]{
			{key: "inline", doc: "a file with this text; args are replaced in it", form: setLiteral(func(it *item) *String { return &it.what })},
			// The common key of the list decodes it.
			{key: "to", required: `write "to: …" with the path that the file gets`},
			itemMode,
		},
		place: func(_ *decoder, it item) Place {
			return Place{Inline: &InlinePlace{Text: it.what, Mode: modeOr(it.mode, defaultFileMode)}}
		},
	}
	buildItem = &placeKind{
		fields: []field[item]{{key: "build", doc: "a path of what the build leaves; in `binary` it is `from`", form: as(aString, func(d *decoder, v *value, it *item) {
			if d.workdir == "" {
				d.Add(v.Range, `write "from: …" for a path of the build context, or add the key build`, "%s: the file has no build", v.Path)
				return
			}
			it.path = d.taken(v, buildTree(d.workdir))
		})}},
		place: func(*decoder, item) Place { return Place{Build: &BuildPlace{}} },
	}
)

// what returns the field of a key that says where an item comes from.
func what(key, doc string, rules ...rule) field[item] {
	return field[item]{key: key, doc: doc, form: setText(func(it *item) *String { return &it.what }, rules...)}
}

// takes returns the form of a key that takes a path of a tree.
func takes(of func(*decoder) tree) form[item] {
	return as(aString, func(d *decoder, v *value, it *item) { it.path = d.taken(v, of(d)) })
}

// itemTo returns the field of the key that says where an item goes.
func itemTo(r rule) field[item] {
	return field[item]{key: "to", doc: "where it goes: in the image, an absolute path; in `build.sources`, a path in `workdir`",
		form: setText(func(it *item) *String { return &it.to }, r)}
}

var itemMode = field[item]{key: "mode", doc: modeDoc, form: setMode(fileMode)}

// These lines of documentation are for keys of several places.
const (
	fromDoc     = "a path of the build context; in `binary`, of what the build leaves"
	pathDoc     = "what is taken of the place; of an archive only with `unpack`"
	checksumDoc = "the checksum of the download, as `sha256sum` or `sha512sum` prints it; an error names the right one"
	modeDoc     = "permission bits; in `build.sources` only for `http` and `inline`"
)

// outputTree returns the tree with the programs: without a build, that is the build context.
func (d *decoder) outputTree() tree {
	if d.workdir == "" {
		return contextTree
	}
	return buildTree(d.workdir)
}

// placeOf returns the place that an item comes from.
func (d *decoder) placeOf(it item) (Place, bool) {
	before := d.Found()
	p := it.kind.place(d, it)
	p.Path, p.Pattern, p.Range = it.path.String, it.path.pattern, it.at.Range
	isFile := p.Inline != nil || p.HTTP != nil && !p.HTTP.Unpack
	if p.Path.Value == "" && !isFile {
		p.Path.Value = "/"
	}
	return p, d.Found() == before
}

// httpPlace returns the place of a download. It refuses keys that contradict each other.
func (d *decoder) httpPlace(it item) Place {
	name, at := it.at.Path, it.what.Range
	h := &HTTPPlace{URL: it.what, Unpack: it.unpack, Strip: it.folders, Mode: modeOr(it.mode, defaultFileMode)}
	switch {
	case it.sha256.Value != "" && it.sha512.Value != "":
		d.Add(it.sha512.Range, "keep one of them", "%s has both sha256 and sha512", name)
	case it.sha256.Value != "":
		h.Checksum = digest.NewDigestFromEncoded(digest.SHA256, it.sha256.Value)
	case it.sha512.Value != "":
		h.Checksum = digest.NewDigestFromEncoded(digest.SHA512, it.sha512.Value)
	default:
		d.Add(at, `write "sha256: …" with what sha256sum prints for the file, or sha512`, "%s has no checksum", name)
	}
	switch {
	case !it.unpack && it.path.Value != "":
		d.Add(it.path.Range, `add "unpack: true", or remove path`, "%s.path is one in an archive, but nothing is unpacked", name)
	case !it.unpack && it.folders > 0:
		d.Add(at, `add "unpack: true", or remove strip`, "%s.strip is for the folders of an archive, but nothing is unpacked", name)
	case it.unpack && strings.HasSuffix(strings.ToLower(baseName(it.what.Value)), ".zip"):
		d.Add(at, "remove unpack and call unzip in build.run", "%s: a zip archive is not unpacked, only tar", name)
	}
	return Place{HTTP: h}
}

// modeOr returns a mode that is set, or else the default.
func modeOr(m *fs.FileMode, otherwise fs.FileMode) fs.FileMode {
	if m == nil {
		return otherwise
	}
	return *m
}

// isContextName reports whether a string can be the name of a build context.
func isContextName(name string) bool {
	_, bad := contextName(name)
	return bad == nil
}

// itemContext is the rule for the context of an item. The main context is ".".
func itemContext(name string) (string, *complaint) {
	if name == "." {
		return name, nil
	}
	return contextName(name)
}

func notEmptyImage(ref string) (string, *complaint) {
	if ref == "scratch" {
		return "", complain("name an image that has files", "the image scratch is empty")
	}
	return ref, nil
}

// leadingFolders is the rule for the number of leading folders to drop from an archive.
func leadingFolders(s string) (string, *complaint) {
	if n, ok := number(s, maxStrip); !ok || n == 0 {
		return "", complain("write how many leading folders the archive loses, such as 1", "%s is not a number of folders", show(s))
	}
	return s, nil
}
