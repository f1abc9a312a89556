package spec

import (
	"fmt"
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
	{contains: "hexdecimal number", found: "found a broken escape in double quotes",
		fix: `write "\\" for a backslash, or use single quotes`},
	{contains: "unknown anchor", found: "found a YAML alias", fix: "write the value out"},
	{contains: "max depth", found: fmt.Sprintf("the file is nested more than %d levels deep", maxDepth), fix: "nest less; the format needs six levels"},
	{contains: "expected <document start>", found: "found text after the end of the file's mapping",
		fix: "remove it, or check brackets and indentation"},
}

// explainSyntax explains an error of the YAML library.
func explainSyntax(e yamlfile.SyntaxError) (yamlfile.Explanation, bool) {
	if strings.Contains(e.Message, "cannot start any token") {
		return badStart(e.Rest), true
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
