package spec

import (
	"slices"
	"strings"
)

func (d *decoder) includes(v *value) []Include {
	var list []Include
	for _, s := range d.unique(v.Path, d.texts(v, includeName), itself) {
		list = append(list, Include{IncludeName(s.Value), s.Range})
	}
	return list
}

// includeName is the rule for an item of include.
func includeName(s string) (string, *complaint) {
	names := includeNames()
	if slices.Contains(names, s) {
		return s, nil
	}
	fix := "what there is: " + strings.Join(names, ", ")
	if near := suggest(s, names); near != "" {
		fix = "did you mean " + near + "?"
	}
	return "", complain(fix, "there is nothing to include that is called %s", show(s))
}

// checkUser resolves the one user that has a name, as the include gives it. The
// image says the number: orchestrators that refuse root can't tell by a name.
func (d *decoder) checkUser(sf *Scratchfile) {
	user := &sf.Image.User
	if user.Value != string(IncludeNonroot) {
		return
	}
	if !slices.ContainsFunc(sf.Includes, func(i Include) bool { return i.Name == IncludeNonroot }) {
		d.Add(user.Range, `add "include: [nonroot]", or write `+NonrootID+":"+NonrootID,
			"the image has no user nonroot")
		return
	}
	user.Value = NonrootID + ":" + NonrootID
}
