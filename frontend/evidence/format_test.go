package evidence

import (
	"bytes"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
)

var (
	sumA = strings.Repeat("a", 64)
	sumB = strings.Repeat("b", 64)
)

// sample returns a record with all there can be in one.
func sample() *Link {
	return &Link{
		Version: Version,
		Output:  Output{File: File{"/src/out", sumA, 100}, Identity: sumB},
		Linker:  Linker{"/usr/bin/ld", "GNU ld 2.40", GNU},
		Options: []string{"--static", "--defsym=…"},
		Scripts: []File{{"/src/s.ld", sumA, 1}},
		Inputs: []Input{
			{File: File{"/src/a <&> é.o", sumA, 3}, Kind: Object},
			{File: File{Path: "/tmp/ccXXXXXX.ltrans0.ltrans.o"}, Kind: Generated},
			{File: File{"/usr/lib/libc.a", sumB, 9}, Kind: Archive, Members: []Member{{Name: "f.o", By: "/src/a.o", Symbol: "f"}, {Name: "g.o"}}},
		},
	}
}

func TestEncodeAndParse(t *testing.T) {
	failed := sample()
	failed.Failure, failed.Inputs = "the linker named no input", nil
	for _, l := range []*Link{sample(), failed} {
		line, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(line, []byte("\n")); n != 1 || line[len(line)-1] != '\n' {
			t.Errorf("not one line: %q", line)
		}
		got, err := Parse(line)
		if err != nil || !reflect.DeepEqual(got, l) {
			t.Errorf("%+v, %v\n want %+v", got, err, l)
		}
	}
}

// TestStrict: what is not a record, and what would be read in part, is refused.
func TestStrict(t *testing.T) {
	good, err := sample().Encode()
	if err != nil {
		t.Fatal(err)
	}
	for name, edit := range map[string]func(s string) string{
		"cut":               func(s string) string { return s[:len(s)/2] },
		"without its end":   func(s string) string { return s[:len(s)-1] },
		"two records":       func(s string) string { return s + s },
		"unknown key":       func(s string) string { return strings.Replace(s, `{"version":1`, `{"more":1,"version":1`, 1) },
		"key twice":         func(s string) string { return strings.Replace(s, `{"version":1`, `{"version":1,"version":1`, 1) },
		"key in other case": func(s string) string { return strings.Replace(s, `"version"`, `"Version"`, 1) },
		"spaces":            func(s string) string { return strings.Replace(s, `{"version"`, `{ "version"`, 1) },
		"another version":   func(s string) string { return strings.Replace(s, `"version":1`, `"version":2`, 1) },
		"relative path":     func(s string) string { return strings.Replace(s, `"/src/out"`, `"src/out"`, 1) },
		"path with dots":    func(s string) string { return strings.Replace(s, `"/src/out"`, `"/src/../out"`, 1) },
		"checksum":          func(s string) string { return strings.Replace(s, sumA, sumA[:63]+"g", 1) },
		"capital checksum":  func(s string) string { return strings.Replace(s, sumA, strings.ToUpper(sumA), 1) },
		"negative size":     func(s string) string { return strings.Replace(s, `"size":100`, `"size":-1`, 1) },
		"kind":              func(s string) string { return strings.Replace(s, `"kind":"object"`, `"kind":"thing"`, 1) },
		"linker":            func(s string) string { return strings.Replace(s, `"kind":"gnu"`, `"kind":"other"`, 1) },
		"unknown linker":    func(s string) string { return strings.Replace(s, `"kind":"gnu"`, `"kind":"unknown"`, 1) },
		"member twice":      func(s string) string { return strings.Replace(s, `"g.o"`, `"f.o"`, 1) },
		"no members":        func(s string) string { return strings.Replace(s, `"archive"`, `"object"`, 1) },
		"input twice": func(s string) string {
			return strings.Replace(s, "/usr/lib/libc.a", "/tmp/ccXXXXXX.ltrans0.ltrans.o", 1)
		},
		"failure and inputs": func(s string) string { return strings.Replace(s, `"options"`, `"failure":"x","options"`, 1) },
		"control character":  func(s string) string { return strings.Replace(s, `"--static"`, `"\u001b[2J"`, 1) },
		"nothing":            func(string) string { return "" },
		"null":               func(string) string { return "null\n" },
		"neither failure nor inputs": func(s string) string {
			return s[:strings.Index(s, `,"inputs"`)] + "}\n"
		},
	} {
		bad := edit(string(good))
		if bad == string(good) {
			t.Fatalf("%s: the edit changes nothing", name)
		}
		if l, err := Parse([]byte(bad)); err == nil {
			t.Errorf("%s is read: %+v", name, l)
		}
	}
}

func TestReadFolder(t *testing.T) {
	first, second := sample(), sample()
	second.Output.Path, second.Inputs[0].SHA256 = "/src/another", strings.Repeat("c", 64)
	line := func(l *Link) *fstest.MapFile {
		b, err := l.Encode()
		if err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b}
	}
	fsys := fstest.MapFS{"l/2.json": line(second), "l/1.json": line(first), "l/123.open": {}, "l/.456": {Data: []byte("{")}}
	r, err := ReadFolder(fsys, "l")
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Links) != 2 || r.Links[0].Output.Path != "/src/another" || r.Unfinished != 1 {
		t.Errorf("%+v", r)
	}
	if got := r.Find(sumB); len(got) != 2 {
		t.Errorf("%d links of the identity", len(got))
	}
	if got := r.Find(""); got != nil {
		t.Errorf("links without an identity are found: %+v", got)
	}
	fsys["l/3.json"] = &fstest.MapFile{Data: []byte("{")}
	if _, err := ReadFolder(fsys, "l"); err == nil || !strings.Contains(err.Error(), `"3.json"`) {
		t.Errorf("error %v", err)
	}
	fsys["l/3.json"] = &fstest.MapFile{Data: make([]byte, maxRecord+1)}
	if _, err := ReadFolder(fsys, "l"); err == nil || !strings.Contains(err.Error(), "more than") {
		t.Errorf("error %v", err)
	}
}

// TestThroughEnds: records that name each other's outputs are followed once.
func TestThroughEnds(t *testing.T) {
	r := &Records{}
	for i := range 3 {
		l := sample()
		l.Output.SHA256 = strings.Repeat(fmt.Sprint(i), 64)
		l.Inputs[0].SHA256 = strings.Repeat(fmt.Sprint((i+1)%3), 64)
		r.Links = append(r.Links, l)
	}
	if got, named := r.Through(r.Links[0]); len(got) != 2 || named {
		t.Errorf("%d links", len(got))
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain é …": "plain é …", "a\nb": `a\nb`, "\x1b[2J": `\x1b[2J`, "\xff": `\xff`, "\u2028": `\u2028`, "": "",
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q gives %q, want %q", in, got, want)
		}
	}
}

// FuzzParse: what is read as a record is written back to the byte.
func FuzzParse(f *testing.F) {
	line, err := sample().Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(`{"version":1,"failure":"x"}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(data)
		if err != nil {
			return
		}
		again, err := l.Encode()
		if err != nil || !bytes.Equal(again, data) {
			t.Errorf("%q is read and written as %q, %v", data, again, err)
		}
	})
}
