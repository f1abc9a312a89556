package contract

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// IsPlain reports whether the name of a file is UTF-8 without control characters.
func IsPlain(name string) bool {
	return utf8.ValidString(name) && !strings.ContainsFunc(name, unicode.IsControl)
}
