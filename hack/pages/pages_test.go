package pages

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const page = "# Page\n\n<!-- A remark -->\n<!-- file: a.c -->\n```c\nint x;\n```\n\n" +
	"```console\n$ cc a.c \\\n    -o a\n$ ./a\none\n…\n```\n\n<!-- exit: 1 -->\n```console\n$ false\n```\n" +
	"<!-- not run: no moon -->\n```console\n$ moon\n```\n"

func TestParse(t *testing.T) {
	got, err := Parse(page)
	if err != nil {
		t.Fatal(err)
	}
	want := []Block{
		{Line: 5, Language: "c", Text: "int x;\n", File: "a.c"},
		{Line: 9, Language: "console", Text: "$ cc a.c \\\n    -o a\n$ ./a\none\n…\n"},
		{Line: 18, Language: "console", Text: "$ false\n", Exit: 1},
		{Line: 22, Language: "console", Text: "$ moon\n", NotRun: "no moon"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal("blocks (-want +got):", diff)
	}
	var runs []bool
	for _, b := range got {
		runs = append(runs, b.Runs())
	}
	if diff := cmp.Diff([]bool{false, true, true, false}, runs); diff != "" {
		t.Error("which run (-want +got):", diff)
	}
	commands := []Command{{Text: "cc a.c \\\n    -o a"}, {Text: "./a", Output: []string{"one", "…"}}}
	if diff := cmp.Diff(commands, got[1].Commands()); diff != "" {
		t.Error("commands (-want +got):", diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"no end":         "```\n",
		"no command":     "```console\nls\n```\n",
		"other language": "```sh\nls\n```\n",
		"no reason":      "<!-- not run: -->\n```console\n$ ls\n```\n",
		"unknown mark":   "<!-- never run: moon -->\n```console\n$ ls\n```\n",
		"no number":      "<!-- exit: one -->\n```console\n$ ls\n```\n",
		"a gap":          "<!-- not run: no moon -->\n\n```console\n$ ls\n```\n",
	} {
		if blocks, err := Parse(text); err == nil {
			t.Errorf("%s: read as %v", name, blocks)
		}
	}
}

func TestMissing(t *testing.T) {
	for _, tc := range []struct {
		output, printed, missing string
	}{
		{"", "x\n", ""},
		{"a\nb", "0\na\n0\nb\n", ""},
		{"a\nb", "b\na\n", "b"},
		{"a … b", "a 1 2 b\n", ""},
		{"a … b", "a 1 2 c\n", "a … b"},
		{"a\n…\nb", "a\nb\n", ""},
		{"a.c", "abc\n", "a.c"},
	} {
		var lines []string
		if tc.output != "" {
			lines = strings.Split(tc.output, "\n")
		}
		if got, _ := (Command{Output: lines}).Missing(tc.printed); got != tc.missing {
			t.Errorf("of %q, %q lacks %q, want %q", tc.output, tc.printed, got, tc.missing)
		}
	}
}

// TestPages: every page of the repository can be read.
func TestPages(t *testing.T) {
	root := os.DirFS("../..")
	files, err := Files(root)
	if err != nil {
		t.Fatal(err)
	}
	commands := 0
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		blocks, err := Parse(string(data))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		for _, b := range blocks {
			if b.Language == console {
				commands++
			}
		}
	}
	if commands < 20 {
		t.Errorf("%d blocks of commands: the test looks for the wrong thing", commands)
	}
}
