package spec

import (
	"errors"
	"strings"
	"testing"
)

// TestArgBetweenBrackets: YAML takes the brace of an arg for a mapping, where it stands in
// brackets without quotes.
func TestArgBetweenBrackets(t *testing.T) {
	for _, text := range []string{"files: [{from: x, to: /x-${V}.txt, mode: 1}]", "files: [a-${V}.txt, b]", "files: [${V}, b]", "binary: {from: ${V}}", "binary: {from: c${V}, to: /d}"} {
		_, err := Parse("f", []byte("args: {V: 1}\n"+text+"\n"), Vars{})
		if err == nil || !strings.Contains(err.Error(), "${…} needs quotes") {
			t.Errorf("%s: %v", text, err)
		}
	}
}

// TestSyntaxErrorsSayWhatToChange: what people write by mistake is explained, whatever the
// YAML library says of it.
func TestSyntaxErrorsSayWhatToChange(t *testing.T) {
	for _, text := range []string{
		"%YAML 1.2\n---\nbinary: a\n", "%YAML x\n---\nbinary: a\n", "%FOO\n---\nbinary: a\n", "%TAG x\n---\nbinary: a\n", "binary: a\n%YAML 1.1\n---\n",
		"binary: a\n... b\n", "files: [*]\nbinary: a\n", "binary: &\n", "files:\n  - */x\nbinary: a\n", "binary: !<x\n", "binary: !a!b c\n", "binary: !<>\n",
		"build: {run: ? x}\nbinary: a\n", "build:\n  run: a\n  ? b ? c\nbinary: a ? b: c\n", "build:\n  run: |make\nbinary: a\n", "build:\n  run: |0\n    make\nbinary: a\n",
		"build:\n  run: > make\nbinary: a\n", "build:\n  run: \"a\"#b\nbinary: a\n", "binary: \"\\u12\"\n", "binary: \"\\ud800\"\n", "binary: \"\\xg\"\n", "binary: \"\\q\"\n",
		"binary: [a\n", "binary: {a\n", "binary: 'a\n", "\tbinary: a\n", "binary: @a\n", "binary: a: b\n", "binary:\n- a\n b: c\n", "? [a\n",
	} {
		_, err := Parse("Scratchfile", []byte(text), Vars{})
		var problems *Errors
		if !errors.As(err, &problems) {
			t.Errorf("%q is read: %v", text, err)
			continue
		}
		for _, p := range problems.Problems {
			if p.Fix == "" {
				t.Errorf("%q: %v", text, p)
			}
		}
	}
}
