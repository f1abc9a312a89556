package verify

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxPrinted is how many characters of a name are shown.
const maxPrinted = 200

// printable makes a name safe to show: whatever is not a visible character is
// escaped, and what is longer than maxPrinted is cut.
func printable(name string) string {
	var b strings.Builder
	for count := 0; len(name) > 0; count++ {
		if count == maxPrinted {
			b.WriteString("…")
			break
		}
		r, width := utf8.DecodeRuneInString(name)
		switch {
		case r == utf8.RuneError && width == 1:
			fmt.Fprintf(&b, `\x%02x`, name[0])
		case r == '\\':
			b.WriteString(`\\`)
		case unicode.IsPrint(r):
			b.WriteRune(r)
		case r < utf8.RuneSelf:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u{%x}`, r)
		}
		name = name[width:]
	}
	return b.String()
}
