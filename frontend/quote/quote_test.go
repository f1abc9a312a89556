package quote

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestForms(t *testing.T) {
	for _, tc := range []struct{ in, text, line, quoted string }{
		{"", "", "", `""`},
		{"plain", "plain", "plain", `"plain"`},
		{"é 日 ok", "é 日 ok", "é 日 ok", `"é 日 ok"`},
		{"a\nb\tc", "a\nb\tc", `a\u000ab\u0009c`, `"a\nb\tc"`},
		{"\x1b[31m", `\u001b[31m`, `\u001b[31m`, `"\x1b[31m"`},
		{"\u009b31m", `\u009b31m`, `\u009b31m`, `"\u009b31m"`},
		{"a\u202eb", `a\u202eb`, `a\u202eb`, `"a\u202eb"`},
		{"\u2028\u2029\x7f\r", `\u2028\u2029\u007f\u000d`, `\u2028\u2029\u007f\u000d`, `"\u2028\u2029\x7f\r"`},
		{"\U000e0001", `\udb40\udc01`, `\udb40\udc01`, `"\U000e0001"`},
		{"a\xffb", "a\ufffdb", "a\ufffdb", `"a\xffb"`},
	} {
		if got := Text(tc.in); got != tc.text {
			t.Errorf("Text(%q) = %q, want %q", tc.in, got, tc.text)
		}
		if got := Line(tc.in); got != tc.line {
			t.Errorf("Line(%q) = %q, want %q", tc.in, got, tc.line)
		}
		if got := String(tc.in); got != tc.quoted {
			t.Errorf("String(%q) = %s, want %s", tc.in, got, tc.quoted)
		}
	}
}

func TestLongStringsAreCut(t *testing.T) {
	long := strings.Repeat("é", 1000)
	if got, want := String(long), `"`+strings.Repeat("é", maxString)+`"...`; got != want {
		t.Errorf("String: %s", got)
	}
	if got, want := Short(long), strings.Repeat("é", maxShort)+"…"; got != want {
		t.Errorf("Short: %s", got)
	}
}

func TestLinesKeepColumns(t *testing.T) {
	in := "\ufeffa: \"\x1b[31m\"\r\n\u202eb: 2\n"
	got := string(Lines([]byte(in)))
	if want := "\ufeffa: \"\ufffd[31m\"\r\n\ufffdb: 2\n"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// TestWriterSeesWholeCharacters writes a text byte by byte.
func TestWriterSeesWholeCharacters(t *testing.T) {
	in := "é\x1b[1m\u009b\u202e\U000e0001\xff\xc3(\n"
	var b strings.Builder
	w := NewWriter(&b)
	for i := range len(in) {
		if n, err := w.Write([]byte{in[i]}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
	}
	if got := b.String(); got != Text(in) {
		t.Errorf("got %q, want %q", got, Text(in))
	}
}

// FuzzText checks that no character is left that controls a terminal, and that JSON keeps its
// meaning.
func FuzzText(f *testing.F) {
	f.Add("\x1b[31m\u009b\u202e\U000e0001\xff", 3)
	f.Fuzz(func(t *testing.T, in string, cut int) {
		for _, r := range Text(in) {
			if r != '\n' && r != '\t' && !unicode.IsPrint(r) {
				t.Errorf("%U is left", r)
			}
		}
		var b strings.Builder
		w := NewWriter(&b)
		if cut < 0 || cut > len(in) {
			cut = 0
		}
		for _, part := range []string{in[:cut], in[cut:]} {
			if _, err := w.Write([]byte(part)); err != nil {
				t.Fatal(err)
			}
		}
		if utf8.ValidString(in) && b.String() != Text(in) {
			t.Errorf("the writer printed %q, Text gives %q", b.String(), Text(in))
		}
		encoded, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		var want, got string
		if json.Unmarshal(encoded, &want) != nil || json.Unmarshal([]byte(Text(string(encoded))), &got) != nil || got != want {
			t.Errorf("JSON %s became %s", encoded, Text(string(encoded)))
		}
	})
}

// TestShapelessCharacters has letters, marks and symbols that show nothing.
func TestShapelessCharacters(t *testing.T) {
	for _, r := range "\u034f\u115f\u1160\u17b4\u180b\u2800\u3164\ufe00\uffa0\U0001d159\U000e0100" {
		if !unicode.IsPrint(r) {
			t.Errorf("%U is none", r)
		}
		if IsPrint(r) || !IsHidden(r) {
			t.Errorf("%U counts as seen", r)
		}
		for form, got := range map[string]string{
			"Text": Text(string(r)), "Line": Line(string(r)), "String": String(string(r)), "Short": Short(string(r)), "Lines": string(Lines([]byte(string(r)))),
		} {
			if strings.ContainsRune(got, r) {
				t.Errorf("%s shows %U as it is", form, r)
			}
		}
	}
	for _, r := range "a \u00e9\u65e5\u0301\u0600\u00a0\u3000\ufe0f\U0001f600\ue000\U0001fadf" {
		if IsHidden(r) {
			t.Errorf("%U counts as hidden", r)
		}
	}
}
