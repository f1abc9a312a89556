package frontend

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
)

func TestExplainMismatch(t *testing.T) {
	wanted, found := strings.Repeat("a", 64), strings.Repeat("b", 64)
	text := fmt.Sprintf("build:\n  run: make\n  sources:\n    - {http: 'http://a.example/x', sha256: %s}\nbinary: a.out\n", wanted)
	p := parsedText(t, text)
	for _, message := range []string{
		"solve: digest mismatch sha256:" + found + ": sha256:" + wanted,
		"digest mismatch for http://a.example/x: sha256:" + found + " (expected: sha256:" + wanted + ")",
	} {
		err := p.explainMismatch(errors.New(message))
		want := "what http://a.example/x answers has the checksum " + found + ", not " + wanted +
			"; if it is the file that you want, and no page about an error, write sha256: " + found
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		if s := errdefs.Sources(err); len(s) != 1 || s[0].Ranges[0].Start.Line != 4 {
			t.Errorf("sources %v, want line 4", s)
		}
	}
	for _, message := range []string{"another error", "digest mismatch", "digest mismatch sha256:" + found + ": sha256:" + found} {
		if err := errors.New(message); p.explainMismatch(err) != err {
			t.Errorf("%q was changed", message)
		}
	}
}
