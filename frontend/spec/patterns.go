package spec

import (
	"errors"
	"regexp/syntax"

	"github.com/rene2/scratch-frontend/frontend/pattern"
)

// setPattern is the form of a key that takes a regular expression.
func setPattern[T any](where func(*T) *String) form[T] {
	return as(aScalar, func(d *decoder, v *value, into *T) {
		if s, ok := d.literal(v, d.pattern); ok {
			*where(into) = s
		}
	})
}

// pattern is the rule for regular expressions. It does not compile them, because that writes
// out repetitions, which may nest.
func (d *decoder) pattern(s string) (string, *complaint) {
	if len(s) > maxPattern {
		return "", complain("shorten it; it need not match all of the output", "the regular expression %s has more than %d bytes", show(s), maxPattern)
	}
	if bad := d.countPattern(classesSize(s)); bad != nil {
		return "", bad
	}
	re, err := syntax.Parse(s, syntax.Perl)
	size := maxPatternSize / 10 // the cost of an error
	if err == nil {
		size = patternSize(re)
	}
	if bad := d.countPattern(size); bad != nil {
		return "", bad
	}
	var bad *syntax.Error
	if errors.As(err, &bad) && bad.Code == syntax.ErrInvalidRepeatSize {
		return "", complain("repeat at most 1000 times, all repetitions around each other multiplied", "%s: %v", show(s), err)
	}
	if err != nil {
		return "", complain("write a regular expression as Go's package regexp has it; a literal dot is \\.",
			"%s: %v", show(s), err)
	}
	if size > maxPatternSize {
		return "", complain("repeat less: {1000} stands for a thousand copies, and {1000} around it for a million",
			"the regular expression %s with its repetitions written out is longer than %d", show(s), maxPatternSize)
	}
	return s, nil
}

// countPattern adds to the size of all regular expressions of the file.
func (d *decoder) countPattern(size int) *complaint {
	if d.patterns += size; d.patterns <= maxPatternsSize {
		return nil
	}
	over := complain("repeat less, and write narrower ranges of characters",
		"all regular expressions with their repetitions and classes written out are longer than %d", maxPatternsSize)
	over.stops = true
	return over
}

// These are the costs of parsing a class, as a number of plain characters that cost the
// same.
const (
	unicodeClassSize = 300  // \pL is some 300 ranges
	foldedRangeSize  = 1000 // each character of (?i)[…] is looked up
)

var (
	unicodeClass = pattern.Compile(`\\[pP]`)
	foldsCase    = pattern.Compile(`\(\?[A-Za-z]*i`)
	// wideRange matches a range that may not end at an ASCII character.
	wideRange = pattern.Compile(`-(?:\\|[^\x00-\x7f])`)
)

// classesSize returns the cost of the classes of an expression. It reads the text, because
// the parsed expression does not have them all: two that exclude each other are gone.
func classesSize(s string) int {
	size := unicodeClassSize * len(unicodeClass().FindAllStringIndex(s, -1))
	if foldsCase().MatchString(s) {
		size += foldedRangeSize * len(wideRange().FindAllStringIndex(s, -1))
	}
	return size
}

// patternSize estimates how many instructions an expression compiles to.
func patternSize(re *syntax.Regexp) int {
	size := 1 + len(re.Rune)/2
	for _, sub := range re.Sub {
		size += patternSize(sub)
	}
	if re.Op == syntax.OpRepeat {
		size *= max(re.Max, re.Min, 1)
	}
	return size
}
