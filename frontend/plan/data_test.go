package plan

import (
	"slices"
	"testing"
)

// TestPlainData: data without programs needs no step, unless the file says that some of the
// data is not verified: the step then tells it to provenance.
func TestPlainData(t *testing.T) {
	for files, tc := range map[string]struct{ planned, plain bool }{
		"[data]":                         {true, false},
		"[{from: data, mode: \"0644\"}]": {false, false},
		"[data, {from: opt, to: /opt, unverified: true}]":                    {true, true},
		"[{inline: x, to: /etc/x}, {from: opt, to: /opt, unverified: true}]": {true, true},
	} {
		sf := parse(t, "build: {run: make}\nbinary: a.out\nfiles: "+files+"\n")
		for _, plain := range []bool{false, true} {
			p := makePlan(t, sf, Options{Platform: amd64, PlainData: plain})
			want := tc.planned
			if plain {
				want = tc.plain
			}
			if got := !p.DataReport.IsZero(); got != want {
				t.Errorf("%s, plain %v: a step %v, want %v", files, plain, got, want)
			}
			gates := slices.ContainsFunc(origins(p, p.Image), func(r Ref) bool { return r.Path == passed })
			if gates != want {
				t.Errorf("%s, plain %v: the image waits: %v", files, plain, gates)
			}
			// Only where the look decides there is something to look at.
			if look := !p.Data.IsZero(); look != (want && !tc.plain) {
				t.Errorf("%s, plain %v: a look %v", files, plain, look)
			}
		}
	}
}
