package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestTroubleshootingHasAllMessages: every message of the parser, of the verification and
// of the explained errors of a builder has a heading, and every heading has a message.
func TestTroubleshootingHasAllMessages(t *testing.T) {
	headings := messageHeadings(t)
	used := map[string]bool{}
	for _, source := range []struct {
		section  string
		messages []string
	}{
		{"The program is refused", messagesOfVerify(t)},
		{"The file is not understood", messagesOfParser(t)},
		{"", messagesOfFailure(t)},
	} {
		if len(source.messages) < 20 {
			t.Fatalf("%q: %d messages: the test looks for the wrong thing", source.section, len(source.messages))
		}
		for _, m := range source.messages {
			found := false
			for _, h := range headings {
				if (source.section == "" || source.section == h.section) && h.pattern.MatchString(m) {
					found, used[h.text] = true, true
				}
			}
			if !found {
				t.Errorf("docs/troubleshooting.md has no heading for %q", m)
			}
		}
	}
	for _, h := range headings {
		if own := !strings.HasPrefix(h.section, "When") && !slices.Contains(ofOthers, h.text); own && !used[h.text] {
			t.Errorf("docs/troubleshooting.md: no message is %q", h.text)
		}
	}
}

// ofOthers are messages of BuildKit that are not explained.
var ofOthers = []string{
	"failed to read dockerfile: open Dockerfile: no such file or directory",
	"[certificates]",
}

// TestTroubleshootingHasAllRules: the page leads to the section of each rule.
func TestTroubleshootingHasAllRules(t *testing.T) {
	page := readText(t, "../../docs/troubleshooting.md")
	rules := regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(readText(t, "../../docs/lint.md"), -1)
	if len(rules) < 10 {
		t.Fatalf("%d rules: the test looks for the wrong thing", len(rules))
	}
	for _, m := range rules {
		if !strings.Contains(page, "[`"+m[1]+"`](lint.md#"+strings.ToLower(m[1])+")") {
			t.Errorf("docs/troubleshooting.md does not lead to %s", m[1])
		}
	}
}

type messageHeading struct {
	section, text string
	pattern       *regexp.Regexp
}

// messageHeadings are the messages in the headings of the page, and in the lines below that
// begin with "Also". An ellipsis stands for any text.
func messageHeadings(t *testing.T) (out []messageHeading) {
	t.Helper()
	section, also := "", false
	for line := range strings.Lines(readText(t, "../../docs/troubleshooting.md")) {
		line = strings.TrimSuffix(line, "\n")
		if text, ok := strings.CutPrefix(line, "## "); ok {
			section = text
		}
		also = line != "" && (also || strings.HasPrefix(line, "Also `"))
		if !strings.HasPrefix(line, "### ") && !also {
			continue
		}
		for _, m := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(line, -1) {
			pattern := strings.ReplaceAll(regexp.QuoteMeta(m[1]), "…", ".*")
			out = append(out, messageHeading{section, m[1], regexp.MustCompile("^" + pattern + "$")})
		}
	}
	return out
}

var verb = regexp.MustCompile(`%(\[\d+\])?[-+#0-9.]*[a-zA-Z]`)

// messagesOfFailure returns the messages of package failure, up to the remedy.
func messagesOfFailure(t *testing.T) []string {
	t.Helper()
	var out []string
	inspect(t, "../../frontend/failure", func(_ string, n ast.Node) {
		call, ok := n.(*ast.CallExpr)
		if !ok || len(call.Args) == 0 {
			return
		}
		at := call.Args[0]
		switch calleeOf(call) {
		case "Errorf", "Sprintf", "lockError":
		case "Wrapf":
			at = call.Args[min(1, len(call.Args)-1)]
		default:
			return
		}
		if text, ok := firstLiteral(at); ok {
			text, _, _ = strings.Cut(text, "fix:")
			out = append(out, text)
		}
	})
	return patterns(out)
}

// messagesOfVerify returns the messages of package verify. Each begins with a verb, of which
// the program is the subject.
func messagesOfVerify(t *testing.T) []string {
	t.Helper()
	begins := regexp.MustCompile(`^(is|has|needs|asks|lies|can't|does|ends|starts|passes|says|carries|reads) .`)
	const needs = "needs "
	var out []string
	add := func(before string, e ast.Expr) {
		if text, ok := firstLiteral(e); ok && (begins.MatchString(text) || before == needs) {
			out = append(out, before+text)
		}
	}
	ofSegments := map[ast.Expr]bool{}
	inspect(t, "../../frontend/verify", func(file string, n ast.Node) {
		switch n := n.(type) {
		case *ast.CallExpr:
			if calleeOf(n) == "malformedLoad" {
				ofSegments[n.Args[0]] = true
			}
		case *ast.BasicLit:
			switch {
			case n.Kind != token.STRING:
			case ofSegments[n]:
				add("has a segment (PT_LOAD) that ", n)
			case strings.HasSuffix(n.Value, ` that "`): // what follows is looked at by itself
			case file == "property.go":
				add("has a note (PT_GNU_PROPERTY) that ", n)
			case strings.HasPrefix(n.Value, `"the shared librar`):
				add(needs, n)
			default:
				add("", n)
			}
		}
	})
	return patterns(out)
}

// patterns returns formats with an ellipsis for each verb, without those that only join
// others.
func patterns(formats []string) (out []string) {
	for _, f := range formats {
		text := strings.Trim(verb.ReplaceAllString(f, "…"), "; \n")
		if text != "… in …" && text != "line … (…)" && text != "{name: …, for: …}" && strings.Trim(text, "…: ") != "" {
			out = append(out, text)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// inspect visits the code of a package, without its tests.
func inspect(t *testing.T, folder string, visit func(file string, n ast.Node)) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			visit(filepath.Base(file), n)
			return true
		})
	}
}

func calleeOf(c *ast.CallExpr) string {
	switch f := c.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// firstLiteral returns the string that an expression begins with.
func firstLiteral(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		return text, err == nil
	case *ast.BinaryExpr:
		return firstLiteral(e.X)
	}
	return "", false
}

// messagesOfParser returns the messages in the golden errors of the parser. Each has a line
// with its place before it, and begins behind two spaces.
func messagesOfParser(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("../../frontend/spec/testdata/bad/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	place := regexp.MustCompile(`^\d+:\d+-\d+:\d+ `)
	for _, file := range files {
		lines := strings.Split(readText(t, file), "\n")
		for i, line := range lines[1:] {
			// What stands behind ${EMPTY:?} is the file's own text.
			if place.MatchString(lines[i]) && !strings.Contains(line, "EMPTY: set it") {
				out = append(out, strings.TrimSpace(line))
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
