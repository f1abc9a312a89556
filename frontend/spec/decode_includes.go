package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/nearest"
)

func (d *decoder) includes(v *value) []Include {
	var list []Include
	for _, s := range d.uniqueTexts(v.Path, d.texts(v, includeName)) {
		list = append(list, Include{IncludeName(s.Value), s.Range})
		if s.Value == string(IncludePackageDB) && d.workdir == "" {
			d.Add(s.Range, "remove it, or add build", "%s has the packages that binaries were linked of, and nothing is built", s.Value)
		}
		if s.Value == string(IncludeNonroot) {
			d.accounts[s.Value] = account{Owner: parseOwner(nonrootID), at: s.Range}
		}
	}
	return list
}

// includeName is the rule for an item of include.
func includeName(s string) (string, *complaint) {
	names := includeNames()
	if slices.Contains(names, s) {
		return s, nil
	}
	fix := "write one or more of " + strings.Join(names, ", ")
	if near := nearest.Word(s, names); near != "" {
		fix = "did you mean " + near + "?"
	}
	return "", complain(fix, "there is no include %s", show(s))
}
