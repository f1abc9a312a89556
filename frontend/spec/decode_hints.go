package spec

import "github.com/rene2/scratch-frontend/frontend/needs"

// hintFields are the keys of hints: a code each, with the reason why its hints are not
// shown.
var hintFields = makeHintFields()

func makeHintFields() []field[[]Hint] {
	out := make([]field[[]Hint], 0, len(needs.Codes()))
	for _, code := range needs.Codes() {
		out = append(out, field[[]Hint]{key: string(code), doc: code.Doc(),
			form: as(aString, func(d *decoder, v *value, hints *[]Hint) {
				if reason, ok := d.text(v, noBlankLine); ok {
					*hints = append(*hints, Hint{code, reason})
				}
			})})
	}
	return out
}

func (d *decoder) hints(v *value) []Hint {
	var out []Hint
	decodeMapping(d, v, &out, hintFields)
	return out
}

// noBlankLine is the rule for a reason.
func noBlankLine(s string) (string, *complaint) {
	if s == "" {
		return "", complain("say why the hint does not matter", "found an empty string")
	}
	return oneLine(s)
}
