package contract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsPlain reports whether a name of a file has no control character and is UTF-8.
func IsPlain(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}

// IsWhiteout reports whether a layer has this name for what it removes of the layers
// below (OCI image specification, "Whiteouts").
func IsWhiteout(name string) bool { return strings.HasPrefix(name, ".wh.") }
