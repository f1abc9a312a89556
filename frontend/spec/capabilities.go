package spec

import (
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/capability"
	"github.com/rene2/scratch-frontend/frontend/nearest"
)

// capabilities decodes the file capabilities of a program.
func (d *decoder) capabilities(v *value) []String {
	d.refuseEmpty(v, "remove the key, or name a capability")
	list := d.uniqueTexts(v.Path, d.texts(v, capabilityName))
	slices.SortFunc(list, func(a, b String) int { return strings.Compare(a.Value, b.Value) })
	return list
}

// capabilityName is the rule for an item of capabilities.
func capabilityName(s string) (string, *complaint) {
	if capability.IsName(s) {
		return s, nil
	}
	// setcap writes cap_net_bind_service=ep or cap_net_bind_service+ep.
	name, _, _ := strings.Cut(strings.ToLower(s), "=")
	name, _, _ = strings.Cut(name, "+")
	near := nearest.Word(strings.TrimPrefix(name, "cap_"), capability.Names())
	if near == "" {
		return "", complain("write a name of capabilities(7), such as net_bind_service", "there is no capability %s", show(s))
	}
	return "", complain("did you mean "+near+"?", "there is no capability %s", show(s))
}
