package spec

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/moby/buildkit/frontend/dockerfile/shell"
)

// dockerfileEnv is args as BuildKit's lexer of Dockerfiles reads them.
type dockerfileEnv map[string]string

func (e dockerfileEnv) Get(name string) (string, bool) { v, ok := e[name]; return v, ok }
func (e dockerfileEnv) Keys() []string                 { return slices.Sorted(maps.Keys(e)) }

// expanded is all that comes of a substitution.
type expanded struct {
	Text    string
	Unknown []string
	Error   string
}

func expandHere(text string, env dockerfileEnv) expanded {
	out, unknown, err := expandSubstitution(text, env.Get)
	return newExpanded(out, unknown, err)
}

// expandInDockerfile is what BuildKit makes of the same text. A substitution of this
// package has no quotes.
func expandInDockerfile(text string, env dockerfileEnv) expanded {
	lex := shell.NewLex('\\')
	lex.SkipProcessQuotes = true
	r, err := lex.ProcessWordWithMatches(text, env)
	return newExpanded(r.Result, r.Unmatched, err)
}

func newExpanded(text string, unknown map[string]struct{}, err error) expanded {
	out := expanded{Text: text, Unknown: slices.Sorted(maps.Keys(unknown))}
	for ; err != nil; err = errors.Unwrap(err) {
		out.Text, out.Error = "", strings.TrimPrefix(err.Error(), "syntax error: ")
	}
	if strings.HasPrefix(out.Error, "invalid pattern") {
		out.Error = "invalid pattern" // BuildKit shows that of an end backwards
	}
	return out
}

// substitutionCases are texts, with A, B and E as args.
var substitutionCases = []string{
	"$A", "${A}", "$", "$ ", "$A$B", "$Ax", "$_", "$1a", "$#", "${#}", "${#A}", "${}", "${:}", "${{A}", "${", "${A", "${A:", "${A:}", "${A:x}", "${A|b}", "${ä}", "${é-x}",
	"${A-x}", "${A:-x}", "${E-x}", "${E:-x}", "${N-x}", "${N:-x}", "${A+x}", "${A:+x}", "${E+x}", "${E:+x}", "${N+x}", "${N:+x}",
	"${A?x}", "${E?x}", "${E:?x}", "${E:?}", "${N?x}", "${N?}", "${N:?}", "${N:-${B}}", "${N:-${E:-$A}}", "${N:?${B}}", "${N:-${N:?no}}", "${N:-${N/x}}",
	`${N:-a\}b}`, `${N:-\$A}`, `${N:-a\\b}`, `${N:-a\`, "${N:-'x'}", `${N:-"x"}`, "${N:-<<x}", "${N:-<< x <y}", "${+x}", "${/a/b}",
	"${A#a}", "${A#*/}", "${A##*/}", "${A%/*}", "${A%%/*}", "${A%?}", "${A%%*}", "${A#*}", "${A##*}", "${A%*}", "${A#}", "${A##}", "${A%}", "${A:#a}", "${A:%a}", "${A#x}", "${A%x}",
	"${A#${B}}", "${A%${B}*}", `${A#\*}`, `${A#\a}`, `${A%\a}`, `${A#\}}`, `${A%\/*}`, `${S#*\*}`, `${S%\**}`, `${S##*\?}`, "${S#*[}", "${S%.*}", "${L#*}", "${L##*}", "${L%*}", "${L%%*}", "${L%%?b*}",
	"${A/b/x}", "${A//b/x}", "${A/b/}", "${A//\\//-}", "${A/b}", "${A//b}", "${A///x}", "${A//*/x}", "${A//?/x}", `${A/\b/x}`, `${A/b/\}}`, `${A/b/\\}`, "${A/b/x", "${U//?/x}", "${U%?}", "${U#?}",
}

var substitutionArgs = dockerfileEnv{"A": "a/b/c/b.a", "B": "a/", "E": "", "S": "a*b?[c].d*", "L": "one\ntwob\nthree", "U": "äöü"}

// TestSubstitutionsAreADockerfiles: what a Dockerfile's line has means the same in a
// Scratchfile.
func TestSubstitutionsAreADockerfiles(t *testing.T) {
	for _, text := range substitutionCases {
		want, got := expandInDockerfile(text, substitutionArgs), expandHere(text, substitutionArgs)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-BuildKit +here):\n%s", text, diff)
		}
	}
}

func FuzzSubstitutionsAreADockerfiles(f *testing.F) {
	for _, text := range substitutionCases {
		for _, v := range substitutionArgs {
			f.Add(text, v)
		}
	}
	f.Fuzz(func(t *testing.T, text, a string) {
		// BuildKit takes "$1" in ${A//x/$1} for a group of the pattern; here it is refused before.
		if !utf8.ValidString(text+a) || len(text) > 100 || len(a) > 1000 || replacesWithArgs(text) {
			t.Skip()
		}
		env := dockerfileEnv{"A": a, "B": "b", "E": ""}
		want, got := expandInDockerfile(text, env), expandHere(text, env)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q (-BuildKit +here):\n%s", text, diff)
		}
	})
}

// TestSiblingReplacesWithArgs: a substitution that replaces by an arg is refused wherever it
// stands in another one.
func TestSiblingReplacesWithArgs(t *testing.T) {
	for text, want := range map[string]bool{
		"${A//x/${B}}":               true,
		"${A:-${B//x/$A}}":           true,
		"${A:-${B}${B//x/${A}}}":     true,
		"${A:-$B${A}${B}${B/${A}/}}": true,
		"${A:-${B}${B//x/y}}":        false,
		"${A:-/${B}}":                false,
		"${A//x/y}":                  false,
	} {
		if got := replacesWithArgs(text); got != want {
			t.Errorf("%s: got %v", text, got)
		}
	}
}
