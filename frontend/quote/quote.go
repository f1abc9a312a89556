// Package quote prints strings that come from outside: from a Scratchfile, a file
// name, a program's headers, a daemon.
//
// Such a string may hold what steers a terminal, or what makes text look like other
// text: control characters (ESC, and its single-byte form U+009B), the marks that turn
// the direction of writing, separators and characters without a shape. [IsPrint]
// refuses all of them. Here they become \u and four digits, an escape that YAML and
// JSON read back; a character beyond U+FFFF becomes two, as in JSON. Bytes that are
// not UTF-8 become U+FFFD.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns s for a place that may have several lines: line feeds and tabs stay.
func Text(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' || IsPrint(r) })
}

// Line returns s for a place inside of a line.
func Line(s string) string {
	return escape(s, IsPrint)
}

// maxString is how many characters String shows.
const maxString = 60

// String returns s between quotes, and of a long one only the beginning. Quotes and
// backslashes in it are escaped, so that one can see where it ends.
func String(s string) string {
	if start := prefix(s, maxString); len(start) < len(s) {
		return Line(strconv.Quote(start)) + "..."
	}
	return Line(strconv.Quote(s))
}

// maxShort is how many characters Short shows.
const maxShort = 200

// Short is Line for a string that may be long, of which only the beginning is shown.
func Short(s string) string {
	if start := prefix(s, maxShort); len(start) < len(s) {
		return Line(start) + "…"
	}
	return Line(s)
}

// prefix returns the first n characters of s.
func prefix(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// Lines returns a file's text, to be shown around a place in it: what can't be
// printed becomes U+FFFD, one for each character, so that columns stay as they are.
func Lines(data []byte) []byte {
	if isPlain(string(data)) {
		return data
	}
	return []byte(strings.Map(func(r rune) rune {
		if r == '\n' || r == '\t' || r == '\r' || r == '\ufeff' || IsPrint(r) {
			return r
		}
		return unicode.ReplacementChar
	}, string(data)))
}

// escape replaces the characters of s that are not to be kept.
func escape(s string, keep func(rune) bool) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for _, r := range s {
		if keep(r) {
			b.WriteRune(r)
			continue
		}
		writeEscape(&b, r)
	}
	return b.String()
}

// isPlain reports whether s is printable ASCII alone, as almost every string is.
func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

func writeEscape(b *strings.Builder, r rune) {
	if high, low := utf16.EncodeRune(r); high != utf8.RuneError {
		writeEscape(b, high)
		writeEscape(b, low)
		return
	}
	digits := strconv.FormatInt(int64(r), 16)
	b.WriteString(`\u` + strings.Repeat("0", 4-len(digits)) + digits)
}
