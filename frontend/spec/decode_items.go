package spec

import (
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// item is an item of build.sources, files or binary as it is written.
type item struct {
	at   *value
	kind *placeKind
	// what is the value of the key that says where the item comes from. If that is a
	// path, path has it.
	what           String
	path           taken
	ref, commit    String
	sha256, sha512 String
	unpack         bool
	folders        int // how many leading folders of an archive to drop
	to             String
	mode           *fs.FileMode
	owner          Owner
	unverified     bool
	strip          *Range
	compress       String
	capabilities   []String
}

// placeKind is a key that says where an item comes from.
type placeKind struct {
	// fields are the key itself, then the keys that may be with it.
	fields []field[item]
	// alone is true if the common keys of a list can't be with it.
	alone bool
	// place makes the place of an item. It is nil for folders and links, which the
	// frontend makes itself.
	place func(*decoder, item) Place
	// oneOf are keys. Exactly one of them must be there.
	oneOf []string
}

// key returns the key that says where an item comes from.
func (k *placeKind) key() string { return k.fields[0].key }

// itemList describes the items of a list.
type itemList struct {
	kinds []*placeKind // a string is an item of the first kind
	// common are the keys of all items. One of them replaces the key of a kind that has
	// the same name.
	common []field[item]
}

// fields returns the keys of an item of a kind.
func (l itemList) fields(k *placeKind) []field[item] {
	fields := slices.Clone(k.fields)
	if k.alone {
		return fields
	}
	for _, common := range l.common {
		i := slices.IndexFunc(fields, func(f field[item]) bool { return f.key == common.key })
		if i < 0 {
			fields = append(fields, common)
		} else {
			common.required = fields[i].required
			fields[i] = common
		}
	}
	return fields
}

// schema returns the schema of an item.
func (l itemList) schema() schema {
	forms := []schema{l.kinds[0].fields[0].schema}
	for _, k := range l.kinds {
		s := mapping(l.fields(k), k.key())
		if k.oneOf != nil {
			s.exactlyOne(k.oneOf...)
		}
		forms = append(forms, s)
	}
	return oneOf(forms...)
}

// keys returns the keys that say where an item comes from.
func (l itemList) keys() []string {
	var keys []string
	for _, k := range l.kinds {
		keys = append(keys, k.key())
	}
	return keys
}

// item decodes an item: a mapping, or a string for an item of the first kind.
func (d *decoder) item(v *value, list itemList) (item, bool) {
	before := d.Found()
	it := item{at: v, kind: list.kinds[0]}
	switch v.Kind {
	case yamlfile.KindMapping:
		if it.kind = d.itemKind(v, list); it.kind != nil {
			decodeMapping(d, v, &it, list.fields(it.kind))
		}
	case yamlfile.KindNothing, yamlfile.KindList:
		d.wrongKind(v, "a path or a mapping", "write a path, or a mapping with one of the keys "+strings.Join(list.keys(), ", "))
	default:
		it.kind.fields[0].decode(d, v, &it)
	}
	return it, it.kind != nil && d.Found() == before
}

// itemKind finds the key of a mapping that says where the item comes from. It reports a
// problem unless there is exactly one.
func (d *decoder) itemKind(v *value, list itemList) *placeKind {
	var kind *placeKind
	keys := list.keys()
	for _, e := range v.Entries {
		i := slices.Index(keys, e.Key.Value)
		switch {
		case i < 0:
		case kind != nil:
			d.Add(e.Key.Range, "write one of them, or an item for each", "%s says twice where it comes from: with %s and with %s",
				v.Path, kind.key(), e.Key.Value)
			return nil
		default:
			kind = list.kinds[i]
		}
	}
	if kind == nil && len(v.Refused) == 0 && !d.unknownItemKeys(v, list) {
		d.Add(v.Range, "write one of the keys "+strings.Join(keys, ", "), "%s does not say where it comes from", v.Path)
	}
	return kind
}

// unknownItemKeys reports the keys that no item of the list can have. It returns false if
// there are none.
func (d *decoder) unknownItemKeys(v *value, list itemList) bool {
	before, kinds := d.Found(), list.keys()
	var known []string
	for _, k := range list.kinds {
		known = append(known, fieldKeys(list.fields(k))...)
	}
	for _, e := range v.Entries {
		if !slices.Contains(known, e.Key.Value) {
			d.unknownKey(e.Key, v.Path, kinds)
		}
	}
	return d.Found() > before
}

// landing is where an item goes.
type landing struct {
	to string
	// into is true if a file goes below to, under its own name.
	into bool
}

// land returns where an item goes. Without a key "to", that is the default, which is empty
// for an item without one.
func (it item) land(p Place, without string) (landing, *complaint) {
	to := it.to.Value
	into := to == "." || strings.HasSuffix(to, "/")
	switch {
	case to == "" && without == "":
		return landing{}, complain(`add "to: …" with the place that gets it`, "%s", noName(p))
	case to == "":
		return landing{without, p.Pattern}, nil
	case p.Pattern && !into:
		return landing{}, complain(`write a slash at the end: "to: `+to+`/"`, "%s may be several files, and %s is not a folder", show(p.Path.Value), show(to))
	case p.Path.Value == "" && into:
		name, bad := fileName(p)
		return landing{path.Join(to, name), false}, bad
	}
	return landing{path.Clean(to), into}, nil
}

// noName says why a place gives no name for a copy.
func noName(p Place) string {
	switch {
	case p.Pattern && p.Build != nil:
		return "the files of the pattern are in a folder of the build"
	case p.Pattern:
		return "the files of the pattern are in several folders"
	case p.HTTP != nil && !p.HTTP.Unpack, p.Git != nil && p.Path.Value == "/":
		return "its address does not end in a file name"
	}
	return "all of it is copied, which has no name"
}

// fileName returns the name of a single file.
func fileName(p Place) (string, *complaint) {
	if p.HTTP == nil {
		return "", complain("write the path of the file, with its name", `the text has no name, and "to" is a folder`)
	}
	name := baseName(p.HTTP.URL.Value)
	if _, bad := relativePath(name); bad != nil || name == "." {
		return "", complain(`write "to: …" with the path of the file`, "%s", noName(p))
	}
	return name, nil
}

// copyName returns the name of what is copied from a place; "" if it has none.
func copyName(p Place) string {
	switch {
	case p.Path.Value == "/":
		return ""
	case p.Path.Value != "":
		return path.Base(p.Path.Value)
	}
	name, _ := fileName(p)
	return name
}
