package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// sourceItems are the items of build.sources.
var sourceItems = itemList{
	kinds:  []*placeKind{contextFrom, contextItem, imageItem, gitItem, httpItem, inlineItem},
	common: []field[item]{itemTo(workdirPath)},
}

func (d *decoder) sources(v *value) []Source {
	list := decodeList(d, v, d.source)
	d.refuseEmpty(v, "remove the key to send the whole context")
	if !slices.ContainsFunc(v.Items, func(item *value) bool { return item.Kind == yamlfile.KindMapping }) {
		d.refuseWholeContext(list)
	}
	return d.uniqueSources(v.Path, list)
}

func (d *decoder) source(v *value) (Source, bool) {
	it, ok := d.item(v, sourceItems)
	if !ok {
		return Source{}, false
	}
	p, ok := d.placeOf(it)
	if !ok {
		return Source{}, false
	}
	if it.unpack && it.mode != nil {
		d.Add(v.Range, "remove mode: the archive has the modes of its files", "%s has both unpack and mode", v.Path)
		return Source{}, false
	}
	l, bad := it.land(p, sourceDefault(p))
	return Source{Place: p, To: l.to, Into: l.into}, !d.refuse(v, bad)
}

// sourceDefault returns where a source goes without a key "to": a path in the workdir. It is
// empty if there is none.
func sourceDefault(p Place) string {
	name := ""
	switch {
	case p.Pattern:
		dir, only := patternFolder(p.Path.Value)
		if !only {
			return ""
		}
		name = strings.TrimPrefix(dir, "/")
	case p.Git != nil:
		name = strings.TrimSuffix(baseName(p.Git.URL.Value), ".git")
		if _, bad := relativePath(name); bad != nil {
			return ""
		}
		return name
	case p.HTTP != nil && p.HTTP.Unpack:
		return "."
	case p.Context != nil && p.Context.Name.Value != "":
		return p.Context.Name.Value
	case p.Context != nil:
		name = strings.TrimPrefix(p.Path.Value, "/")
	default:
		return copyName(p)
	}
	if name == "" {
		return "."
	}
	return name
}

func (d *decoder) refuseWholeContext(list []Source) {
	for _, s := range list {
		if s.Path.Value == "/" {
			d.Add(s.Range, "remove the key build.sources: the whole context is the default", `build.sources: "." is the whole context`)
		}
	}
}

// uniqueSources keeps the first of the sources that go to one path. A folder can get
// several.
func (d *decoder) uniqueSources(key string, list []Source) []Source {
	first := make(map[string]Range)
	kept := list[:0]
	for _, s := range list {
		if before, ok := first[s.To]; ok {
			d.Add(s.Range, `remove one of them, or choose another place with "to"`, "%s has %s twice, first on line %d", key, show(s.To), before.Start.Line)
			continue
		}
		if !s.Into && s.To != "." {
			first[s.To] = s.Range
		}
		kept = append(kept, s)
	}
	return kept
}
