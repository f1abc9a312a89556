package frontend

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestOutlineTellsWhatMayBeMissing: the outline says what a caller must pass.
func TestOutlineTellsWhatMayBeMissing(t *testing.T) {
	b := checked(`build:
  secrets: [{id: a, env: A}, {id: b, env: B, required: false}]
  ssh: [default, {id: other, required: false}]
  run: make
binary: app
`, nil)
	out, err := b.outline(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, s := range out.Secrets {
		got[s.Name] = s.Required
	}
	for _, s := range out.SSH {
		got[s.Name] = s.Required
	}
	if diff := cmp.Diff(map[string]bool{"a": true, "b": false, "default": true, "other": false}, got); diff != "" {
		t.Error("required (-want +got):", diff)
	}
}
