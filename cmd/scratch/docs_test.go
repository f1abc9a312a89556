package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestLinksOfDocs follows each link of the docs to a file and to a heading in it.
func TestLinksOfDocs(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)\s]+)\)`)
	found := 0
	for _, page := range docs(t) {
		for _, m := range link.FindAllStringSubmatch(readText(t, page), -1) {
			file, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(file, "://") {
				continue
			}
			found++
			target := page
			if file != "" {
				target = filepath.Join(filepath.Dir(page), file)
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s: the link %s leads to no file", page, m[1])
			} else if heading != "" && !slices.Contains(headings(readText(t, target)), heading) {
				t.Errorf("%s: the link %s leads to no heading", page, m[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d links: the test looks for the wrong thing", found)
	}
}

// TestFlagsOfDocs: a flag in the text of a paragraph about a verb is one that the verb, or a
// build, has. A paragraph about another command may have that one's.
func TestFlagsOfDocs(t *testing.T) {
	blocks := regexp.MustCompile("(?s)```.*?```")
	paragraphs := regexp.MustCompile(`\n\s*\n|\n(\||- )`)
	code := regexp.MustCompile("`([^`]+)`")
	verb := regexp.MustCompile(`^scratch\s+([a-z]+)`)
	flag := regexp.MustCompile(`(?:^|\s)--([a-z-]+)`)
	found := 0
	for _, page := range docs(t) {
		for _, paragraph := range paragraphs.Split(blocks.ReplaceAllString(readText(t, page), ""), -1) {
			text := ""
			about := []string{"build"}
			for _, m := range code.FindAllStringSubmatch(paragraph, -1) {
				text += m[1] + "\n"
				if v := verb.FindStringSubmatch(m[1]); v != nil {
					about = append(about, v[1])
				}
			}
			if len(about) == 1 || regexp.MustCompile(`(?m)^(docker|buildctl|kubectl|scratch completion)\b`).MatchString(text) {
				continue
			}
			for _, m := range flag.FindAllStringSubmatch(text, -1) {
				found++
				if !slices.ContainsFunc(verbs(), func(c *cobra.Command) bool {
					return slices.Contains(about, c.Name()) && c.Flags().Lookup(m[1]) != nil
				}) {
					t.Errorf("%s: none of the verbs %v has the flag --%s", page, about, m[1])
				}
			}
		}
	}
	if found < 10 {
		t.Errorf("found %d flags: the test looks for the wrong thing", found)
	}
}

// docs are the pages for users.
func docs(t *testing.T) []string {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	return append(pages, "../../README.md", "../../SECURITY.md", "../../CONTRIBUTING.md", "../../CHANGELOG.md",
		"../../examples/README.md", "../../hack/fixture/README.md")
}

func readText(t *testing.T, file string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// headings are those of a page as links name them.
func headings(page string) []string {
	var out []string
	dropped := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, m := range regexp.MustCompile(`(?m)^#+ (.*)$`).FindAllStringSubmatch(page, -1) {
		out = append(out, strings.ReplaceAll(dropped.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return out
}
