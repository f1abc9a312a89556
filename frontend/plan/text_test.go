package plan

import "testing"

func TestLinesText(t *testing.T) {
	for _, tc := range []struct {
		lines []int
		want  string
	}{
		{nil, ""},
		{[]int{3}, " (line 3)"},
		{[]int{3, 4}, " (lines 3-4)"},
		{[]int{1, 3, 4, 5, 9}, " (lines 1, 3-5, 9)"},
	} {
		if got := linesText(tc.lines); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.lines, got, tc.want)
		}
	}
}

func TestShellWord(t *testing.T) {
	for in, want := range map[string]string{
		"": "''", "make": "make", "-j4": "-j4", "a b": "'a b'", "it's": `'it'\''s'`, "$X": "'$X'", "a~1": "a~1", "~": "'~'",
	} {
		if got := shellWord(in); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
