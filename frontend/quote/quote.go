// Package quote makes strings from outside printable: from a Scratchfile, a file name, a
// program's headers, a daemon.
//
// Such a string may control a terminal, or look like another text. It may have control
// characters (ESC, and its single-byte form U+009B), marks that change the direction of
// writing, separators, and characters without a shape. [IsPrint] refuses all of them. This
// package replaces them by \u and four digits, an escape that YAML and JSON can read. A
// character beyond U+FFFF becomes two escapes, as in JSON. Bytes that are not UTF-8 become
// U+FFFD.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns s for a place with several lines. It keeps line feeds and tabs.
func Text(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' || IsPrint(r) })
}

// Line returns s for a place within a line.
func Line(s string) string {
	return escape(s, IsPrint)
}

// maxString is how many characters String shows.
const maxString = 60

// String returns s between quotes, or the beginning of a long one. It escapes quotes and
// backslashes, so that the end is clear.
func String(s string) string {
	if start := prefix(s, maxString); len(start) < len(s) {
		return Line(strconv.Quote(start)) + "..."
	}
	return Line(strconv.Quote(s))
}

// maxShort is how many characters Short shows.
const maxShort = 200

// Short is Line for the beginning of a string that may be long.
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

// Lines returns the text of a file for the lines around an error. Each character that
// can't be printed becomes one U+FFFD, so that columns stay as they are.
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

// escape replaces the characters of s that keep refuses.
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

// isPlain reports whether s is printable ASCII, as almost every string is.
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
