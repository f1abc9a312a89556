// Package quote makes strings from outside printable: from a Scratchfile, a file name, a
// program's headers, or a daemon.
//
// Such a string may have characters that control a terminal, or that make text look like
// other text: control characters (ESC, or U+009B), marks that change the direction of
// writing, separators, and characters that show nothing. [IsPrint] is false for all of
// them. This package replaces them by \u and four digits, an escape of YAML and JSON. A
// character beyond U+FFFF becomes two escapes, as in JSON. Bytes that are not UTF-8
// become U+FFFD.
package quote

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// Text returns s for output of several lines: line feeds and tabs stay.
func Text(s string) string {
	return escape(s, func(r rune) bool { return r == '\n' || r == '\t' || IsPrint(r) })
}

// Line returns s for output on one line.
func Line(s string) string {
	return escape(s, IsPrint)
}

// maxString is how many characters String shows.
const maxString = 60

// String returns s in quotes, and only the start of a long string. It escapes quotes and
// backslashes, so that a reader sees where the string ends.
func String(s string) string {
	if start := prefix(s, maxString); len(start) < len(s) {
		return Line(strconv.Quote(start)) + "..."
	}
	return Line(strconv.Quote(s))
}

// maxShort is how many characters Short shows.
const maxShort = 200

// Short returns s for output on one line, and only the start of a long string.
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

// Lines returns the text of a file, to show around a place in it. It replaces each
// character that can't be printed by one U+FFFD, so that columns do not change.
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

// escape replaces the characters for which keep is false.
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
