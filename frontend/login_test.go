package frontend

import (
	"errors"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"
)

func TestExplainLogin(t *testing.T) {
	const text = `build:
  run: make
  sources:
    - {git: 'https://Git.example:8443/a.git', ref: main, to: a}
    - {git: 'http://plain.example/p.git', ref: main, to: b}
binary: a.out
`
	p := parsedText(t, text)
	for _, tc := range []struct {
		message, want string
		line          int32
	}{
		{"fatal: could not read Username for 'https://Git.example:8443': terminal prompts disabled", "--secret id=GIT_AUTH_TOKEN.git.example:8443,", 4},
		{"fatal: could not read Username for 'http://plain.example': terminal prompts disabled", "https", 5},
	} {
		err := p.explainLogin(errors.New(tc.message))
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%v: no word of %s", err, tc.want)
		}
		if s := errdefs.Sources(err); len(s) != 1 || s[0].Ranges[0].Start.Line != tc.line {
			t.Errorf("sources %v, want line %d", s, tc.line)
		}
	}
	for _, message := range []string{"another error", "'https://other.example': terminal prompts disabled"} {
		if err := errors.New(message); p.explainLogin(err) != err {
			t.Errorf("%q was changed", message)
		}
	}
}
