package spec

import (
	"io/fs"
)

// defaultDirMode is the default mode of an empty folder.
const defaultDirMode fs.FileMode = 0o755

// fileItems are the items of files.
var fileItems = itemList{
	kinds: []*placeKind{contextFrom, contextItem, imageItem, gitItem, httpItem, inlineItem, buildItem, dirItem, linkItem},
	common: []field[item]{
		imageTo,
		itemMode,
		itemOwner,
		{key: "unverified", doc: "ship a program that is not verified", form: setBoolean(func(it *item) *bool { return &it.unverified })},
	},
}

var itemOwner = field[item]{key: "owner",
	doc:  "`uid` or `uid:gid`, by number or by the names of users; without a group, the user's own, or the uid",
	form: as(aScalar, func(d *decoder, v *value, it *item) { it.owner = d.owner(v) })}

// The frontend makes these itself.
var (
	dirItem = &placeKind{alone: true, fields: []field[item]{
		what("dir", "an empty folder, with the mode `0755`", imageFolder),
		{key: "mode", doc: modeDoc, form: setMode(dirMode)},
		itemOwner,
	}}
	linkItem = &placeKind{alone: true, fields: []field[item]{
		what("link", "a symbolic link", imagePath),
		{key: "to", doc: "what the link leads to: an absolute path, or one relative to the link's folder",
			form:     setText(func(it *item) *String { return &it.to }, linkTarget),
			required: `write "to: …" with what the link leads to`},
	}}
)

// files decodes what the image has besides programs.
func (d *decoder) files(v *value, sf *Scratchfile) {
	sf.Files = decodeList(d, v, func(v *value) (FileCopy, bool) {
		it, ok := d.item(v, fileItems)
		switch {
		case !ok:
		case it.kind == dirItem:
			sf.Dirs = append(sf.Dirs, newDir(it, v.Range))
		case it.kind == linkItem:
			sf.Links = append(sf.Links, Link{Path: it.what, To: it.to, Range: v.Range})
		default:
			return d.fileCopy(v, it)
		}
		return FileCopy{}, false
	})
}

func newDir(it item, at Range) Dir {
	return Dir{Path: it.what, Mode: modeOr(it.mode, defaultDirMode), Owner: it.owner, Range: at}
}

func (d *decoder) fileCopy(v *value, it item) (FileCopy, bool) {
	mode := it.mode
	it.mode = nil // it is the mode of the copy and not of the source
	p, ok := d.placeOf(it)
	if !ok {
		return FileCopy{}, false
	}
	f := FileCopy{Place: p, Mode: mode, Owner: it.owner, Unverified: it.unverified}
	l, bad := it.land(p, it.fileDefault(p))
	if bad == nil {
		if _, bad = imagePlace(l.to); bad != nil {
			bad.fix = elsewhere
		}
	}
	f.To, f.Into = String{Value: l.to, Range: it.to.Range}, l.into
	return f, !d.refuse(v, bad)
}

// fileDefault returns where an item of files goes without a key "to": a path of the build
// context to the same path, anything else to the root, under its own name. It is empty if
// there is no such name.
func (it item) fileDefault(p Place) string {
	if p.Pattern {
		dir, only := patternFolder(p.Path.Value)
		if !only || p.Build != nil {
			return "" // the files are in several folders, or in one of the build
		}
		return dir
	}
	if it.kind == contextFrom {
		return p.Path.Value
	}
	if name := copyName(p); name != "" {
		return "/" + name
	}
	return ""
}

// imagePath is the rule for the path of a folder or link that the frontend makes.
func imagePath(p string) (string, *complaint) {
	read, bad := destination(p)
	if bad == nil {
		_, bad = notRoot(read)
	}
	if bad != nil {
		return "", bad
	}
	return absoluteForm(read)
}

// imageFolder is the rule for a folder. It drops a slash at the end.
func imageFolder(p string) (string, *complaint) { return imagePath(withoutSlash(p)) }

// linkTarget is the rule for the target of a link.
func linkTarget(p string) (string, *complaint) {
	if bad := anyPath(p); bad != nil {
		return "", bad
	}
	return p, nil
}

// dirMode is the rule for the mode of a folder, which may have a sticky bit.
func dirMode(s string) (string, *complaint) {
	if octalPattern().MatchString(s) && octal(s)&^0o777 == 0o1000 {
		return s, nil
	}
	return fileMode(s)
}

// setMode is the form of a key that takes permission bits.
func setMode(rules ...rule) form[item] {
	return as(aNumber, func(d *decoder, v *value, it *item) { it.mode = d.mode(v, rules...) })
}

// mode decodes permission bits. It reads the text and not the number of YAML, because 0644
// is one number in YAML 1.1 and another in YAML 1.2.
func (d *decoder) mode(v *value, rules ...rule) *fs.FileMode {
	s, ok := d.literal(v, rules...)
	if !ok {
		return nil
	}
	bits := octal(s.Value)
	m := fs.FileMode(bits) & fs.ModePerm
	if bits&0o1000 != 0 {
		m |= fs.ModeSticky
	}
	return &m
}
