package quote

import "unicode"

// IsPrint reports whether a character shows something and controls nothing. It is
// stricter than [unicode.IsPrint], which also accepts letters, marks and symbols that
// show nothing.
func IsPrint(r rune) bool { return unicode.IsPrint(r) && !isShapeless(r) }

// IsHidden reports whether a character shows nothing or controls the text around it. A
// space of any width is not hidden, and neither is a character that this version of
// Unicode does not know.
func IsHidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		isShapeless(r)
}

// isShapeless reports whether a letter, mark or symbol shows nothing. Such characters are
// fillers, blanks and variation selectors, which can hide text. The two selectors for
// emoji are not among them, since people use them often.
func isShapeless(r rune) bool {
	const brailleBlank, nullNotehead = '\u2800', '\U0001d159'
	switch r {
	case '\ufe0e', '\ufe0f':
		return false
	case brailleBlank, nullNotehead:
		return true
	}
	return unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}
