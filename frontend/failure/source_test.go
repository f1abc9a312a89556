package failure

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/moby/buildkit/solver/errdefs"

	"github.com/rene2/scratch-frontend/frontend/plan"
)

func TestExplainMismatch(t *testing.T) {
	wanted, found := strings.Repeat("a", 64), strings.Repeat("b", 64)
	text := fmt.Sprintf("build:\n  run: make\n  sources:\n    - {http: 'http://a.example/x', sha256: %s}\nbinary: a.out\n", wanted)
	p := parse(t, text)
	for _, message := range []string{
		"solve: digest mismatch sha256:" + found + ": sha256:" + wanted,
		"digest mismatch for http://a.example/x: sha256:" + found + " (expected: sha256:" + wanted + ")",
	} {
		err := p.explainChecksum(errors.New(message))
		want := "what http://a.example/x answers has the checksum " + found + ", not " + wanted +
			"; fix: if it is the file that you want, and no page about an error, write sha256: " + found
		if err.Error() != want {
			t.Errorf("got  %s\nwant %s", err, want)
		}
		if s := errdefs.Sources(err); len(s) != 1 || s[0].Ranges[0].Start.Line != 4 {
			t.Errorf("sources %v, want line 4", s)
		}
	}
	for _, message := range []string{"another error", "digest mismatch", "digest mismatch sha256:" + found + ": sha256:" + found} {
		if err := errors.New(message); p.explainChecksum(err) != err {
			t.Errorf("%q was changed", message)
		}
	}
}

func TestExplainLogin(t *testing.T) {
	const text = `build:
  run: make
  sources:
    - {git: 'https://Git.example:8443/a.git', ref: main, to: a}
    - {git: 'http://plain.example/p.git', ref: main, to: b}
binary: a.out
`
	p := parse(t, text)
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

// TestExplainCommit: a ref that leads elsewhere, or nowhere, has its line and a remedy.
func TestExplainCommit(t *testing.T) {
	wanted, found, tag := strings.Repeat("a", 40), strings.Repeat("b", 40), strings.Repeat("c", 40)
	b := parse(t, fmt.Sprintf(`build:
  run: make
  sources:
    - {git: 'https://git.example/a.git', ref: other, commit: %s, to: a}
    - {git: 'https://git.example/b.git?token=x', ref: v1, commit: %[1]s, to: b}
    - {git: 'https://git.example/c.git', ref: main, to: c}
binary: a.out
`, wanted))
	sources := b.File.Build.Sources
	mismatch := "expected checksum to match " + wanted + ", got "
	for _, tc := range []struct {
		text string
		at   int
		want string
	}{
		{mismatch + found, 1, `"v1" of https://git.example/b.git leads to ` + found + ", not to the commit " + wanted + "; fix: if it is what you want, write commit: " + found},
		{mismatch + tag + " or " + found, 0, "write commit: " + found},
		{mismatch + " or " + tag, 0, "write commit: " + tag}, // as BuildKit v0.34.2 says it of an annotated tag
		{`repository does not contain ref main, output: ""`, 2, `https://git.example/c.git has no branch and no tag "main"; fix: correct ref`},
	} {
		err := b.Explain(t.Context(), marking(t, b, tc.text, sources[tc.at].Range))
		if !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%q does not say %q", err, tc.want)
		}
		if got := placesOf(err); len(got) != 1 || got[0] != sources[tc.at].Range {
			t.Errorf("places %v, want %v", got, sources[tc.at].Range)
		}
	}
	for _, other := range []error{
		errors.New(mismatch + found), // of no line
		marking(t, b, mismatch+found, sources[2].Range),
		marking(t, b, `repository does not contain ref x, output: ""`, sources[2].Range),
	} {
		if got := b.Explain(t.Context(), other); got != other {
			t.Errorf("%v became %v", other, got)
		}
	}
}

// TestExplainFetch: a source that can't be fetched has a remedy, and the daemon's reason is
// last. An error with a remedy, and one of another step, stays.
func TestExplainFetch(t *testing.T) {
	b := parse(t, "build:\n  run: make\n  sources:\n    - {git: 'https://git.example/a.git', ref: main, to: a}\nbinary: a.out\n")
	at := b.File.Build.Sources[0].Range
	const reason = "failed to fetch remote https://git.example/a.git: connection refused"
	fetch := &plan.Step{Kind: plan.KindSource, Title: "git https://git.example/a.git main", Source: &plan.Source{Git: &plan.Git{}}}
	for _, tc := range []struct {
		name, text string
		step       *plan.Step
		want       string
	}{
		{"source", reason, fetch, "git https://git.example/a.git main can't be fetched\n  fix: correct it, or see that the builder reaches its server\n  the builder says: " + reason},
		{"explained", reason + "; fix: x", fetch, reason + "; fix: x"},
		{"command", reason, &plan.Step{Kind: plan.KindBuild, Exec: &plan.Exec{}}, reason},
		{"no step", reason, nil, reason},
	} {
		t.Run(tc.name, func(t *testing.T) {
			b.Step = tc.step
			if got := b.Explain(t.Context(), marking(t, b, tc.text, at)).Error(); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}
