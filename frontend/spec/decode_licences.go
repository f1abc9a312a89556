package spec

import (
	"github.com/rene2/scratch-frontend/frontend/licence"
)

// Licences say what may be linked into the programs. At least one of the lists has items.
type Licences struct {
	// Allow and Deny have SPDX identifiers, in which * stands for any characters, and
	// Exceptions names of packages; see [licence.Policy].
	Allow, Deny, Exceptions []String
	Range                   Range
}

// Policy is what the licences of packages are held against.
func (l *Licences) Policy() licence.Policy {
	var p licence.Policy
	for _, list := range []struct {
		from []String
		to   *[]string
	}{{l.Allow, &p.Allow}, {l.Deny, &p.Deny}, {l.Exceptions, &p.Exceptions}} {
		for _, s := range list.from {
			*list.to = append(*list.to, s.Value)
		}
	}
	return p
}

// licenceFields are the keys of licenses.
var licenceFields = []field[Licences]{
	{key: "allow", doc: "SPDX identifiers of the only licenses that may be linked; `*` stands for any characters",
		form: as(notEmpty(listOf(aString)), func(d *decoder, v *value, l *Licences) { l.Allow = d.licenceList(v, licencePattern) })},
	{key: "deny", doc: "SPDX identifiers of licenses that may not be linked; `*` stands for any characters",
		form: as(notEmpty(listOf(aString)), func(d *decoder, v *value, l *Licences) { l.Deny = d.licenceList(v, licencePattern) })},
	{key: "exceptions", doc: "packages that may be linked whatever their license is",
		form: as(notEmpty(listOf(aString)), func(d *decoder, v *value, l *Licences) { l.Exceptions = d.licenceList(v, noBlank) })},
}

func (d *decoder) licences(v *value) *Licences {
	l := &Licences{Range: v.Range}
	before := d.Found()
	decodeMapping(d, v, l, licenceFields)
	if d.Found() == before && len(l.Allow)+len(l.Deny)+len(l.Exceptions) == 0 {
		d.Add(v.Range, "write for example licenses: {deny: [GPL-*]}, or remove the key", "licenses has no list")
	}
	return l
}

func (d *decoder) licenceList(v *value, r rule) []String {
	before := d.Found()
	list := d.uniqueTexts(v.Path, d.texts(v, r))
	if len(list) == 0 && d.Found() == before {
		d.Add(v.Range, "write an item, or remove the key", "%s is empty", v.Path)
	}
	return list
}

// maxLicence is how many bytes a license has in a list.
const maxLicence = 200

// licencePattern is the rule for an item of licenses.allow and licenses.deny. What means
// no license would allow or deny nothing.
func licencePattern(s string) (string, *complaint) {
	if s, bad := noBlank(s); bad != nil {
		return s, bad
	}
	if p := (licence.Policy{Deny: []string{s}}); len(s) > maxLicence || len(p.Unknown()) > 0 {
		return "", complain("write an SPDX identifier, such as MIT, or GPL-* for all whose names start so; one that the list lacks is LicenseRef-NAME",
			"no license is called %s", show(s))
	}
	return s, nil
}

// noBlank refuses empty strings and control characters.
func noBlank(s string) (string, *complaint) {
	if s == "" {
		return "", complain("write a value", "found an empty string")
	}
	return oneLine(s)
}
