package pages

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
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

// TestTestsOfPagesExist: a page names no test that there is not.
func TestTestsOfPagesExist(t *testing.T) {
	tests := map[string]bool{}
	err := filepath.WalkDir("../..", func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if !strings.HasSuffix(file, "_test.go") {
			return nil
		}
		data, err := os.ReadFile(file)
		for _, m := range regexp.MustCompile(`(?m)^func (Test\w+)\(`).FindAllStringSubmatch(string(data), -1) {
			tests[m[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	files, err := Files(os.DirFS("../.."))
	if err != nil {
		t.Fatal(err)
	}
	named := 0
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range regexp.MustCompile(`\bTest[A-Z]\w+`).FindAllString(string(data), -1) {
			named++
			if !tests[m] {
				t.Errorf("%s names %s, which is no test", name, m)
			}
		}
	}
	if named < 20 {
		t.Errorf("%d names of tests: the test looks for the wrong thing", named)
	}
}

// TestRecipesSayHowTheyWereTried: each recipe has the table.
func TestRecipesSayHowTheyWereTried(t *testing.T) {
	data, err := os.ReadFile("../../docs/recipes.md")
	if err != nil {
		t.Fatal(err)
	}
	recipes := strings.Split(string(data), "\n## ")[1:]
	if len(recipes) < 10 {
		t.Fatalf("%d recipes", len(recipes))
	}
	for _, r := range recipes {
		title, text, _ := strings.Cut(r, "\n")
		if !strings.HasPrefix(title, "Why ") && !strings.Contains(text, "\n| what | how it was tried |\n| --- | --- |\n| ") {
			t.Errorf("%q does not say how it was tried", title)
		}
	}
}
