package verifystep

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rene2/scratch-frontend/frontend/verify"
)

// codes reads the step's own codes out of their source, so that none can be forgotten.
func codes(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile("advice.go")
	must(t, err)
	var out []string
	for _, m := range regexp.MustCompile(`(?m)^\tCode\w+ +verify\.Code = "([a-z-]+)"$`).FindAllSubmatch(source, -1) {
		out = append(out, string(m[1]))
	}
	slices.Sort(out)
	return out
}

// Nobody is refused without a word on what to change.
func TestEveryCodeHasRemedy(t *testing.T) {
	for _, code := range codes(t) {
		p := Program{Report: &verify.Report{Reasons: []verify.Reason{{Code: verify.Code(code)}}}}
		if p.advise().Reasons[0].Remedy == "" {
			t.Errorf("%s has no remedy", code)
		}
	}
}

func TestDocumentedCodes(t *testing.T) {
	doc, err := os.ReadFile("../../../docs/verification.md")
	must(t, err)
	var rows []string
	for _, m := range regexp.MustCompile("(?m)^- `([a-z-]+)`: ").FindAllSubmatch(doc, -1) {
		rows = append(rows, string(m[1]))
	}
	slices.Sort(rows)
	if diff := cmp.Diff(codes(t), rows); diff != "" {
		t.Errorf("list of docs/verification.md (-want +got):\n%s", diff)
	}
}
