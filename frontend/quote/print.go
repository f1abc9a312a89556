package quote

import "unicode"

// IsPrint reports whether a character can be seen, and steers nothing. It is stricter
// than [unicode.IsPrint], which takes a character for a letter, a mark or a symbol by
// its category: some of those have no shape.
func IsPrint(r rune) bool { return unicode.IsPrint(r) && !isShapeless(r) }

// IsHidden reports whether a character has no shape, or steers what is around it. A
// character that is only unknown, as those of a later Unicode are, is not hidden; nor
// is a space, whatever its width.
func IsHidden(r rune) bool {
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) && !unicode.Is(unicode.Prepended_Concatenation_Mark, r) ||
		isShapeless(r)
}

// isShapeless reports whether a character that counts as a letter, a mark or a symbol
// shows nothing: fillers, blanks, and the selectors of a variant, in which text can be
// hidden. The two selectors that tell an emoji from a sign are left alone, since they
// stand in much that people write.
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
