package quote

import "unicode"

// IsPrint reports whether a character is visible and controls nothing. It is stricter than
// [unicode.IsPrint], which decides by the category of a character: some letters, marks and
// symbols have no shape.
func IsPrint(r rune) bool { return unicode.IsPrint(r) && !isShapeless(r) }

// IsHidden reports whether a character has no shape, or controls the text around it. A
// character that is only unknown, such as one of a later Unicode, is not hidden. Nor is a
// space, whatever its width.
func IsHidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		isShapeless(r)
}

// isShapeless reports whether a letter, mark or symbol shows nothing: fillers, blanks, and
// variation selectors, which can hide text. It does not include the two selectors between
// emoji and text style, since much text has them.
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
