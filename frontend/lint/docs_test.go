package lint

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rene2/scratch-frontend/frontend/spec"
)

const docsFile = "../../docs/lint.md"

// section is the documentation of a rule.
type section struct {
	name, bad, good string
}

var example = regexp.MustCompile("(?s)\nBad:\n\n```yaml\n(.*?)```\n\nGood:\n\n```yaml\n(.*?)```\n")

// readDocs returns the sections of the documentation.
func readDocs(t testing.TB) []section {
	t.Helper()
	data, err := os.ReadFile(filepath.FromSlash(docsFile))
	if err != nil {
		t.Fatal(err)
	}
	var sections []section
	for _, text := range strings.Split(string(data), "\n## ")[1:] {
		name, body, _ := strings.Cut(text, "\n")
		m := example.FindStringSubmatch(body)
		if m == nil {
			t.Fatalf("the section %s has no bad and good example", name)
		}
		sections = append(sections, section{name, m[1], m[2]})
	}
	return sections
}

// TestDocs lints the examples of the documentation: a bad one has exactly one warning, from
// its rule, and a good one has none.
func TestDocs(t *testing.T) {
	sections := readDocs(t)
	if len(sections) != len(rules) {
		t.Fatalf("%d rules have %d sections", len(rules), len(sections))
	}
	for i, s := range sections {
		t.Run(s.name, func(t *testing.T) {
			if s.name != rules[i].name {
				t.Fatalf("the section stands where %s should", rules[i].name)
			}
			if got := Run(parse(t, s.bad)); len(got) != 1 || got[0].Rule != s.name {
				t.Errorf("the bad example has the warnings %+v", got)
			}
			if got := Run(parse(t, s.good)); len(got) != 0 {
				t.Errorf("the good example has the warnings %+v", got)
			}
		})
	}
}

// TestRules checks the form of names, sentences and links, and that the table of
// the documentation has all of them.
func TestRules(t *testing.T) {
	data, err := os.ReadFile(filepath.FromSlash(docsFile))
	if err != nil {
		t.Fatal(err)
	}
	camelCase := regexp.MustCompile(`^([A-Z]+[a-z]+)+$`)
	for _, r := range rules {
		if !camelCase.MatchString(r.name) {
			t.Errorf("the name %s is not in CamelCase", r.name)
		}
		if r.description == "" || strings.HasSuffix(r.description, ".") {
			t.Errorf("%s: description %q", r.name, r.description)
		}
		anchor := "#" + strings.ToLower(r.name)
		if !strings.HasSuffix(r.url(), "docs/lint.md"+anchor) {
			t.Errorf("%s: URL %s", r.name, r.url())
		}
		if row := "| [" + r.name + "](" + anchor + ") |"; !strings.Contains(string(data), row) {
			t.Errorf("the documentation has no row %s", row)
		}
	}
}

func parse(t testing.TB, text string) *spec.Scratchfile {
	t.Helper()
	sf, err := spec.Parse("Scratchfile", []byte(text), spec.Vars{})
	if err != nil {
		t.Fatal(err)
	}
	return sf
}
