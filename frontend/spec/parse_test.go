package spec

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExpand(t *testing.T) {
	value := func(s string) *string { return &s }
	for _, tc := range []struct {
		in, want string
	}{
		{"plain", "plain"},
		{"", ""},
		{"$A", "a"},
		{"${A}", "a"},
		{"x${A}y$A/z", "xay" + "a/z"},
		{"$A_", ""}, // the name is A_
		{"${UNSET}", ""},
		{"${UNSET:-d}", "d"},
		{"${EMPTY:-d}", "d"},
		{"${EMPTY-d}", ""},
		{"${A:+yes}", "yes"},
		{"${UNSET:-${A}${A}}", "aa"},
		{"${PATHS#*/}", "b/c.txt"},
		{"${PATHS##*/}", "c.txt"},
		{"${PATHS%.txt}", "a/b/c"},
		{"${PATHS//\\//_}", "a_b_c.txt"},
		{"${UNSET:-a\\}b}", "a}b"},
		{"${QUOTED}", `"q" '\n' $A`}, // values are not expanded again
		// Outside of a substitution, only \$ is special.
		{`\$A`, "$A"},
		{`\${A}`, "${A}"},
		{`\\$A`, `\$A`},
		{`a\b\\c\`, `a\b\\c\`},
		{`"$A" 'A' '$A'`, `"a" 'A' 'a'`},
		{`-DX=\"$A\"`, `-DX=\"a\"`},
		{"$", "$"},
		{"a$", "a$"},
		{"5 $ or $.", "5 $ or $."},
		{"<<EOF $A", "<<EOF a"},
		{"é$A", "éa"},
		{"$é", "$é"},
	} {
		s := newScope(Vars{})
		s.declare("A", value("a"))
		s.declare("A_", value(""))
		s.declare("EMPTY", value(""))
		s.declare("UNSET", nil)
		s.declare("PATHS", value("a/b/c.txt"))
		s.declare("QUOTED", value(`"q" '\n' $A`))
		got, bad := s.expand(tc.in)
		if bad != nil {
			t.Errorf("expand(%q): %s", tc.in, bad.found)
		} else if got != tc.want {
			t.Errorf("expand(%q) = %q, want %q", tc.in, got, tc.want)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	file := []byte("build: {run: make}\nbinary: a\n#")
	file = append(file, bytes.Repeat([]byte("x"), MaxSize-len(file))...)
	if _, err := Parse("f", file, Vars{}); err != nil {
		t.Errorf("at the limit: %v", err)
	}
	if _, err := Parse("f", append(file, 'x'), Vars{}); err == nil {
		t.Error("a file above the limit was accepted")
	}
}

func TestErrors(t *testing.T) {
	_, err := Parse("dir/Scratchfile", []byte("binary: [\"\"]\nbuild: {run: make, envv: {}}\n"), Vars{})
	want := `dir/Scratchfile:1:10: binary[0]: found an empty path; write a path
dir/Scratchfile:2:20: unknown key "envv" in build; did you mean env?`
	if err == nil || err.Error() != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
	var errs *Errors
	if !errors.As(fmt.Errorf("wrapped: %w", err), &errs) {
		t.Error("errors.As does not find *Errors")
	}
}

func TestPassedArgs(t *testing.T) {
	file := []byte("args: {A: default, B: }\nbuild: {run: make}\nbinary: ${A}${B:-none}\n")
	for _, tc := range []struct {
		args map[string]string
		want string
	}{
		{nil, "/src/defaultnone"},
		{map[string]string{"A": "x"}, "/src/xnone"},
		{map[string]string{"A": "", "B": "y"}, "/src/y"},
		{map[string]string{"A": "$B"}, "/src/$Bnone"},
	} {
		sf, err := Parse("f", file, Vars{Args: tc.args})
		if err != nil {
			t.Errorf("%v: %v", tc.args, err)
		} else if got := sf.Binaries[0].Path.Value; got != tc.want {
			t.Errorf("%v: %q, want %q", tc.args, got, tc.want)
		}
	}
	for _, bad := range []string{"a\x00b", "a\xffb", "a\nb", "../../x"} {
		if _, err := Parse("f", file, Vars{Args: map[string]string{"A": bad}}); err == nil {
			t.Errorf("the arg %q was accepted in a path", bad)
		}
	}
}

func TestComments(t *testing.T) {
	file := `# about the file
args: # about args
  # not about A

  # first
  #second
  A: 1 # third
  B: "#no" # about B
  C:  # about C
  D: x#y
build: {run: make}
binary: a
`
	sf, err := Parse("f", []byte(file), Vars{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, a := range sf.Args {
		got = append(got, a.Comment)
	}
	want := []string{"first\nsecond\nthird", "about B", "about C", ""}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestHiddenCharactersAreErrors: what no one can see is an error at its place, wherever
// it stands, and no error as an escape.
func TestHiddenCharactersAreErrors(t *testing.T) {
	const file = "build: {run: make}\nbinary: a\nimage: {labels: {a: \"x%s\"}} # %s\n"
	for _, r := range "\u00ad\u061c\u180e\u200b\u200d\u2060\u2063\u206a\u3164\u115f\uffa0\u034f\u2800\ufff9\U000e0041\U000e0100" {
		for _, text := range []string{fmt.Sprintf(file, string(r), ""), fmt.Sprintf(file, "", string(r))} {
			_, err := Parse("F", []byte(text), Vars{})
			if want := fmt.Sprintf("the invisible character %U", r); err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %s", text, err, want)
			}
		}
		escaped := fmt.Sprintf(file, fmt.Sprintf("\\U%08x", r), "")
		if _, err := Parse("F", []byte(escaped), Vars{}); err != nil {
			t.Error(err)
		}
	}
	seen := fmt.Sprintf(file, "\u00e9\u65e5\u26a0\ufe0f\U0001f600\U0001fadf", "\u3000")
	if _, err := Parse("F", []byte(seen), Vars{}); err != nil {
		t.Error(err)
	}
}

// TestPassedPlatformArg: a caller can't change a predefined arg, and is told so. Passing the
// value that it has is nothing to tell.
func TestPassedPlatformArg(t *testing.T) {
	sf, err := Parse("f", []byte("build: {run: make}\nbinary: app\n"), Vars{
		Args:     map[string]string{"TARGETARCH": "arm64", "TARGETOS": "linux", "TARGETVARIANT": "v8", "NOBODY": "x"},
		Platform: map[string]string{"TARGETARCH": "amd64", "TARGETOS": "linux"},
	})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"NOBODY", "TARGETARCH"}; !slices.Equal(sf.UndeclaredArgs, want) {
		t.Errorf("the build warns of %q, want %q", sf.UndeclaredArgs, want)
	}
	if got := UndeclaredArg("TARGETARCH"); !strings.Contains(got, "--platform") || strings.Contains(got, "args:") {
		t.Error(got)
	}
}

// TestPassedBuilderArg: an arg has no effect unless its name is written as BuildKit reads it,
// and the caller is told so. Proxies are read in any case.
func TestPassedBuilderArg(t *testing.T) {
	sf, err := Parse("f", []byte("build: {run: make}\nbinary: app\n"), Vars{Args: map[string]string{
		"SOURCE_DATE_EPOCH": "1", "BUILDKIT_SYNTAX": "a", "Http_Proxy": "b", "source_date_epoch": "1", "buildkit_syntax": "a",
	}})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"buildkit_syntax", "source_date_epoch"}; !slices.Equal(sf.UndeclaredArgs, want) {
		t.Errorf("the build warns of %q, want %q", sf.UndeclaredArgs, want)
	}
}
