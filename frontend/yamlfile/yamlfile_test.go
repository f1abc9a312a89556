package yamlfile

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

var small = Format{
	Noun:   "the file",
	Size:   Limit{Most: 200, Fix: "write less"},
	Values: Limit{Most: 20, Fix: "write fewer values"},
	Items:  Limit{Most: 5, Fix: "write fewer items"},
	Depth:  6,
}

// read returns the tree of a text, and its problems as an error.
func read(data string, f Format) (*Value, error) {
	p := &Problems{}
	src := NewSource(p, f, []byte(data))
	if src == nil {
		return nil, p.Errors("f")
	}
	root := Parse(p, f, src)
	return root, p.Errors("f")
}

// TestTree reads one of each kind of value, with its place.
func TestTree(t *testing.T) {
	root, err := read("\ufeffé: [1, 'it''s']\nmap: {a: true, b: }\ntext: |\n  x\n  y\n", small)
	if err != nil {
		t.Fatal(err)
	}
	rng := func(line, column, endLine, endColumn int) Range {
		return Range{Position{line, column}, Position{endLine, endColumn}}
	}
	want := &Value{Kind: KindMapping, Range: rng(1, 1, 5, 4), Refused: map[string]bool{}, Entries: []Entry{
		{String{"é", rng(1, 1, 1, 2)}, &Value{Kind: KindList, Path: `"é"`, Range: rng(1, 4, 1, 16), Items: []*Value{
			{Kind: KindNumber, Path: `"é"[0]`, Text: "1", Range: rng(1, 5, 1, 6)},
			{Kind: KindString, Path: `"é"[1]`, Text: "it's", Range: rng(1, 8, 1, 15)},
		}}},
		{String{"map", rng(2, 1, 2, 4)}, &Value{Kind: KindMapping, Path: "map", Range: rng(2, 6, 2, 20), Refused: map[string]bool{}, Entries: []Entry{
			{String{"a", rng(2, 7, 2, 8)}, &Value{Kind: KindBool, Path: "map.a", Text: "true", Range: rng(2, 10, 2, 14)}},
			{String{"b", rng(2, 16, 2, 17)}, &Value{Kind: KindNothing, Path: "map.b", Range: rng(2, 16, 2, 17)}},
		}}},
		{String{"text", rng(3, 1, 3, 5)}, &Value{Kind: KindString, Path: "text", Text: "x\ny\n", Range: rng(3, 7, 5, 4)}},
	}}
	if diff := cmp.Diff(want, root); diff != "" {
		t.Error(diff)
	}
}

// TestRefused: syntax that hides the meaning of a file, and a file that is too large, are
// errors with a place.
func TestRefused(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"anchor", "a: &x 1\n", "f:1:4: found a YAML anchor"},
		{"alias", "a: &x 1\nb: *x\n", "f:2:4: found the YAML alias *x"},
		{"tag", "a: !!str 1\n", "f:1:4: found a YAML tag"},
		{"merge key", "<<: {a: 1}\n", "f:1:1: found a YAML merge key"},
		{"list as a key", "[a]: 1\n", "f:1:1: found a list as a key"},
		{"key twice", "a: 1\nb: 2\na: 3\n", "f:3:1: the key a is written twice, first on line 1"},
		{"key twice in another form", "a: 1\n\"\\x61\": 3\n", "f:2:1: the key a is written twice, first on line 1"},
		{"second document", "a: 1\n---\nb: 2\n", "f:2:1: a second YAML document starts here"},
		{"syntax", "a: [1\n", "not valid YAML: "},
		{"not UTF-8", "# \xff\na: 1\n", "f:1:3: the byte 0xff is not UTF-8"},
		{"invisible", "a: 1 # \u202e\n", "f:1:8: found the invisible character U+202E"},
		{"NUL", "a: \x00\n", "f:1:4: found a NUL byte"},
		{"carriage return", "a: 1\rb: 2\n", "f:1:5: found a carriage return"},
		{"size", "a: 1\n#" + strings.Repeat("x", 200), "f:2:1: the file has more than 200 bytes, which this line passes; write less"},
		{"values", "[[1,2,3,4],[1,2,3,4],[1,2,3,4],[1,2,3,4]]", "f:1:39: the file has more than 20 keys and values; write fewer values"},
		{"items", "a: [1,2,3,4,5,6]", "f:1:15: a has more than 5 items; write fewer items"},
		{"keys", "{a: 1,b: 1,c: 1,d: 1,e: 1,f: 1}", "f:1:27: the file has more than 5 keys; write fewer items"},
		{"depth", "[[[[[[[[1]]]]]]]]", "not valid YAML: "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := read(tc.text, small)
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("the error is %v, want %s", err, tc.want)
			}
		})
	}
}

// TestEmpty: an empty file and an empty value are no errors here.
func TestEmpty(t *testing.T) {
	for _, text := range []string{"", "# nothing\n", "---\n", "~\n"} {
		root, err := read(text, small)
		if err != nil || root.Kind != KindNothing {
			t.Errorf("%q: %+v, %v", text, root, err)
		}
	}
}

// TestZeroIsNoLimit reads a file that passes all limits of small except the depth.
func TestZeroIsNoLimit(t *testing.T) {
	text := "a: [" + strings.Repeat("1, ", 1000) + "]\n"
	f := Format{Noun: "the file", Size: Limit{Most: len(text)}, Depth: 6}
	root, err := read(text, f)
	if err != nil || len(root.Entries[0].Value.Items) != 1000 {
		t.Errorf("the error is %v", err)
	}
}

// FuzzParse: the places of problems and values are inside the text.
func FuzzParse(f *testing.F) {
	f.Add("a: [1, 'x']\nb: {c: |\n  text\n}\n")
	f.Add("\ufeffé: &x *y\r\n")
	f.Add("? [a]\n: !!t {b, c: }\n")
	f.Fuzz(func(t *testing.T, text string) {
		root, err := read(text, small)
		lines := strings.Split(strings.TrimPrefix(text, "\ufeff"), "\n")
		check := func(r Range) {
			t.Helper()
			for _, at := range []Position{r.Start, r.End} {
				if at.Line < 1 || at.Line > len(lines) || at.Column < 1 || at.Column > utf8.RuneCountInString(lines[at.Line-1])+1 {
					t.Fatalf("%v is not inside of the text", r)
				}
			}
			if ComparePositions(r.Start, r.End) > 0 {
				t.Fatalf("%v ends before it starts", r)
			}
		}
		if err != nil {
			var errs *Errors
			if !errors.As(err, &errs) || len(errs.Problems) == 0 {
				t.Fatalf("the error is %v", err)
			}
			for _, p := range errs.Problems {
				check(p.Range)
			}
			return
		}
		var walk func(*Value)
		walk = func(v *Value) {
			check(v.Range)
			for _, item := range v.Items {
				walk(item)
			}
			for _, e := range v.Entries {
				check(e.Key.Range)
				walk(e.Value)
			}
		}
		walk(root)
	})
}
