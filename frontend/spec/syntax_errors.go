package spec

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rene2/scratch-frontend/frontend/yamlfile"
)

// syntaxMessage says in plain words what a message of the YAML library means.
type syntaxMessage struct {
	contains string // part of the library's message
	found    string
	fix      string
	// opener is true if the place to correct is the start of the value, and not the place
	// at which the library stopped.
	opener bool
}

// syntaxMessages are searched from top to bottom. A message that is not here is shown as it
// is.
var syntaxMessages = []syntaxMessage{
	{contains: "tab character", found: "a tab indents this line", fix: "indent with spaces"},
	{contains: "mapping values are not allowed", found: `found ": " inside of a value`,
		fix: "quote the value, or check the indentation of this line"},
	{contains: "could not find expected ':'", found: "found text that is not a key with a value", opener: true,
		fix: `write "key: value"; lines of a longer text go below "key: |", further indented`},
	{contains: "did not find expected key", found: "this line does not fit the lines above",
		fix: "give keys of one mapping the same indentation, and close quotes and brackets"},
	{contains: "did not find expected '-' indicator", found: "this line does not fit the list above",
		fix: `start every item of the list with "- " at the same indentation`},
	{contains: "block sequence entries are not allowed", found: "a list starts here in the middle of a value",
		fix: "start the list on a line of its own"},
	{contains: "did not find expected ',' or ']'", found: "this list is not closed", opener: true,
		fix: `separate its items with "," and end it with "]"`},
	{contains: "did not find expected ',' or '}'", found: "this mapping is not closed", opener: true,
		fix: `separate its keys with "," and end it with "}"`},
	{contains: "did not find expected node content", found: "a value is missing",
		fix: "write it, and close brackets"},
	{contains: "unexpected end of stream", found: "this quoted string is not closed", opener: true,
		fix: "add the closing quote"},
	{contains: "unexpected document indicator", found: "this quoted string is not closed", opener: true,
		fix: "add the closing quote"},
	{contains: "unknown escape character", found: "found an unknown escape in double quotes",
		fix: `write "\\" for a backslash, or use single quotes`},
	{contains: "escape code", found: "found a broken escape in double quotes",
		fix: `write "\\" for a backslash, or use single quotes`},
	{contains: "hexadecimal number", found: "found a broken escape in double quotes",
		fix: `write "\\" for a backslash, or use single quotes`},
	{contains: "surrogate area", found: "found a broken escape in double quotes",
		fix: `write "\\" for a backslash, or use single quotes`},
	{contains: "alphabetic or numeric character", found: "a string that starts with * or & needs quotes", fix: "put it in single quotes"},
	{contains: "mapping keys are not allowed", found: "a string that starts with ? needs quotes", fix: "put it in single quotes"},
	{contains: "tag", found: "found a YAML tag", fix: "put a string that starts with ! in single quotes, or remove the tag"},
	{contains: "expected '>'", found: "found a YAML tag", fix: "put a string that starts with ! in single quotes, or remove the tag"},
	{contains: "indentation indicator", found: "found an indentation of 0 behind | or >", fix: "remove it"},
	{contains: "comment or line break", found: "found text behind | or >",
		fix: "write a longer text in the lines below, further indented, or put the string in single quotes"},
	{contains: "without preceding whitespace", found: "found a # that begins a comment", fix: "write a space before it, or put the string in single quotes"},
	{contains: "unknown anchor", found: "found a YAML alias", fix: "write the value out"},
	{contains: "max depth", found: fmt.Sprintf("the file is nested more than %d levels deep", maxDepth), fix: "nest less; the format needs six levels"},
	{contains: "after document-end marker", found: "found text behind ...", fix: "remove it"},
	{contains: "expected <document start>", found: "found text after the end of the file's mapping",
		fix: "remove it, or check brackets and indentation"},
}

// directiveMessages find the messages about lines that begin with %.
var directiveMessages = []string{"directive", "version number", "incompatible YAML document", "non-alphabetical character", "expected digit", "expected '!'"}

// explainSyntax explains an error of the YAML library.
func explainSyntax(e yamlfile.SyntaxError) (yamlfile.Explanation, bool) {
	if slices.ContainsFunc(directiveMessages, func(m string) bool { return strings.Contains(e.Message, m) }) {
		return yamlfile.Explanation{Found: "found a YAML directive, which begins with %", Fix: "remove the line"}, true
	}
	if strings.Contains(e.Message, "cannot start any token") {
		return badStart(e.Rest), true
	}
	if strings.HasSuffix(e.Before, "$") && strings.HasPrefix(e.Rest, "{") {
		return yamlfile.Explanation{Found: "${…} needs quotes between brackets", Fix: `put the string in double quotes, such as "v${VERSION}"`}, true
	}
	for _, m := range syntaxMessages {
		if strings.Contains(e.Message, m.contains) {
			return yamlfile.Explanation{Found: m.found, Fix: m.fix, AtOpener: m.opener}, true
		}
	}
	return yamlfile.Explanation{}, false
}

// badStart explains a character that can't start a plain string.
func badStart(rest string) yamlfile.Explanation {
	if rest == "" || rest[0] == '\t' {
		return yamlfile.Explanation{Found: "a tab indents this line", Fix: "indent with spaces"}
	}
	return yamlfile.Explanation{Found: "a string that starts with " + rest[:1] + " needs quotes", Fix: "put it in single quotes"}
}
