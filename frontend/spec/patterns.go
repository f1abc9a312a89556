package spec

import (
	"errors"
	"regexp/syntax"
)

// setPattern returns a decode function for a key that takes a regular expression.
func setPattern[T any](where func(*T) *String) func(*decoder, *value, *T) {
	return func(d *decoder, v *value, into *T) {
		if s, ok := d.literal(v, d.pattern); ok {
			*where(into) = s
		}
	}
}

// pattern is the rule for regular expressions. It does not compile them: that writes
// out repetitions, which may nest.
func (d *decoder) pattern(s string) (string, *complaint) {
	if len(s) > maxPattern {
		return "", complain("shorten it; a pattern need not match all of the output", "the regular expression %s has more than %d bytes", show(s), maxPattern)
	}
	re, err := syntax.Parse(s, syntax.Perl)
	size := maxPatternSize / 10 // what it costs to see that it is none
	if err == nil {
		size = patternSize(re)
	}
	if d.patterns += size; d.patterns > maxPatternsSize {
		over := complain("repeat less", "all regular expressions with their repetitions written out are longer than %d", maxPatternsSize)
		over.stops = true
		return "", over
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

// patternSize is about the number of instructions that an expression compiles to.
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
